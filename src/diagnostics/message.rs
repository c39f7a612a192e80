//! Messages beside a result, such as risks of a change and notes about what was not compared. Each has a code of the
//! catalog, as a diagnostic has, and no place in a source.

use std::fmt;

use super::Code;

/// A message beside a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Its row in the catalog.
    pub code: Code,
    /// One sentence, lower case, no period.
    pub text: String,
}

impl Message {
    /// A message of a code.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// An object of a snapshot that no API server accepts, and the reason.
    pub fn left_out(object: &str, why: &str) -> Self {
        Self::new(Code::N1007, format!("left out {object}: {why}"))
    }
}

/// The sentence with its code behind it.
impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, text } = self;
        write!(out, "{text} ({code})")
    }
}
