//! `##` comments: the declaration that each documents.

use super::ast::Doc;
use crate::source::{Span, Spanned};

/// Doc comments in the order of the text that no declaration has taken yet.
#[derive(Debug, Default)]
pub(super) struct Docs(Vec<Span>);

impl Docs {
    /// Keeps a comment that begins with `##`. A comment that begins with `###` is a separator line, and is ignored.
    pub(super) fn push(&mut self, text: &str, span: Span) {
        let comment = text.get(span.start as usize..span.end as usize).unwrap_or("");
        if !comment.starts_with("###") {
            self.0.push(span);
        }
    }

    /// Drops the remaining doc comments: they document an item that does not parse.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Takes the doc comment of a declaration at `span`: the `##` lines directly above it. `text` is the text of the
    /// file.
    pub(super) fn take(&mut self, text: &str, span: Span) -> Doc {
        let mut own = Vec::new();
        let mut next = span.start;
        while let Some(line) = self.0.pop_if(|it| directly_above(text, *it, next)) {
            next = line.start;
            own.push(line);
        }
        own.reverse();
        let span = own.first()?.to(*own.last()?);
        let lines: Vec<&str> = own.iter().map(|it| doc_line(text, *it)).collect();
        Some(Spanned::new(lines.join("\n"), span))
    }

    /// Takes the remaining doc comments, which document nothing; neighboring lines are one comment.
    pub(super) fn take_loose(&mut self, text: &str) -> Vec<Span> {
        let mut lines = std::mem::take(&mut self.0).into_iter().peekable();
        let mut loose = Vec::new();
        while let Some(first) = lines.next() {
            let mut whole = first;
            while let Some(next) = lines.next_if(|it| directly_above(text, whole, it.start)) {
                whole = whole.to(next);
            }
            loose.push(whole);
        }
        loose
    }
}

/// Returns whether a comment is alone on its line, with only comments between it and the offset `below`.
fn directly_above(text: &str, comment: Span, below: u32) -> bool {
    let before = text.get(..comment.start as usize).unwrap_or("");
    let own_line = before.trim_end_matches([' ', '\t']);
    let between = text.get(comment.end as usize..below as usize).unwrap_or("x");
    let mut rest = between.split('\n');
    let (_, last) = (rest.next(), rest.next_back());
    (own_line.is_empty() || own_line.ends_with(['\n', '\u{feff}']))
        && last.is_some_and(|it| it.trim().is_empty())
        && rest.all(|it| it.trim_start().starts_with('#'))
}

fn doc_line(text: &str, span: Span) -> &str {
    let line = text.get(span.start as usize..span.end as usize).unwrap_or("");
    let line = line.trim_end().trim_start_matches('#');
    line.strip_prefix(' ').unwrap_or(line)
}
