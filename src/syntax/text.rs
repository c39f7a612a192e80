//! Strings: escapes, and the expressions in braces.

use std::ops::Range;

use super::ast::{Cut, Text};
use super::parser::Reader;
use super::report;
use crate::diagnostics::Severity;
use crate::source::Span;

/// Reads a string with its quotes, escapes and interpolations.
pub(super) fn read(reader: &mut Reader<'_>, written: &str, span: Span) -> Text {
    let plain = plain(reader, written, span);
    let inner = inner(written);
    if inner.contains(['{', '}']) {
        match pieces(reader, inner, span.start as usize + 1) {
            // The braces are those of `\u{…}`.
            Ok(pieces) if matches!(pieces.as_slice(), [Cut::Plain(it)] if *it == plain) => {
                Text::plain(plain, span)
            }
            pieces => Text::cut(plain, span, pieces),
        }
    } else {
        Text::plain(plain, span)
    }
}

/// The characters of a string, escapes resolved. What is wrong with an escape is said here.
pub(super) fn plain(reader: &mut Reader<'_>, written: &str, span: Span) -> String {
    let inner = inner(written);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut wrong = Vec::new();
    let plain = unescape(inner, &mut wrong);
    for place in wrong {
        let start = span.start as usize + 1;
        let span = reader.place(start + place.start, start + place.end);
        let escape = inner.get(place).unwrap_or("");
        reader.diagnostics.push(report::escape(escape, span));
    }
    plain
}

fn inner(written: &str) -> &str {
    written.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(written)
}

/// Resolves escapes; those that do not exist stay as they are and are listed.
fn unescape(inner: &str, wrong: &mut Vec<Range<usize>>) -> String {
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let at = inner.len() - after.len() - 1;
        let (character, length) = match after.chars().next() {
            Some('n') => (Some('\n'), 1),
            Some('t') => (Some('\t'), 1),
            Some(it @ ('"' | '\\')) => (Some(it), 1),
            Some('u') => code_point(after),
            Some(other) => (None, other.len_utf8()),
            None => (None, 0),
        };
        if let Some(character) = character {
            plain.push(character);
        } else {
            wrong.push(at..at + 1 + length);
            plain.push_str(inner.get(at..at + 1 + length).unwrap_or(""));
        }
        rest = after.get(length..).unwrap_or("");
    }
    plain.push_str(rest);
    plain
}

/// `u{1F600}`: the character, and how many bytes it takes.
fn code_point(after: &str) -> (Option<char>, usize) {
    let Some(digits) = after.strip_prefix("u{") else { return (None, 1) };
    let Some((digits, _)) = digits.split_once('}') else { return (None, 1) };
    let hexadecimal =
        (1..=6).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    (character.filter(|_| hexadecimal), digits.len() + 3)
}

/// Cuts a string at its braces. The places that interpolate say what is wrong; others never ask.
fn pieces(reader: &mut Reader<'_>, inner: &str, start: usize) -> Result<Vec<Cut>, Span> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = inner;
    while let Some(at) = rest.find(['{', '}', '\\']) {
        let (before, here) = rest.split_at(at);
        literal.push_str(before);
        let place = start + inner.len() - here.len();
        if here.starts_with("{{") || here.starts_with("}}") {
            literal.push_str(here.get(..1).unwrap_or(""));
            rest = here.get(2..).unwrap_or("");
        } else if here.starts_with('\\') {
            let length = escape_length(here);
            literal.push_str(&unescape(here.get(..length).unwrap_or(""), &mut Vec::new()));
            rest = here.get(length..).unwrap_or("");
        } else {
            let wrong = reader.place(place, place + 1);
            let inside = here.strip_prefix('{').and_then(|it| it.split_once('}'));
            let (expression, after) = inside.ok_or(wrong)?;
            let diagnostics = std::mem::take(&mut reader.diagnostics);
            let value = reader.interpolation(expression, place + 1);
            let silent =
                std::mem::replace(&mut reader.diagnostics, diagnostics).count(Severity::Error) == 0;
            let value = value.filter(|_| silent).ok_or(wrong)?;
            if !literal.is_empty() {
                pieces.push(Cut::Plain(std::mem::take(&mut literal)));
            }
            pieces.push(Cut::Value(value));
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Cut::Plain(literal));
    }
    Ok(pieces)
}

fn escape_length(here: &str) -> usize {
    let after = here.get(1..).unwrap_or("");
    match after.chars().next() {
        Some('u') => 1 + code_point(after).1,
        Some(other) => 1 + other.len_utf8(),
        None => 1,
    }
}

/// The segments of a `set` path, quotes kept.
pub(super) fn segments(path: &str) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'.' if !quoted => {
                segments.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(start..path.len());
    segments
}
