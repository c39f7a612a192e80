//! What mlnetc says about a source: typed diagnostics, each with a code of the catalog, and the sink
//! that passes push them into. How they look is `render`'s business alone.

mod catalog;
mod expect;
mod foreign;
mod merge;
mod message;
pub mod render;
mod suggest;
mod words;

pub use catalog::{Code, FAMILIES, Row};
pub use expect::Expectation;
pub use foreign::{endpoint_here, equivalent};
pub use message::Message;
pub use suggest::{is_only, nearest};
pub use words::{all_of, one_of, ticked};

use std::collections::BTreeSet;

use crate::source::{Expansion, Files, Site, Span};

/// How bad it is. A code's letter says it: `E` stops the build, `W` does not, `N` is a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is built.
    Error,
    /// Built, but its author should look at it.
    Warning,
    /// A remark.
    Note,
}

/// A place that belongs to a diagnostic, with what there is to see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What there is to see; may be empty for the primary place.
    pub text: String,
}

/// How sure it is that an edit is what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Nothing else can be meant, or nothing changes its meaning: `mlnetc check --fix` applies it.
    Safe,
    /// Something else may be meant, and it matters: whom a flow reaches, which address something has.
    NeedsALook,
}

/// An edit that repairs the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the edit does, in the imperative.
    pub title: String,
    /// Whether it may be applied unseen.
    pub applicability: Applicability,
    /// Replacements; they do not overlap.
    pub edits: Vec<(Span, String)>,
}

/// One thing to say about the source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The primary place; `None` when the fault has none (a project without a cluster).
    pub span: Option<Span>,
    /// Its row in the catalog.
    pub code: Code,
    /// One line, lower case, no period, user text in backticks.
    pub message: String,
    /// What there is to see at the primary place.
    pub label: String,
    /// The other places involved.
    pub labels: Vec<Label>,
    /// Why, when it does not fit into a label.
    pub notes: Vec<String>,
    /// The way out.
    pub helps: Vec<String>,
    /// The way out as an edit.
    pub fix: Option<Fix>,
}

