//! Messages beside a result, such as risks of a change and notes about objects that were not compared. Each has a code
//! of the catalog, like a diagnostic, and no place in a source.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::Code;

/// A message beside a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Its code in the catalog.
    pub code: Code,
    /// One sentence, lower case, no period.
    pub text: String,
}

impl Message {
    /// Returns a message with a code.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Returns the message about an object of a snapshot that an API server would reject, with the reason.
    pub fn left_out(object: &str, why: &str) -> Self {
        Self::new(Code::N1007, format!("left out {object}: {why}"))
    }
}

/// Serializes a message as `{"code": …, "message": …}`.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Message", 2)?;
        fields.serialize_field("code", self.code.as_str())?;
        fields.serialize_field("message", &self.text)?;
        fields.end()
    }
}

/// Shows the sentence with its code at the end.
impl fmt::Display for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, text } = self;
        write!(out, "{text} ({code})")
    }
}
