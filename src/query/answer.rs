//! Answers to questions, their output formats, and errors for questions without an answer.

/// An error for a question without an answer: a name in it is unknown or ambiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The error message.
    pub message: String,
    /// A suggested fix.
    pub help: String,
}

impl Unclear {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// The output format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Text for people.
    Text,
    /// JSON for programs: one record for each client, server, port and protocol.
    Json,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer in the output format.
    pub text: String,
    /// Whether every connection of the question is allowed; always `true` for a list (`*`).
    pub is_yes: bool,
}
