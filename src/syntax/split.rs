//! Cuts a text into items by its brackets alone, so that a mistake in one item leaves the others
//! whole. Knows strings, comments and indentation, and nothing of the grammar.

mod bytes;
mod scan;

use std::ops::Range;

pub(super) use bytes::{
    end_of_line, end_of_string, end_of_word, is_keyword, keywords, skip_blanks, skip_gap,
};
use scan::Scan;

/// Brackets may be nested this deep.
pub(super) const DEPTH: usize = 64;

/// So many wrong brackets and strings are looked for: what has more is another language.
pub(super) const FAULTS: usize = 100;

/// Where the brackets of a text are, and what is wrong with them.
pub(super) struct Split {
    /// In the order in which they open.
    brackets: Vec<Bracket>,
    /// In the order of their places.
    pub(super) faults: Vec<Fault>,
    /// What a bracket without partner leaves behind: the entries of a list that nobody opened, what
    /// follows a brace that nobody closes. They are not blamed for being no items.
    stranded: Vec<Range<usize>>,
    /// Whether there is more behind the last fault, at which nobody has looked.
    pub(super) is_cut: bool,
    /// Braces that are missing at the end of a line: `open` is the line break.
    missing: Vec<Bracket>,
}

/// A bracket and its partner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// Where it opens.
    pub(super) open: usize,
    /// Where it closes, or where a line shows that it should have been closed above.
    pub(super) close: usize,
    /// Whether there is a closing bracket at `close`.
    pub(super) closed: bool,
}

/// Something that hides the structure of the text. It is said once, for the whole file; what stands
/// around it is not blamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A bracket that nothing closes, and the place at which it should have been.
    Unclosed(usize, usize),
    /// A closing bracket that closes nothing.
    Stray(usize),
    /// A line that should end with `{`, and the `}` that closes it.
    Missing(usize, usize),
    /// A string without an end on its line.
    OpenString(usize),
    /// A bracket inside more than `DEPTH` others.
    Deep(usize),
}

impl Fault {
    /// Where it is.
    pub(super) fn at(self) -> usize {
        match self {
            Self::Unclosed(at, _)
            | Self::Missing(at, _)
            | Self::Stray(at)
            | Self::OpenString(at)
            | Self::Deep(at) => at,
        }
    }
}

impl Split {
    /// Finds the brackets. If they do not balance, a second look takes the indentation into account.
    pub(super) fn of(text: &str) -> Self {
        let first = Scan::new(text, false).run();
        let unbalanced =
            first.faults.iter().any(|it| matches!(it, Fault::Unclosed(..) | Fault::Stray(_)));
        let deep = first.faults.iter().any(|it| matches!(it, Fault::Deep(_)));
        if unbalanced && !deep { Scan::new(text, true).run() } else { first }
    }

    /// Whether braces do not balance.
    pub(super) fn is_torn(&self, text: &str) -> bool {
        let brace = |at: usize| matches!(text.as_bytes().get(at), Some(b'{' | b'}'));
        self.faults.iter().any(|it| match it {
            Fault::Unclosed(at, _) | Fault::Stray(at) => brace(*at),
            Fault::Missing(..) | Fault::Deep(_) => true,
            Fault::OpenString(_) => false,
        })
    }

    /// Whether something in the range is said already.
    pub(super) fn has_fault(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        self.faults.get(from).is_some_and(|it| it.at() < range.end)
    }

    /// Whether a range lies in what a bracket without partner leaves behind.
    pub(super) fn is_stranded(&self, range: &Range<usize>) -> bool {
        self.stranded.iter().any(|it| it.start <= range.start && range.end <= it.end)
    }

    /// Whether brackets in a range are nested too deep.
    pub(super) fn has_deep(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        let mut here = self.faults.iter().skip(from).take_while(|it| it.at() < range.end);
        here.any(|it| matches!(it, Fault::Deep(_)))
    }

    /// The brace that is missing at the end of a line.
    pub(super) fn missing(&self, line_end: usize) -> Option<Bracket> {
        let at = self.missing.binary_search_by_key(&line_end, |it| it.open).ok()?;
        self.missing.get(at).copied()
    }

    /// The bracket that opens at a place.
    pub(super) fn bracket(&self, open: usize) -> Option<Bracket> {
        let at = self.brackets.partition_point(|it| it.open < open);
        self.brackets.get(at).filter(|it| it.open == open).copied()
    }

    /// Cuts a range into items. Each comes with the comments above it and without its separator;
    /// comments at the end come by themselves.
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
                    // A comma without an item before it is an item that does not parse.
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

/// Whether the item that a line break seems to end goes on: the next line begins with `else`, or with
/// the brace that belongs to the end of this one.
fn goes_on(bytes: &[u8], from: usize, to: usize) -> bool {
    let next = skip_gap(bytes, from, to);
    let end = end_of_word(bytes, next).min(to);
    next < to && bytes[next] == b'{'
        || &bytes[next..end] == b"else" && bytes.get(skip_blanks(bytes, end)) != Some(&b'=')
}
