//! Answers, the forms in which they are written, and questions that have none.

/// A question that has no answer: what it names is not there, or it means several things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// What is the matter.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Unclear {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// How to write an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For a person.
    Text,
    /// For a program: one record for each client, server, port and protocol.
    Json,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As it is written.
    pub text: String,
    /// Whether everything that was asked about is allowed; a question about each (`*`) has always an
    /// answer.
    pub is_yes: bool,
}
