//! Words, strings, lines and blanks, found without the grammar.

/// Words that begin a declaration.
const KEYWORDS: &[&str] = &[
    "accept",
    "address",
    "assert",
    "bfd",
    "calico",
    "cluster",
    "component",
    "env",
    "external",
    "fail",
    "flow",
    "forbid",
    "metallb",
    "namespace",
    "peer",
    "pool",
    "port",
    "profile",
    "reserve",
    "service",
    "set",
    "tenant",
    "use",
    "values",
    "warn",
    "when",
    "workload",
];

/// Returns whether a word begins a declaration.
pub(in crate::syntax) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// Returns the words that begin a declaration.
pub(in crate::syntax) fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().copied()
}

/// Returns the offset after the string that opens at an offset, and whether it is closed. A string ends with its line
/// at the latest.
pub(in crate::syntax) fn end_of_string(bytes: &[u8], open: usize) -> (usize, bool) {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (at + 1, true),
            b'\n' => return (at, false),
            b'\\' if bytes.get(at + 1).is_some_and(|it| *it != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

/// Returns the offset of the next line break, or of the end.
pub(in crate::syntax) fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|it| *it == b'\n').map_or(bytes.len(), |it| from + it)
}

/// Returns the offset after the last character of a line that is neither blank nor in a comment.
pub(super) fn end_of_code(bytes: &[u8], start: usize, end: usize) -> usize {
    let (mut at, mut code) = (start, start);
    while at < end && bytes[at] != b'#' {
        let blank = matches!(bytes[at], b' ' | b'\t' | b'\r');
        at = if bytes[at] == b'"' { end_of_string(bytes, at).0 } else { at + 1 };
        if !blank {
            code = at;
        }
    }
    code
}

/// Returns the offset of the next byte that is not a blank; it may be a line break.
pub(in crate::syntax) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes[from..].iter().take_while(|it| matches!(**it, b' ' | b'\t' | b'\r'));
    from + blanks.count()
}

/// Returns the offset of the next byte that is neither white space nor in a comment.
pub(in crate::syntax) fn skip_gap(bytes: &[u8], from: usize, to: usize) -> usize {
    let mut at = from;
    while at < to {
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at = end_of_line(bytes, at),
            _ => break,
        }
    }
    at.min(to)
}

/// Returns the offset after the word that begins at an offset.
pub(in crate::syntax) fn end_of_word(bytes: &[u8], from: usize) -> usize {
    let letters = bytes[from..]
        .iter()
        .take_while(|it| it.is_ascii_alphanumeric() || **it == b'_' || **it == b'-');
    from + letters.count()
}
