//! The brackets of a text and the faults in them: data that the scan finds, and questions about it.

use std::ops::Range;

/// Number of brackets that may be open at one place.
pub(in crate::syntax) const DEPTH: usize = 64;

/// Number of wrong brackets and strings after which the search ends: a text with more is in another language.
pub(super) const FAULTS: usize = 100;

/// Places of the brackets of a text, and the faults in them.
pub(in crate::syntax) struct Split {
    /// In the order in which they open.
    pub(super) brackets: Vec<Bracket>,
    /// In the order of their places.
    pub(in crate::syntax) faults: Vec<Fault>,
    /// What a bracket without partner leaves behind: the entries of a list that nobody opened, what
    /// follows a brace that nobody closes. They are not blamed for being no items.
    pub(super) stranded: Vec<Range<usize>>,
    /// Whether there is more behind the last fault, at which nobody has looked.
    pub(in crate::syntax) is_cut: bool,
    /// Braces that are missing at the end of a line: `open` is the line break.
    pub(super) missing: Vec<Bracket>,
}

/// A bracket and its partner.
#[derive(Debug, Clone, Copy)]
pub(in crate::syntax) struct Bracket {
    /// Where it opens.
    pub(in crate::syntax) open: usize,
    /// Where it closes, or where a line shows that it should have been closed above.
    pub(in crate::syntax) close: usize,
    /// Whether there is a closing bracket at `close`.
    pub(in crate::syntax) closed: bool,
}

/// Something that hides the structure of the text. It is said once, for the whole file; what stands
/// around it is not blamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Fault {
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
    /// Whether braces do not balance.
    pub(in crate::syntax) fn is_torn(&self, text: &str) -> bool {
        let brace = |at: usize| matches!(text.as_bytes().get(at), Some(b'{' | b'}'));
        self.faults.iter().any(|it| match it {
            Fault::Unclosed(at, _) | Fault::Stray(at) => brace(*at),
            Fault::Missing(..) | Fault::Deep(_) => true,
            Fault::OpenString(_) => false,
        })
    }

    /// Whether something in the range is said already.
    pub(in crate::syntax) fn has_fault(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        self.faults.get(from).is_some_and(|it| it.at() < range.end)
    }

    /// Whether a range lies in what a bracket without partner leaves behind.
    pub(in crate::syntax) fn is_stranded(&self, range: &Range<usize>) -> bool {
        self.stranded.iter().any(|it| it.start <= range.start && range.end <= it.end)
    }

    /// Whether brackets in a range are nested too deep.
    pub(in crate::syntax) fn has_deep(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        let mut here = self.faults.iter().skip(from).take_while(|it| it.at() < range.end);
        here.any(|it| matches!(it, Fault::Deep(_)))
    }

    /// The brace that is missing at the end of a line.
    pub(in crate::syntax) fn missing(&self, line_end: usize) -> Option<Bracket> {
        let at = self.missing.binary_search_by_key(&line_end, |it| it.open).ok()?;
        self.missing.get(at).copied()
    }

    /// The bracket that opens at a place.
    pub(in crate::syntax) fn bracket(&self, open: usize) -> Option<Bracket> {
        let at = self.brackets.partition_point(|it| it.open < open);
        self.brackets.get(at).filter(|it| it.open == open).copied()
    }
}
