//! Maps diagnostics from the compiled statement of a question, which the user never sees, to the text of the
//! question.

use std::ops::Range;

use super::parse::{End, Question};
use super::source::{FILE, STATEMENT, statement};
use crate::diagnostics::Diagnostics;
use crate::source::{Files, Span};

/// Moves the spans of diagnostics from the statement of a question to the question.
pub fn in_words(question: &Question, files: &mut Files, diagnostics: &mut Diagnostics) {
    let Some(id) = files.iter().find(|(_, it)| it.path == FILE).map(|(id, _)| id) else { return };
    let pieces = pieces(question);
    let all = question.text.len();
    let moved = |span: Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        let first = pieces.iter().find(|(own, _)| own.contains(&start));
        let last = pieces.iter().find(|(own, _)| own.start < end && end <= own.end);
        let from = first.map_or(0, |(own, asked)| (asked.start + start - own.start).min(asked.end));
        let to = last.map_or(all, |(own, asked)| (asked.start + end - own.start).min(asked.end));
        let offset = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Span { start: offset(from), end: offset(to.max(from)), ..span }
    };
    diagnostics.move_spans(|it| if it.file == id { moved(it) } else { it });
    files.replace(id, question.text.clone());
}

/// The corresponding parts of statement and question, as byte ranges.
fn pieces(question: &Question) -> Vec<(Range<usize>, Range<usize>)> {
    let (text, statement) = (&question.text, statement(question).unwrap_or_default());
    let (client, server) = &question.written;
    let ports = question.ports.as_ref().map_or("", |it| it.text.as_str());
    let mut pieces = Vec::new();
    let (mut own_at, mut asked_at) = (STATEMENT.len(), 0);
    for (end, written) in [(&question.client, client), (&question.server, server)] {
        let is_named = matches!(end, End::Name(_) | End::Block(_));
        let own = if is_named { written.as_str() } else { "anyone" };
        let Some(asked) = found(text, written, asked_at) else { break };
        asked_at = asked.end;
        pieces.push((own_at..own_at + own.len(), asked));
        own_at += own.len() + " -> ".len();
    }
    // A colon follows the server.
    let own_at = own_at.saturating_sub(" -> ".len()) + 1;
    let is_there =
        !ports.is_empty() && statement.get(own_at..).is_some_and(|it| it.starts_with(ports));
    if let Some(asked) = found(text, ports, asked_at).filter(|_| is_there) {
        pieces.push((own_at..own_at + ports.len(), asked));
    }
    pieces
}

fn found(text: &str, word: &str, from: usize) -> Option<Range<usize>> {
    let at = text.get(from..)?.find(word)? + from;
    Some(at..at + word.len())
}
