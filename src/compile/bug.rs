//! Bugs of mlnetc.

use std::fmt;

use crate::emit::yaml::NotYaml;

/// A bug of mlnetc, which no change of the source explains: the result of a pass contradicts the contract of the pass.
/// The text names the contradiction; the user should report it with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    message: String,
}

impl Bug {
    pub(crate) fn new(what: &str, detail: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {detail}") }
    }

    /// An object that the YAML writer rejects.
    pub(crate) fn not_yaml(NotYaml(why): NotYaml) -> Self {
        Self::new("an object cannot be written as YAML", why)
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Bug {}
