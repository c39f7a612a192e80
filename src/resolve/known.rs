//! Candidate names for suggestions.

use crate::diagnostics::{Diagnostic, is_only, nearest};
use crate::source::{Name, Span, Spanned};

/// A name that is valid at a place, and where the project declares it.
pub(super) type Known = (String, Option<Span>);

/// Adds "did you mean …?" as a fix, with the place of the suggested declaration; `None` if no name is similar.
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

/// The names without their places.
pub(super) fn words(known: &[Known]) -> Vec<&str> {
    known.iter().map(|(it, _)| it.as_str()).collect()
}

/// Marks the correction of a word as safe to apply if only one word of the language or of a component is
/// similar. Corrections of names that the project declares are never safe: they decide which connections are
/// allowed.
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
