//! The tokens of a text, and common mistakes in them.

use std::ops::Range;

/// A mistake in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Delete,
    Double,
    Swap,
    Misspell,
    OtherKind,
}

impl Fault {
    /// Every kind of mistake.
    pub(crate) const ALL: [Self; 5] =
        [Self::Delete, Self::Double, Self::Swap, Self::Misspell, Self::OtherKind];

    /// Returns the text with this mistake at a token; `None` if it changes nothing.
    pub(crate) fn inject(self, text: &str, tokens: &[Range<usize>], at: usize) -> Option<String> {
        let token = tokens[at].clone();
        let (front, back) = (text.get(..token.start)?, text.get(token.end..)?);
        let (end, token) = (token.end, text.get(token)?);
        let broken = match self {
            Self::Delete => format!("{front}{back}"),
            Self::Double => format!("{front}{token} {token}{back}"),
            Self::Swap => {
                let next = tokens.get(at + 1)?.clone();
                let (between, rest) = (text.get(end..next.start)?, text.get(next.end..)?);
                format!("{front}{}{between}{token}{rest}", text.get(next)?)
            }
            Self::Misspell => format!("{front}{}{back}", misspelt(token)?),
            Self::OtherKind => {
                let other = match token.as_bytes().first()? {
                    b'"' => "17",
                    it if it.is_ascii_digit() => "\"text\"",
                    it if it.is_ascii_lowercase() => "4711",
                    _ => return None,
                };
                format!("{front}{other}{back}")
            }
        };
        (broken != text).then_some(broken)
    }
}

/// Returns a word with another letter in its middle.
fn misspelt(token: &str) -> Option<String> {
    token.find(|it: char| it.is_ascii_lowercase())?;
    let mut letters: Vec<char> = token.chars().collect();
    let middle = letters.len() / 2;
    letters[middle] = if letters[middle] == 'q' { 'z' } else { 'q' };
    Some(letters.into_iter().collect())
}

/// Returns the places of the tokens, without comments and white space.
pub(crate) fn tokens(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'#' => {
                while bytes.get(at).is_some_and(|it| *it != b'\n') {
                    at += 1;
                }
                continue;
            }
            b'"' => {
                at += 1;
                while bytes.get(at).is_some_and(|it| *it != b'"' && *it != b'\n') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
            }
            it if it.is_ascii_alphanumeric() => {
                let inner =
                    |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'/');
                while bytes.get(at).is_some_and(inner) && !bytes[at..].starts_with(b"->") {
                    at += 1;
                }
            }
            it if it.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' | b'<' if bytes[at..].starts_with(b"->") || bytes[at..].starts_with(b"<->") => {
                at += if bytes[at] == b'<' { 3 } else { 2 };
            }
            _ => at += 1,
        }
        found.push(start..at);
    }
    found.retain(|it| text.is_char_boundary(it.start) && text.is_char_boundary(it.end));
    found
}

/// Returns the line at which the declaration around an offset begins: the last line that is not indented.
pub(crate) fn declaration_of(text: &str, at: usize) -> usize {
    let before = text.get(..at + 1).unwrap_or(text);
    let lines = before.lines().enumerate();
    let begins = |it: &&(usize, &str)| it.1.starts_with(|it: char| it.is_ascii_lowercase());
    lines.collect::<Vec<_>>().iter().rfind(begins).map_or(0, |(line, _)| *line)
}

/// Returns the line of an offset, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or("");
    u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX - 1) + 1
}
