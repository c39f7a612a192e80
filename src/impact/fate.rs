//! Whether connections open or close.

/// The change of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The connections become possible.
    Opens,
    /// The connections are no longer possible.
    Closes,
}
