//! Runs the grammar over a text and builds the tree from its pairs. Only this module uses pest.

mod expected;
mod grammar;
mod items;
mod lexer;
mod values;

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use super::ast::{Doc, Item, Value};
use super::docs::Docs;
use super::places::ItemContext;
use super::report;
use crate::diagnostics::Diagnostics;
use crate::source::{FileId, Name, Span, Spanned};
use grammar::{Grammar, Rule};
pub use lexer::tokens;

/// Parser of the parts of one file.
pub(super) struct Reader<'a> {
    /// The id of the file.
    pub(super) file: FileId,
    /// Its whole text.
    pub(super) text: &'a str,
    /// The diagnostics of the file.
    pub(super) diagnostics: Diagnostics,
    /// Doc comments that no declaration has taken yet.
    pub(super) docs: Docs,
    /// Greatest number of bytes that are parsed at once. A longer text is parsed item by item, on every core, so that
    /// no tree of pairs grows with the file.
    pub(super) large: usize,
    /// The end of the last line with a reported error: the rest of the line belongs to the same error.
    pub(super) quiet: usize,
    /// The start of an item that was reported because it is on the line of another item.
    pub(super) tail: usize,
    /// The block whose items are read; `None` where its first word is unknown.
    pub(super) within: Option<ItemContext>,
    /// Where the part that is being read begins.
    base: usize,
}

/// Default of `large`, in bytes: the tree of pairs of such a text fits a processor's cache.
const LARGE: usize = 1 << 13;

/// Greatest number of errors that a `Reader` reports.
const MISTAKES: usize = 200;

/// A part that does not parse.
#[derive(Debug)]
pub(super) struct Failure {
    /// The offset up to which it parses.
    pub(super) at: usize,
    /// The words for the rules that are expected there.
    pub(super) expected: Vec<&'static str>,
    /// Whether the item could end there.
    pub(super) complete: bool,
}

/// The children of a pair, without comments and punctuation.
struct Children<'i>(Pairs<'i, Rule>);

impl<'a> Reader<'a> {
    /// Returns a reader at the start of a file.
    pub(super) fn new(file: FileId, text: &'a str) -> Self {
        let (diagnostics, docs) = (Diagnostics::at_most(MISTAKES), Docs::default());
        let (quiet, tail, within) = (0, usize::MAX, Some(ItemContext::TOP));
        Self { file, text, diagnostics, docs, large: LARGE, quiet, tail, within, base: 0 }
    }

    /// Returns another reader of the same file.
    pub(super) fn another(&self) -> Self {
        Self { large: self.large, within: self.within, ..Self::new(self.file, self.text) }
    }

    /// Reads one item with the comments around it; `None` if there are only comments. `part` begins at `base` of the
    /// file.
    pub(super) fn entry(&mut self, part: &str, base: usize) -> Result<Option<Item>, Failure> {
        self.base = base;
        let mut pairs = Grammar::parse(Rule::entry, part).map_err(|it| failure(&it, base))?;
        let entry = pairs.next().expect("INVARIANT: an entry rule gives one pair");
        let mut children = Children::of(entry);
        let item = self.next(&mut children).map(|it| self.item(it));
        while self.next(&mut children).is_some() {}
        Ok(item)
    }

    /// Reads many items at once, which is faster; `None` if one of them does not parse.
    pub(super) fn entries(&mut self, part: &str, base: usize) -> Option<Vec<Item>> {
        self.base = base;
        let mut pairs = Grammar::parse(Rule::entries, part).ok()?;
        pairs.next().map(|it| self.items(it))
    }

    /// Reads the text between the braces of a string.
    pub(super) fn interpolation(&mut self, part: &str, base: usize) -> Option<Value> {
        let before = std::mem::replace(&mut self.base, base);
        let pairs = Grammar::parse(Rule::interpolation, part).ok();
        let value = pairs.and_then(|mut it| it.next()).and_then(|it| {
            let mut children = Children::of(it);
            self.next(&mut children).map(|it| self.value(it))
        });
        self.base = before;
        value
    }

    /// Returns the next child that carries meaning. Comments are between the children; they are removed only here.
    fn next<'i>(&mut self, children: &mut Children<'i>) -> Option<Pair<'i, Rule>> {
        for pair in children.0.by_ref() {
            let rule = pair.as_rule();
            if rule == Rule::comment {
                if pair.as_str().starts_with("##") {
                    let span = self.span(&pair);
                    self.docs.push(self.text, span);
                }
            } else if !expected::is_punctuation(rule) {
                return Some(pair);
            }
        }
        None
    }

    /// Returns the next child, which the grammar guarantees.
    fn expect<'i>(&mut self, children: &mut Children<'i>) -> Pair<'i, Rule> {
        self.next(children).expect("INVARIANT: the grammar gives this child")
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.place(self.base + span.start(), self.base + span.end())
    }

    /// Returns the doc comment of the item at `span`. Reports doc comments before it that document nothing: all of
    /// them, if the item accepts no doc comment.
    fn doc(&mut self, span: Span, documented: bool) -> Doc {
        let doc = if documented { self.docs.take(self.text, span) } else { None };
        self.report_docs();
        doc
    }

    /// Reports the doc comments that document nothing.
    pub(super) fn report_docs(&mut self) {
        for loose in self.docs.take_loose(self.text) {
            self.diagnostics.push(report::loose_doc(loose));
        }
    }

    /// Returns a place in the file.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
        Span { file: self.file, start: offset(start), end: offset(end) }
    }

    fn word(&self, pair: &Pair<'_, Rule>) -> Spanned<Name> {
        Spanned::new(Name::new(pair.as_str()), self.span(pair))
    }
}

impl<'i> Children<'i> {
    fn of(pair: Pair<'i, Rule>) -> Self {
        Self(pair.into_inner())
    }
}

fn failure(error: &pest::error::Error<Rule>, base: usize) -> Failure {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let positives = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    Failure {
        at: base + at,
        expected: expected::words(positives),
        complete: positives.contains(&Rule::EOI),
    }
}