/// Everything said in a run.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    /// Of more, only the first error is kept.
    most: Option<usize>,
    /// How many were not kept.
    dropped: usize,
    /// Whether an error was among those.
    dropped_error: bool,
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

    /// Says what there is to see at the primary place.
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

    /// Adds the components and profiles through which a declaration came.
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

    /// Adds a way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a way out, if there is one.
    #[must_use]
    pub fn help_if<T>(self, it: Option<T>, text: impl FnOnce(T) -> String) -> Self {
        match it {
            Some(it) => self.help(text(it)),
            None => self,
        }
    }

    /// Adds the edit that repairs it, if its author looks at it and agrees.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        let applicability = Applicability::NeedsALook;
        self.fix = Some(Fix { title: title.into(), applicability, edits });
        self
    }

    /// Adds the edit that writes another word, which was perhaps meant.
    #[must_use]
    pub fn did_you_mean(self, span: Span, word: &str) -> Self {
        self.fix(format!("did you mean `{word}`?"), vec![(span, word.to_owned())])
    }

    /// Says that its edit may be applied unseen.
    #[must_use]
    pub fn safe(self) -> Self {
        self.safe_if(true)
    }

    /// Says so on a condition.
    #[must_use]
    pub fn safe_if(mut self, condition: bool) -> Self {
        if let Some(fix) = self.fix.as_mut().filter(|_| condition) {
            fix.applicability = Applicability::Safe;
        }
        self
    }

    /// The place at which its reader can do something: where the standard library says something, the
    /// first place that led there.
    pub fn place(&self, files: &Files) -> Option<Span> {
        let labels = self.labels.iter().map(|it| it.span);
        self.span.into_iter().chain(labels).find(|it| !files.file(it.file).is_stdlib())
    }

    /// The edit, if it may be applied unseen.
    pub fn safe_edit(&self) -> Option<&Fix> {
        self.fix.as_ref().filter(|it| it.applicability == Applicability::Safe)
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl Diagnostics {
    /// Keeps what is said first, so that a text that is wrong in every line does not fill the memory. That
    /// there is more is said with the last one; that there are errors is never lost.
    pub fn at_most(most: usize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// Says something.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity() == Severity::Error;
        if !self.is_full() || is_error && !self.has_errors() {
            return self.kept.push(diagnostic);
        }
        self.hold_back(is_error);
    }

    /// Whether so much is said that more is only counted: then nobody has to find the words.
    pub fn is_full(&self) -> bool {
        self.most.is_some_and(|it| self.kept.len() >= it)
    }

    /// Counts what is not said.
    pub fn hold_back(&mut self, is_error: bool) {
        if self.dropped == 0
            && let Some(last) = self.kept.last_mut()
        {
            last.notes
                .push("there are more mistakes, which are said when these are gone".to_owned());
        }
        self.dropped += 1;
        self.dropped_error |= is_error;
    }

    /// Moves every place.
    pub fn move_spans(&mut self, moved: impl Fn(Span) -> Span) {
        for it in &mut self.kept {
            it.span = it.span.map(&moved);
            for label in &mut it.labels {
                label.span = moved(label.span);
            }
            let Some(fix) = &mut it.fix else { continue };
            for (span, _) in &mut fix.edits {
                let now = moved(*span);
                if now != *span {
                    // No file has it any more: it is for people.
                    fix.applicability = Applicability::NeedsALook;
                }
                *span = now;
            }
        }
    }

    /// How much has been said: a mark for `take_back`.
    pub fn mark(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Takes back what was said since a mark; whether that was anything.
    pub fn take_back(&mut self, mark: usize) -> bool {
        let since = self.mark().saturating_sub(mark);
        let dropped = since.min(self.dropped);
        self.dropped -= dropped;
        self.dropped_error &= self.dropped > 0;
        self.kept.truncate(self.kept.len() - (since - dropped));
        since > 0
    }

    /// Takes back errors of some codes that are the tail of the one before them: nothing but brackets and
    /// marks stands between.
    pub fn take_back_tails(&mut self, files: &Files, codes: &[Code]) {
        let mut diagnostics = std::mem::take(&mut self.kept);
        diagnostics.sort();
        let mut last: Option<Span> = None;
        diagnostics.retain(|it| {
            let Some(span) = it.span.filter(|_| it.severity() == Severity::Error) else {
                return true;
            };
            let tail = codes.contains(&it.code) && last.is_some_and(|last| files.touch(last, span));
            // A mark that an edit replaces has no tail.
            last = (it.fix.is_none() || !codes.contains(&it.code)).then_some(span);
            !tail
        });
        self.kept = diagnostics;
    }

    /// Takes back what points at a line of which another sink says an error, or at what stands directly
    /// before one: what does not parse is not judged further.
    pub fn take_back_beside(&mut self, files: &Files, other: &Self) {
        let line = |span: Span| (span.file, files.file(span.file).line_column(span.start).line);
        let errors: BTreeSet<Span> = other.errors().filter_map(|it| it.span).collect();
        let lines: BTreeSet<_> = errors.iter().map(|it| line(*it)).collect();
        if lines.is_empty() {
            return;
        }
        let beside = |span: Span| {
            let next = errors.range(Span { start: span.end, ..span }..).next();
            lines.contains(&line(span)) || next.is_some_and(|it| files.touch(span, *it))
        };
        self.kept.retain(|it| !it.span.is_some_and(beside));
    }

    /// Says everything that another sink holds.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.kept.append(&mut other.kept);
        self.dropped += other.dropped;
        self.dropped_error |= other.dropped_error;
    }

    /// Whether something of a code is said of a place.
    pub fn says(&self, code: Code, span: Option<Span>) -> bool {
        self.kept.iter().any(|it| it.code == code && it.span == span)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.kept.retain(keep);
    }

    /// What stops the build.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter().filter(|it| it.severity() == Severity::Error)
    }

    /// Whether something stops the build.
    pub fn has_errors(&self) -> bool {
        self.dropped_error || self.errors().next().is_some()
    }

    /// How many of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.kept.iter().filter(|it| it.severity() == severity).count()
    }

    /// Sorted by (file, offset, code), each said once: clusters that share a source repeat what
    /// they find.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.kept.sort();
        self.kept.dedup();
        merge::merged(self.kept)
    }
}
