//! Splits a text into items by its brackets, so that an error in one item does not affect the others. The module knows
//! strings, comments and indentation, and nothing of the grammar.

mod brackets;
mod bytes;
mod scan;

use std::ops::Range;

pub(super) use brackets::{DEPTH, Fault, Split};
pub(super) use bytes::{
    end_of_line, end_of_string, end_of_word, is_keyword, keywords, skip_blanks, skip_gap,
};
use scan::Scan;

impl Split {
    /// Finds the brackets. If they do not balance, a second scan takes the indentation into account.
    pub(super) fn of(text: &str) -> Self {
        let first = Scan::new(text, false).run();
        let unbalanced =
            first.faults.iter().any(|it| matches!(it, Fault::Unclosed(..) | Fault::Stray(_)));
        let deep = first.faults.iter().any(|it| matches!(it, Fault::Deep(_)));
        if unbalanced && !deep { Scan::new(text, true).run() } else { first }
    }

    /// Splits a range into items. Each has the comments above it, without its separator; comments at the end are
    /// separate parts.
    pub(super) fn items(&self, text: &str, range: Range<usize>) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let mut items = Vec::new();
        let (mut start, mut at) = (range.start, range.start);
        let (mut begun, mut comments) = (false, false);
        let mut cut = |start: usize, end: usize, begun: &mut bool, comments: &mut bool| {
            if *begun || *comments {
                items.push(start..end);
            }
            (*begun, *comments) = (false, false);
        };
        while at < range.end {
            match bytes[at] {
                b'"' => {
                    begun = true;
                    at = end_of_string(bytes, at).0;
                }
                b'#' => {
                    comments = true;
                    at = end_of_line(bytes, at);
                }
                b'{' | b'[' | b'(' => {
                    begun = true;
                    let bracket = self.bracket(at);
                    match bracket {
                        Some(it) if it.closed => at = it.close + 1,
                        Some(it) => {
                            at = it.close.max(at + 1).min(range.end);
                            cut(start, at, &mut begun, &mut comments);
                            start = at;
                        }
                        None => at += 1,
                    }
                }
                b'}' | b']' | b')' => {
                    cut(start, at, &mut begun, &mut comments);
                    at = skip_blanks(bytes, at + 1);
                    at += usize::from(bytes.get(at) == Some(&b','));
                    start = at;
                }
                b',' => {
                    // A comma without an item before it is reported as an item that does not parse.
                    let end = if begun { at } else { at + 1 };
                    begun = true;
                    cut(start, end, &mut begun, &mut comments);
                    at += 1;
                    start = at;
                }
                b'\n' if begun && self.missing(at).is_some_and(|it| it.close < range.end) => {
                    at = self.missing(at).map_or(at, |it| it.close) + 1;
                }
                b'\n' => {
                    if begun && !goes_on(bytes, at, range.end) {
                        cut(start, at, &mut begun, &mut comments);
                        start = at;
                    }
                    at += 1;
                }
                b' ' | b'\t' | b'\r' => at += 1,
                _ => {
                    begun = true;
                    at += 1;
                }
            }
        }
        cut(start, range.end, &mut begun, &mut comments);
        items
    }
}

/// Returns whether an item continues after a line break: the next line begins with `else`, or with the brace that
/// belongs to the end of this line.
fn goes_on(bytes: &[u8], from: usize, to: usize) -> bool {
    let next = skip_gap(bytes, from, to);
    let end = end_of_word(bytes, next).min(to);
    next < to && bytes[next] == b'{'
        || &bytes[next..end] == b"else" && bytes.get(skip_blanks(bytes, end)) != Some(&b'=')
}
