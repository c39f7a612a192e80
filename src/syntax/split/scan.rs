//! Finds the brackets of a text and, if they do not balance, the place of the fault by indentation.

use std::ops::Range;

use super::brackets::{Bracket, DEPTH, FAULTS, Fault, Split};
use super::bytes::{end_of_code, end_of_line, end_of_string, end_of_word, is_keyword, skip_blanks};

/// Greatest number of ranges beside unmatched brackets that are kept.
const STRANDED: usize = 64;

/// Greatest number of searches for a missing brace; each search goes back over the lines of a block.
const MISSING: usize = 16;

/// One scan of a text.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    /// Whether indentation decides where an open bracket should have been closed.
    guess: bool,
    brackets: Vec<Bracket>,
    /// Open brackets: their row, and the indentation of their line.
    stack: Vec<(usize, usize)>,
    faults: Vec<Fault>,
    stranded: Vec<Range<usize>>,
    missing: Vec<Bracket>,
    line_start: usize,
    indent: usize,
    /// Offset of the first empty line or comment above this line.
    comments: Option<usize>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str, guess: bool) -> Self {
        Self {
            bytes: text.as_bytes(),
            guess,
            brackets: Vec::new(),
            stack: Vec::new(),
            faults: Vec::new(),
            stranded: Vec::new(),
            missing: Vec::new(),
            line_start: 0,
            indent: 0,
            comments: None,
        }
    }

    pub(super) fn run(mut self) -> Split {
        let mut at = 0;
        self.line(0);
        while let Some(byte) = self.bytes.get(at).filter(|_| self.faults.len() < FAULTS) {
            match byte {
                b'"' => {
                    let (end, closed) = end_of_string(self.bytes, at);
                    if !closed {
                        self.faults.push(Fault::OpenString(at));
                        self.hidden(at + 1, end);
                    }
                    at = end;
                    continue;
                }
                b'#' => {
                    at = end_of_line(self.bytes, at);
                    continue;
                }
                b'{' | b'[' | b'(' => self.open(at),
                b'}' | b']' | b')' => self.close(at, *byte),
                b'\n' => self.line(at + 1),
                _ => {}
            }
            at += 1;
        }
        let is_cut = at < self.bytes.len();
        while !(is_cut || self.stack.is_empty()) {
            self.give_up(self.bytes.len());
        }
        self.faults.sort_by_key(|it| it.at());
        self.missing.sort_by_key(|it| it.open);
        Split {
            brackets: self.brackets,
            faults: self.faults,
            is_cut,
            stranded: self.stranded,
            missing: self.missing,
        }
    }

    fn open(&mut self, at: usize) {
        if self.stack.len() == DEPTH {
            self.faults.push(Fault::Deep(at));
        }
        self.stack.push((self.brackets.len(), self.indent));
        self.brackets.push(Bracket { open: at, close: at, closed: false });
    }

    fn close(&mut self, at: usize, byte: u8) {
        if self.guess && self.first_on_line(at) && self.closes_nothing_here(byte) {
            return self.stray(at);
        }
        let partner = self.stack.iter().rposition(|(row, _)| self.opener(*row) == opener_of(byte));
        let Some(partner) = partner else { return self.stray(at) };
        if self.guess && byte == b'}' && !self.first_on_line(at) && self.ends_its_line(partner) {
            return self.stray(at);
        }
        while self.stack.len() > partner + 1 {
            self.give_up(at);
        }
        if let Some((row, _)) = self.stack.pop() {
            self.brackets[row].close = at;
            self.brackets[row].closed = true;
        }
    }

    /// Returns whether an open brace is the last character of an earlier line; then the brace that closes it is the
    /// first of a line.
    fn ends_its_line(&self, depth: usize) -> bool {
        let Some((row, _)) = self.stack.get(depth) else { return false };
        let open = self.brackets[*row].open;
        let next = skip_blanks(self.bytes, open + 1);
        open < self.line_start && matches!(self.bytes.get(next), Some(b'\n' | b'#'))
    }

    /// Handles a closing bracket without a partner. If it is indented like the end of a declaration above, the opening
    /// brace of that declaration is missing.
    fn stray(&mut self, at: usize) {
        let head = if self.guess && self.missing.len() < MISSING && self.first_on_line(at) {
            self.line_above()
        } else {
            None
        };
        match head {
            Some((start, end)) if self.bytes[at] == b'}' && self.lacks_brace(start, end) => {
                let code = end_of_code(self.bytes, start, end);
                self.faults.push(Fault::Missing(code, at));
                self.missing.push(Bracket { open: end, close: at, closed: true });
            }
            _ => {
                let start = head.map_or(self.line_start, |(start, _)| start);
                self.faults.push(Fault::Stray(at));
                self.strand(start..end_of_line(self.bytes, at));
            }
        }
    }

    /// Returns the nearest line above that is not indented more than this line, if it has the same indentation.
    fn line_above(&self) -> Option<(usize, usize)> {
        let mut end = self.line_start.checked_sub(1)?;
        loop {
            let start =
                self.bytes[..end].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
            let first = skip_blanks(self.bytes, start);
            if first < end && first - start <= self.indent {
                return (first - start == self.indent).then_some((start, end));
            }
            end = start.checked_sub(1)?;
        }
    }

    /// Returns whether a line begins a declaration that may have a body, and has none.
    fn lacks_brace(&self, start: usize, end: usize) -> bool {
        let first = skip_blanks(self.bytes, start);
        let word =
            std::str::from_utf8(&self.bytes[first..end_of_word(self.bytes, first)]).unwrap_or("");
        let code = end_of_code(self.bytes, start, end);
        let last = code.checked_sub(1).and_then(|it| self.bytes.get(it));
        let begins = is_keyword(word) || self.bytes.get(first) == Some(&b')');
        begins && last.is_some_and(|it| !matches!(it, b'{' | b'}' | b'[' | b'(' | b','))
    }

    /// If indentation is used: gives up the brackets that a closing bracket at the start of a line skips, and returns
    /// whether it then closes nothing.
    fn closes_nothing_here(&mut self, byte: u8) -> bool {
        let same = |(row, indent): &(usize, usize)| {
            *indent == self.indent && self.opener(*row) == opener_of(byte)
        };
        if let Some(partner) = self.stack.iter().rposition(same) {
            while self.stack.len() > partner + 1 {
                self.give_up(self.line_start);
            }
            return false;
        }
        self.stack.last().is_none_or(|(_, indent)| *indent < self.indent)
    }

    /// Checks the start of a line: a declaration that is not indented more than the line of an open bracket shows that
    /// the bracket should have been closed.
    fn line(&mut self, start: usize) {
        let first = skip_blanks(self.bytes, start);
        self.line_start = start;
        self.indent = first - start;
        if matches!(self.bytes.get(first), Some(b'\n' | b'#')) {
            self.comments.get_or_insert(start);
            return;
        }
        let above = self.comments.take().unwrap_or(start);
        if !self.guess || self.stack.is_empty() {
            return;
        }
        let end = end_of_word(self.bytes, first);
        let word = std::str::from_utf8(&self.bytes[first..end]).unwrap_or("");
        let is_field = self.bytes.get(skip_blanks(self.bytes, end)) == Some(&b'=');
        let is_declaration = !is_field && is_keyword(word);
        if !is_declaration && (!is_field || word.is_empty()) {
            return;
        }
        while let Some((_, indent)) = self.stack.last() {
            if *indent < self.indent {
                break;
            }
            self.give_up(above);
        }
    }

    /// Marks the innermost open bracket as not closed before `at`.
    fn give_up(&mut self, at: usize) {
        if let Some((row, _)) = self.stack.pop() {
            self.brackets[row].close = at;
            let open = self.brackets[row].open;
            self.faults.push(Fault::Unclosed(open, at));
            self.strand(open + 1..end_of_line(self.bytes, open));
        }
    }

    /// Marks a range in which errors are not reported.
    fn strand(&mut self, range: Range<usize>) {
        if self.stranded.len() < STRANDED {
            self.stranded.push(range);
        }
    }

    /// Records brackets that an open string hides: those that close others of its line, and the brace at the end.
    fn hidden(&mut self, from: usize, to: usize) {
        for at in from..to {
            let byte = self.bytes[at];
            let closes = self.stack.last().is_some_and(|(row, _)| {
                self.brackets[*row].open >= self.line_start && self.opener(*row) == opener_of(byte)
            });
            let opens = byte == b'{' && skip_blanks(self.bytes, at + 1) == to;
            if closes {
                self.close(at, byte);
            } else if opens {
                self.open(at);
            }
        }
    }

    fn opener(&self, row: usize) -> u8 {
        self.bytes[self.brackets[row].open]
    }

    fn first_on_line(&self, at: usize) -> bool {
        at == self.line_start + self.indent
    }
}

fn opener_of(closer: u8) -> u8 {
    match closer {
        b'}' => b'{',
        b']' => b'[',
        b')' => b'(',
        _ => 0,
    }
}
