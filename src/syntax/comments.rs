//! Comments with the declaration, field or entry that each is about, from tokens and tree. The formatter, and edits
//! that move or remove an entry, keep its comments with it.

#[cfg(test)]
mod tests;

use super::ast::{Node, Outline};
use super::tokens::{Token, TokenKind, Tokens};
use crate::source::Span;

/// A comment with the entry that it is about.
#[derive(Debug, Clone, Copy)]
pub struct Comment<'a> {
    /// The place of the comment.
    pub span: Span,
    /// Its position relative to the entry.
    pub position: Position,
    /// The item, parameter, or entry of a list, map or call; `None` for a comment about a file.
    pub entry: Option<Node<'a>>,
}

/// The position of a comment relative to the entry that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Directly above, on a line of its own.
    Above,
    /// On a line of the entry: behind its end, or behind a bracket in it.
    Beside,
    /// Between the brackets of the entry, on a line of its own, above no other entry.
    Inside,
}

/// Returns the comments of a text, in order.
pub fn comments<'a>(text: &str, tokens: &Tokens, outline: &Outline<'a>) -> Vec<Comment<'a>> {
    let tokens: Vec<&Token> = tokens.iter().collect();
    let lines = |from: u32, to: u32| {
        text.get(from as usize..to as usize).unwrap_or("").matches('\n').count()
    };
    let mut found: Vec<Comment<'a>> = Vec::new();
    // From the last to the first: the comment above a comment is about the same entry.
    let mut below: Option<(&Token, Option<Node<'a>>)> = None;
    for (at, token) in tokens.iter().enumerate().rev() {
        let span = token.span;
        if token.kind != TokenKind::Comment {
            below = Some((token, first(outline, span)));
            continue;
        }
        let before = tokens.get(..at).and_then(<[_]>::last);
        let before = before.filter(|it| lines(it.span.end, span.start) == 0);
        let (position, entry) = if before.is_some() {
            (Position::Beside, beside(&tokens[..at], outline))
        } else {
            match below.filter(|(next, _)| lines(span.end, next.span.start) == 1) {
                Some((_, Some(entry))) => (Position::Above, Some(entry)),
                Some((_, None)) | None => (Position::Inside, outline.entries(span.start).next()),
            }
        };
        below = Some((token, entry.filter(|_| position == Position::Above)));
        found.push(Comment { span, position, entry });
    }
    found.reverse();
    found
}

/// Returns the outermost entry that begins with a token.
fn first<'a>(outline: &Outline<'a>, token: Span) -> Option<Node<'a>> {
    outline.entries(token.start).take_while(|it| it.span().start == token.start).last()
}

/// Returns the entry that ends with the last of some tokens, its comma not counted, or the innermost entry around it.
fn beside<'a>(tokens: &[&Token], outline: &Outline<'a>) -> Option<Node<'a>> {
    let last = tokens.iter().rfind(|it| it.kind != TokenKind::Comma)?.span;
    let ends = outline.entries(last.start).take_while(|it| it.span().end == last.end).last();
    ends.or_else(|| outline.entries(last.start).next())
}
