//! Strings: escapes, and the expressions in braces.

use std::ops::Range;

/// Returns the characters of a string, escapes resolved, and the unknown escapes as byte ranges in the string with its
/// quotes.
pub(super) fn plain(written: &str) -> (String, Vec<Range<usize>>) {
    let inner = inner(written);
    let mut wrong = Vec::new();
    let plain = if inner.contains('\\') { unescape(inner, &mut wrong) } else { inner.to_owned() };
    (plain, wrong.into_iter().map(|it| it.start + 1..it.end + 1).collect())
}

/// A piece of a string, split at its braces. Offsets are bytes of the string with its quotes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Characters; `{{`, `}}` and escapes are resolved.
    Plain(String),
    /// The text between a pair of braces.
    Expression {
        /// The offset of the opening brace.
        open: usize,
        /// The text.
        inside: &'a str,
    },
    /// The offset of an unmatched brace. It is the last piece.
    Unpaired(usize),
}

fn inner(written: &str) -> &str {
    written.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(written)
}

/// Resolves escapes; unknown escapes stay as they are and are added to `wrong`.
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

/// Parses `u{1F600}`: returns the character, and the number of its bytes in the source.
fn code_point(after: &str) -> (Option<char>, usize) {
    let Some(digits) = after.strip_prefix("u{") else { return (None, 1) };
    let Some((digits, _)) = digits.split_once('}') else { return (None, 1) };
    let hexadecimal =
        (1..=6).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    (character.filter(|_| hexadecimal), digits.len() + 3)
}

/// Splits a string at its braces; empty for a string without braces.
pub(super) fn pieces(written: &str) -> Vec<Piece<'_>> {
    let inner = inner(written);
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = inner;
    if !inner.contains(['{', '}']) {
        return pieces;
    }
    while let Some(at) = rest.find(['{', '}', '\\']) {
        let (before, here) = rest.split_at(at);
        literal.push_str(before);
        if here.starts_with("{{") || here.starts_with("}}") {
            literal.push_str(here.get(..1).unwrap_or(""));
            rest = here.get(2..).unwrap_or("");
        } else if here.starts_with('\\') {
            let length = escape_length(here);
            literal.push_str(&unescape(here.get(..length).unwrap_or(""), &mut Vec::new()));
            rest = here.get(length..).unwrap_or("");
        } else {
            if !literal.is_empty() {
                pieces.push(Piece::Plain(std::mem::take(&mut literal)));
            }
            let open = 1 + inner.len() - here.len();
            let Some((inside, after)) = here.strip_prefix('{').and_then(|it| it.split_once('}'))
            else {
                pieces.push(Piece::Unpaired(open));
                return pieces;
            };
            pieces.push(Piece::Expression { open, inside });
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Plain(literal));
    }
    pieces
}

fn escape_length(here: &str) -> usize {
    let after = here.get(1..).unwrap_or("");
    match after.chars().next() {
        Some('u') => 1 + code_point(after).1,
        Some(other) => 1 + other.len_utf8(),
        None => 1,
    }
}

/// Returns the segments of a `set` path, with their quotes.
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
