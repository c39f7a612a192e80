//! The brackets of a text and their faults: data of the scan, and queries about it.

use std::ops::Range;

/// Greatest number of nested brackets.
pub(in crate::syntax) const DEPTH: usize = 64;

/// Number of wrong brackets and strings after which the search ends: a text with more faults is in another language.
pub(super) const FAULTS: usize = 100;

/// Places of the brackets of a text, and the faults in them.
pub(in crate::syntax) struct Split {
    /// The brackets, in the order of their opening.
    pub(super) brackets: Vec<Bracket>,
    /// The faults, in the order of their places.
    pub(in crate::syntax) faults: Vec<Fault>,
    /// Ranges beside an unmatched bracket: entries of a list without an opening bracket, text after a brace that is not
    /// closed. Errors in these ranges are not reported.
    pub(super) stranded: Vec<Range<usize>>,
    /// Whether the search ended early, so that there may be more faults.
    pub(in crate::syntax) is_cut: bool,
    /// Braces that are missing at the end of a line: `open` is the line break.
    pub(super) missing: Vec<Bracket>,
}

/// A bracket and its partner.
#[derive(Debug, Clone, Copy)]
pub(in crate::syntax) struct Bracket {
    /// Offset of the opening bracket.
    pub(in crate::syntax) open: usize,
    /// Offset of the closing bracket, or of the line that shows where it is missing.
    pub(in crate::syntax) close: usize,
    /// Whether there is a closing bracket at `close`.
    pub(in crate::syntax) closed: bool,
}

/// A fault that hides the structure of the text. It is reported once, for the whole file; errors around it are not
/// reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Fault {
    /// A bracket that is not closed, and the offset where the closing bracket is expected.
    Unclosed(usize, usize),
    /// A closing bracket without an opening one.
    Stray(usize),
    /// A line that should end with `{`, and the `}` that closes it.
    Missing(usize, usize),
    /// A string without an end on its line.
    OpenString(usize),
    /// A bracket inside more than `DEPTH` others.
    Deep(usize),
}

impl Fault {
    /// Returns its offset.
    pub(in crate::syntax) fn at(self) -> usize {
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
    /// Returns whether braces do not balance.
    pub(in crate::syntax) fn is_torn(&self, text: &str) -> bool {
        let brace = |at: usize| matches!(text.as_bytes().get(at), Some(b'{' | b'}'));
        self.faults.iter().any(|it| match it {
            Fault::Unclosed(at, _) | Fault::Stray(at) => brace(*at),
            Fault::Missing(..) | Fault::Deep(_) => true,
            Fault::OpenString(_) => false,
        })
    }

    /// Returns whether a fault in the range is reported.
    pub(in crate::syntax) fn has_fault(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        self.faults.get(from).is_some_and(|it| it.at() < range.end)
    }

    /// Returns whether a range lies beside an unmatched bracket.
    pub(in crate::syntax) fn is_stranded(&self, range: &Range<usize>) -> bool {
        self.stranded.iter().any(|it| it.start <= range.start && range.end <= it.end)
    }

    /// Returns whether brackets in a range are nested too deep.
    pub(in crate::syntax) fn has_deep(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        let mut here = self.faults.iter().skip(from).take_while(|it| it.at() < range.end);
        here.any(|it| matches!(it, Fault::Deep(_)))
    }

    /// Returns the brace that is missing at the end of a line.
    pub(in crate::syntax) fn missing(&self, line_end: usize) -> Option<Bracket> {
        let at = self.missing.binary_search_by_key(&line_end, |it| it.open).ok()?;
        self.missing.get(at).copied()
    }

    /// Returns the bracket that opens at an offset.
    pub(in crate::syntax) fn bracket(&self, open: usize) -> Option<Bracket> {
        let at = self.brackets.partition_point(|it| it.open < open);
        self.brackets.get(at).filter(|it| it.open == open).copied()
    }
}
