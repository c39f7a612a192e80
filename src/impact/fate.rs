//! Whether connections open or close.

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// They become possible.
    Opens,
    /// They are possible no longer.
    Closes,
}
