//! The severity of a diagnostic.

/// The severity of a diagnostic, which is the letter of its code: `E`, `W` or `N`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Stops the build.
    Error,
    /// Does not stop the build; its author reviews it.
    Warning,
    /// A remark.
    Note,
}
