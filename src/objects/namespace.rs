//! `v1` Namespace.

use serde::Serialize;

use super::Meta;

/// A Namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Namespace {
    /// `v1`
    pub api_version: &'static str,
    /// `Namespace`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
}

impl Namespace {
    /// Creates a Namespace.
    pub fn new(metadata: Meta) -> Self {
        Self { api_version: "v1", kind: "Namespace", metadata }
    }
}
