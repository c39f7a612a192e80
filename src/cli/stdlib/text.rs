//! Pieces of a component as its author wrote them.

use crate::source::{Files, Span};
use crate::syntax::ast::{Condition, Doc};

/// Returns the text of the doc comment of a declaration.
pub(super) fn doc(doc: &Doc) -> &str {
    doc.as_ref().map_or("", |it| it.node.trim())
}

/// Returns the condition of a `when`.
pub(super) fn condition(it: &Condition) -> String {
    match it {
        Condition::Given(name) => name.to_string(),
        Condition::Version(name, comparison, version) => {
            format!("{name} {} {version}", comparison.sign())
        }
    }
}

/// Returns a piece of source on one line, without its comments.
pub(super) fn line(files: &Files, span: Span) -> String {
    let lines = files.text(span).lines().map(|it| it.split(" #").next().unwrap_or("").trim());
    lines.filter(|it| !it.is_empty() && !it.starts_with('#')).collect::<Vec<_>>().join(" ")
}
