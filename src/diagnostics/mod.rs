//! Diagnostics of a source, each with a code of the catalog, and the list that passes push them into. Only `render`
//! knows their formats.

mod catalog;
mod diagnostic;
mod expect;
mod foreign;
mod merge;
mod message;
pub mod render;
mod severity;
mod suggest;
mod words;

pub use catalog::{Code, FAMILIES, Row};
pub use diagnostic::{Applicability, Diagnostic, Fix, Label};
pub use expect::Expectation;
pub use foreign::{endpoint_here, equivalent};
pub use message::Message;
pub use severity::Severity;
pub use suggest::{is_only, nearest};
pub use words::{all_of, one_of, ticked};

use std::collections::BTreeSet;

use crate::source::{Files, Span};

/// The diagnostics of a run.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    /// Greatest number of diagnostics that are kept; of the others, only the first error is kept.
    most: Option<usize>,
    /// Number of diagnostics that were not kept.
    dropped: usize,
    /// Whether an error was among them.
    dropped_error: bool,
}

impl Diagnostics {
    /// Returns a sink that keeps the first `most` diagnostics, so that a text with an error in every line does not fill
    /// the memory. The last one notes that there are more; the existence of errors is never lost.
    pub fn at_most(most: usize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// Adds a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity() == Severity::Error;
        if !self.is_full() || is_error && !self.has_errors() {
            return self.kept.push(diagnostic);
        }
        self.hold_back(is_error);
    }

    /// Returns whether further diagnostics are only counted, so that their messages need not be made.
    pub fn is_full(&self) -> bool {
        self.most.is_some_and(|it| self.kept.len() >= it)
    }

    /// Counts a diagnostic that is not kept.
    pub fn hold_back(&mut self, is_error: bool) {
        if self.dropped == 0
            && let Some(last) = self.kept.last_mut()
        {
            last.notes.push(
                "there are more mistakes, which are reported after these are fixed".to_owned(),
            );
        }
        self.dropped += 1;
        self.dropped_error |= is_error;
    }

    /// Marks every fix as one that a person must review, so that none is applied by itself.
    pub fn require_review_of_fixes(&mut self) {
        for fix in self.kept.iter_mut().filter_map(|it| it.fix.as_mut()) {
            fix.applicability = Applicability::NeedsALook;
        }
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
                    // The new place is in no file on disk, so the fix needs review.
                    fix.applicability = Applicability::NeedsALook;
                }
                *span = now;
            }
        }
    }

    /// Returns the number of diagnostics so far: a mark for `take_back`.
    pub fn mark(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Returns whether an error was added since a mark.
    pub fn has_errors_since(&self, mark: usize) -> bool {
        let since = self.kept.get(mark..).unwrap_or_default();
        let has_dropped = self.dropped_error && self.mark() > mark.max(self.kept.len());
        has_dropped || since.iter().any(|it| it.severity() == Severity::Error)
    }

    /// Removes the diagnostics since a mark; returns whether there were any.
    pub fn take_back(&mut self, mark: usize) -> bool {
        let since = self.mark().saturating_sub(mark);
        let dropped = since.min(self.dropped);
        self.dropped -= dropped;
        self.dropped_error &= self.dropped > 0;
        self.kept.truncate(self.kept.len() - (since - dropped));
        since > 0
    }

    /// Removes errors of some codes that are consequences of the error before them: only brackets and punctuation are
    /// between the two.
    pub fn take_back_tails(&mut self, files: &Files, codes: &[Code]) {
        let mut diagnostics = std::mem::take(&mut self.kept);
        diagnostics.sort();
        let mut last: Option<Span> = None;
        diagnostics.retain(|it| {
            let Some(span) = it.span.filter(|_| it.severity() == Severity::Error) else {
                return true;
            };
            let tail = codes.contains(&it.code) && last.is_some_and(|last| files.touch(last, span));
            // Punctuation that an edit replaces has no consequences.
            last = (it.fix.is_none() || !codes.contains(&it.code)).then_some(span);
            !tail
        });
        self.kept = diagnostics;
    }

    /// Removes diagnostics on a line for which another sink has an error, or directly before an error: text that does
    /// not parse is not judged further.
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

    /// Adds all diagnostics of another sink.
    pub fn append(&mut self, mut other: Diagnostics) {
        self.kept.append(&mut other.kept);
        self.dropped += other.dropped;
        self.dropped_error |= other.dropped_error;
    }

    /// Returns whether there is a diagnostic of a code at a place.
    pub fn says(&self, code: Code, span: Option<Span>) -> bool {
        self.kept.iter().any(|it| it.code == code && it.span == span)
    }

    /// Keeps the diagnostics for which `keep` returns true.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.kept.retain(keep);
    }

    /// Returns the diagnostics that stop the build.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter().filter(|it| it.severity() == Severity::Error)
    }

    /// Returns whether an error stops the build.
    pub fn has_errors(&self) -> bool {
        self.dropped_error || self.errors().next().is_some()
    }

    /// Returns the number of diagnostics of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.kept.iter().filter(|it| it.severity() == severity).count()
    }

    /// Returns the diagnostics sorted by (file, offset, code), each once: clusters that share a source repeat the same
    /// diagnostics.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.kept.sort();
        self.kept.dedup();
        merge::merged(self.kept)
    }
}
