//! The names that could stand at a place, and the one that was perhaps meant.

use crate::diagnostics::{Diagnostic, is_only, nearest};
use crate::source::{Name, Span, Spanned};

/// A name that could stand at a place, and where the project declares it.
pub(super) type Known = (String, Option<Span>);

/// "did you mean …?" as an edit, with the place of what is meant; `None` if nothing is near.
pub(super) fn did_you_mean(
    diagnostic: &Diagnostic,
    span: Span,
    word: &str,
    known: &[Known],
) -> Option<Diagnostic> {
    let near = nearest(word, known.iter().map(|(it, _)| it.as_str()))?;
    let place = known.iter().find(|(it, _)| it == near).and_then(|(_, place)| *place);
    let diagnostic = diagnostic.clone().did_you_mean(span, near);
    Some(diagnostic.label_if(place, format!("`{near}` is declared here")))
}

/// The names alone.
pub(super) fn words(known: &[Known]) -> Vec<&str> {
    known.iter().map(|(it, _)| it.as_str()).collect()
}

/// A word of the language or of a component may be corrected unseen if it can be no other. What the
/// project names may not: it decides who reaches whom.
pub(super) fn of_language(
    diagnostic: Diagnostic,
    word: &Spanned<Name>,
    known: &[&str],
) -> Diagnostic {
    let word = word.node.as_str();
    let only = nearest(word, known.iter().copied())
        .is_some_and(|near| is_only(word, near, known.iter().copied()));
    diagnostic.safe_if(only)
}
