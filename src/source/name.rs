//! Identifiers of the language.

use std::fmt;
use std::sync::Arc;

/// An identifier: an RFC 1123 label, at most 63 characters. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Words that cannot be names (`docs/language.md`, Lexical).
const RESERVED: &[&str] = &[
    "accept",
    "address",
    "all",
    "allow",
    "any",
    "anyone",
    "apiserver",
    "assert",
    "cluster",
    "component",
    "deny",
    "dns",
    "else",
    "env",
    "external",
    "fail",
    "false",
    "flow",
    "forbid",
    "internet",
    "namespace",
    "nodes",
    "none",
    "pool",
    "profile",
    "reserve",
    "scraped",
    "self",
    "service",
    "set",
    "tenant",
    "true",
    "use",
    "values",
    "warn",
    "when",
    "workload",
];

/// Whether a word is reserved, and so cannot name a declaration.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

impl Name {
    /// A name; the parser has checked its characters and its length.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns whether a declaration may have the name. If not, the parser has reported it, and other declarations use
    /// the intended name.
    pub fn is_valid(&self) -> bool {
        let label = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        self.0.starts_with(|it: char| it.is_ascii_lowercase()) && self.0.bytes().all(label)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
        assert!(is_reserved("workload") && !is_reserved("predictor"));
    }
}
