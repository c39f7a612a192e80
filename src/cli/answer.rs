//! The answer of a command that ran: the exit status 0 or 1. A command that could not run returns a `Failure`.

/// The answer of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Success.
    Yes,
    /// The source has errors, the sides of a comparison differ, or the output is stale.
    No,
}
