//! A diagnostic: its message, the places involved and the edit that repairs the source.

use super::catalog::Code;
use super::severity::Severity;
use crate::source::{Expansion, Files, Site, Span};

/// A place involved in a diagnostic, with a text about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The text about the place.
    pub text: String,
}

/// Whether an edit may be applied without a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// The edit is unambiguous or keeps the meaning of the source: `mlnetc check --fix` applies it.
    Safe,
    /// The edit is a guess that may change endpoints or addresses: its author reviews it.
    NeedsALook,
}

/// An edit that repairs the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the edit does, in the imperative.
    pub title: String,
    /// Whether `mlnetc check --fix` applies it.
    pub applicability: Applicability,
    /// Replacements; they do not overlap.
    pub edits: Vec<(Span, String)>,
}

/// An error, a warning or a note about the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The primary place; `None` for the project as a whole (a project without a cluster).
    pub span: Option<Span>,
    /// Its row in the catalog.
    pub code: Code,
    /// One line, lower case, no period, user text in backticks.
    pub message: String,
    /// The text about the primary place; may be empty.
    pub label: String,
    /// The other places involved.
    pub labels: Vec<Label>,
    /// Reasons that do not fit into a label.
    pub notes: Vec<String>,
    /// Suggestions in words.
    pub helps: Vec<String>,
    /// The suggested edit.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A diagnostic at a place. Only `report.rs` files and `check/` call this.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::nowhere(code, message) }
    }

    /// A diagnostic about the project as a whole.
    pub fn nowhere(code: Code, message: impl Into<String>) -> Self {
        Self {
            span: None,
            code,
            message: message.into(),
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fix: None,
        }
    }

    /// Sets the text about the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds another place, if there is one.
    #[must_use]
    pub fn label_if(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.label(span, text),
            None => self,
        }
    }

    /// Adds the components and profiles that expand to a declaration.
    #[must_use]
    pub fn through(mut self, expansions: &[Expansion], site: Site) -> Self {
        let mut via = site.via;
        while let Some(expansion) = via.and_then(|it| expansions.get(it.0 as usize)) {
            self = self.label(expansion.span, format!("through {}", expansion.what));
            via = expansion.parent;
        }
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a reason, if there is one.
    #[must_use]
    pub fn note_if<T>(self, it: Option<T>, text: impl FnOnce(T) -> String) -> Self {
        match it {
            Some(it) => self.note(text(it)),
            None => self,
        }
    }

    /// Adds a suggestion.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a suggestion, if there is one.
    #[must_use]
    pub fn help_if<T>(self, it: Option<T>, text: impl FnOnce(T) -> String) -> Self {
        match it {
            Some(it) => self.help(text(it)),
            None => self,
        }
    }

    /// Adds an edit that its author reviews.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        let applicability = Applicability::NeedsALook;
        self.fix = Some(Fix { title: title.into(), applicability, edits });
        self
    }

    /// Adds the edit that writes a similar word instead.
    #[must_use]
    pub fn did_you_mean(self, span: Span, word: &str) -> Self {
        self.fix(format!("did you mean `{word}`?"), vec![(span, word.to_owned())])
    }

    /// Marks the edit as unambiguous.
    #[must_use]
    pub fn safe(self) -> Self {
        self.safe_if(true)
    }

    /// Marks the edit as unambiguous, on a condition.
    #[must_use]
    pub fn safe_if(mut self, condition: bool) -> Self {
        if let Some(fix) = self.fix.as_mut().filter(|_| condition) {
            fix.applicability = Applicability::Safe;
        }
        self
    }

    /// The first of its places that is not in the standard library: there the reader can change the source.
    pub fn place(&self, files: &Files) -> Option<Span> {
        let labels = self.labels.iter().map(|it| it.span);
        self.span.into_iter().chain(labels).find(|it| !files.file(it.file).is_stdlib())
    }

    /// The edit, if it is unambiguous.
    pub fn safe_edit(&self) -> Option<&Fix> {
        self.fix.as_ref().filter(|it| it.applicability == Applicability::Safe)
    }

    /// The severity of its code.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}
