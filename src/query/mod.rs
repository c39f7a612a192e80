//! Questions about who reaches whom, asked of what a source builds or of a snapshot alone: the verdict,
//! and on both sides the policy and the rule behind it. No disk, no cluster.

mod candidates;
mod context;
mod explain;
mod groups;
mod json;
mod names;
mod parse;
mod snapshot;
mod source;
mod text;
mod words;

pub use parse::{End, Question, parse};
pub use snapshot::{Applied, Snapshot, answer as of_snapshot};
pub use source::{FILE, answer as of_source, statement};
pub use words::in_words;

/// A question that has no answer: what it names is not there, or it means several things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// What is the matter.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Unclear {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
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
