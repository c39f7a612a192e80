//! `##` comments: which declaration each belongs to.

use super::ast::Doc;
use super::parser::Reader;
use super::report;
use crate::source::{Span, Spanned};

/// Doc comments in the order in which they stand, until a declaration takes them.
#[derive(Debug, Default)]
pub(super) struct Docs(Vec<Span>);

impl Docs {
    /// Keeps a comment that begins with `##`; more of them are a line drawn across the page.
    pub(super) fn push(&mut self, text: &str, span: Span) {
        let comment = text.get(span.start as usize..span.end as usize).unwrap_or("");
        if !comment.starts_with("###") {
            self.0.push(span);
        }
    }

    /// Forgets what is left: it belongs to something that does not parse.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

impl Reader<'_> {
    /// The doc comment of what stands at `span`: the `##` lines directly above it. What stands
    /// farther away, beside something, or above what has no doc, is a warning.
    pub(super) fn doc(&mut self, span: Span, documented: bool) -> Doc {
        if self.docs.0.is_empty() {
            return None;
        }
        let mut lines = std::mem::take(&mut self.docs.0);
        let mut own = Vec::new();
        let mut next = span.start;
        while let Some(line) = lines.pop_if(|it| documented && self.directly_above(*it, next)) {
            next = line.start;
            own.push(line);
        }
        self.docs.0 = lines;
        self.report_docs();
        own.reverse();
        let span = own.first()?.to(*own.last()?);
        let lines: Vec<&str> = own.iter().map(|it| self.doc_line(*it)).collect();
        Some(Spanned::new(lines.join("\n"), span))
    }

    /// Says that the comments that are left belong to nothing, once for those that stand together.
    pub(super) fn report_docs(&mut self) {
        let mut lines = std::mem::take(&mut self.docs.0).into_iter().peekable();
        while let Some(first) = lines.next() {
            let mut whole = first;
            while let Some(next) = lines.next_if(|it| self.directly_above(whole, it.start)) {
                whole = whole.to(next);
            }
            self.diagnostics.push(report::loose_doc(whole));
        }
    }

    /// Whether a comment has its line for itself and only comments stand between it and `below`.
    fn directly_above(&self, comment: Span, below: u32) -> bool {
        let before = self.text.get(..comment.start as usize).unwrap_or("");
        let own_line = before.trim_end_matches([' ', '\t']);
        let between = self.text.get(comment.end as usize..below as usize).unwrap_or("x");
        let mut rest = between.split('\n');
        let (_, last) = (rest.next(), rest.next_back());
        (own_line.is_empty() || own_line.ends_with(['\n', '\u{feff}']))
            && last.is_some_and(|it| it.trim().is_empty())
            && rest.all(|it| it.trim_start().starts_with('#'))
    }

    fn doc_line(&self, span: Span) -> &str {
        let line = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        let line = line.trim_end().trim_start_matches('#');
        line.strip_prefix(' ').unwrap_or(line)
    }
}
