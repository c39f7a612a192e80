//! Cuts a text into items by its brackets alone, so that a mistake in one item leaves the others
//! whole. Knows strings, comments and indentation, and nothing of the grammar.

use std::ops::Range;

/// So many missing braces are looked for; each look goes back over the lines of a block.
const MISSING: usize = 16;

/// Brackets may be nested this deep.
pub(super) const DEPTH: usize = 64;

/// Where the brackets of a text are, and what is wrong with them.
pub(super) struct Split {
    /// In the order in which they open.
    brackets: Vec<Bracket>,
    /// In the order of their places.
    pub(super) faults: Vec<Fault>,
    /// What a closing bracket without partner leaves behind: the entries of a list that nobody
    /// opened. They are not blamed for being no items.
    stranded: Vec<Range<usize>>,
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

/// Words that begin a declaration.
pub(super) const KEYWORDS: &[&str] = &[
    "accept",
    "address",
    "assert",
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

/// One run over a text.
struct Scan<'a> {
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
    /// Where the empty lines and comments above this line begin.
    comments: Option<usize>,
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

    /// Whether something in the range is said already.
    pub(super) fn has_fault(&self, range: &Range<usize>) -> bool {
        let from = self.faults.partition_point(|it| it.at() < range.start);
        self.faults.get(from).is_some_and(|it| it.at() < range.end)
    }

    /// Whether a range lies in what a closing bracket without partner leaves behind.
    pub(super) fn is_stranded(&self, range: &Range<usize>) -> bool {
        let at = self.stranded.partition_point(|it| it.end < range.start);
        let here = self.stranded.get(at);
        here.is_some_and(|it| it.start <= range.start && range.end <= it.end)
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

impl<'a> Scan<'a> {
    fn new(text: &'a str, guess: bool) -> Self {
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

    fn run(mut self) -> Split {
        let mut at = 0;
        self.line(0);
        while let Some(byte) = self.bytes.get(at) {
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
        while !self.stack.is_empty() {
            self.give_up(self.bytes.len());
        }
        self.faults.sort_by_key(|it| it.at());
        self.missing.sort_by_key(|it| it.open);
        Split {
            brackets: self.brackets,
            faults: self.faults,
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
        while self.stack.len() > partner + 1 {
            self.give_up(at);
        }
        if let Some((row, _)) = self.stack.pop() {
            self.brackets[row].close = at;
            self.brackets[row].closed = true;
        }
    }

    /// A closing bracket has no partner. If it stands below a declaration as its end would, the brace
    /// of that line is missing.
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
                self.stranded.push(start..end_of_line(self.bytes, at));
            }
        }
    }

    /// The nearest line above that is not indented more than this one, if it is indented as much.
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

    /// Whether a line begins a declaration that could have a body, and has none.
    fn lacks_brace(&self, start: usize, end: usize) -> bool {
        let first = skip_blanks(self.bytes, start);
        let word =
            std::str::from_utf8(&self.bytes[first..end_of_word(self.bytes, first)]).unwrap_or("");
        let code = end_of_code(self.bytes, start, end);
        let last = code.checked_sub(1).and_then(|it| self.bytes.get(it));
        let begins = KEYWORDS.binary_search(&word).is_ok() || self.bytes.get(first) == Some(&b')');
        begins && last.is_some_and(|it| !matches!(it, b'{' | b'}' | b'[' | b'(' | b','))
    }

    /// With indentation taken into account: gives up what a closing bracket at the start of a line
    /// skips, and says whether it then closes nothing.
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

    /// Looks at the start of a line: a declaration that is not indented more than the line of an
    /// open bracket shows that the bracket should have been closed.
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
        let is_declaration = !is_field && KEYWORDS.binary_search(&word).is_ok();
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

    /// The innermost open bracket is not closed before `at`.
    fn give_up(&mut self, at: usize) {
        if let Some((row, _)) = self.stack.pop() {
            self.brackets[row].close = at;
            self.faults.push(Fault::Unclosed(self.brackets[row].open, at));
        }
    }

    /// What an open string hides: brackets that close others of its line, and the brace at the end.
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

/// One past the end of the string that opens at a place, and whether it is closed. A string ends
/// with its line at the latest.
pub(super) fn end_of_string(bytes: &[u8], open: usize) -> (usize, bool) {
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

/// The next line break or the end.
pub(super) fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|it| *it == b'\n').map_or(bytes.len(), |it| from + it)
}

/// One past the last character of a line that is neither blank nor in a comment.
fn end_of_code(bytes: &[u8], start: usize, end: usize) -> usize {
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

/// The next byte that is no blank, which may be a line break.
pub(super) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes[from..].iter().take_while(|it| matches!(**it, b' ' | b'\t' | b'\r'));
    from + blanks.count()
}

/// The next byte that is neither white space nor in a comment.
pub(super) fn skip_gap(bytes: &[u8], from: usize, to: usize) -> usize {
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

/// One past the word that begins at a place.
pub(super) fn end_of_word(bytes: &[u8], from: usize) -> usize {
    let letters = bytes[from..]
        .iter()
        .take_while(|it| it.is_ascii_alphanumeric() || **it == b'_' || **it == b'-');
    from + letters.count()
}

/// Whether the item that a line break seems to end goes on: `else` stands on the next line.
fn goes_on(bytes: &[u8], from: usize, to: usize) -> bool {
    let next = skip_gap(bytes, from, to);
    let end = end_of_word(bytes, next).min(to);
    &bytes[next..end] == b"else" && bytes.get(skip_blanks(bytes, end)) != Some(&b'=')
}
