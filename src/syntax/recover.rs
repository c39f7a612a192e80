//! Items of a text with syntax errors. An item that does not parse is split into its head and the items of its body,
//! which are parsed separately, so that one error gives one message and everything else is in the tree.

use std::ops::Range;

use rayon::prelude::*;

use super::ast::{Broken, Field, Item, Value, ValueKind};
use super::explain::swapped;
use super::parser::{Failure, Reader};
use super::split::{
    Split, end_of_line, end_of_string, end_of_word, is_keyword, keywords, skip_blanks, skip_gap,
};
use super::{explain, report};
use crate::diagnostics::nearest;
use crate::source::{Name, Span, Spanned};

/// Greatest number of items that are separated on one line without separators; then the line is skipped.
const ON_ONE_LINE: usize = 8;

/// Declarations without a name.
const NAMELESS: &[&str] = &[
    "flow", "accept", "forbid", "assert", "set", "reserve", "address", "when", "warn", "fail",
    "calico", "metallb",
];

/// The braces of an item.
struct Body {
    /// End of the text before the opening brace.
    head: usize,
    open: usize,
    close: usize,
    /// One past the closing brace.
    end: usize,
}

/// Reads the items in a range.
pub(super) fn items(
    reader: &mut Reader<'_>,
    split: &Split,
    range: Range<usize>,
    items: &mut Vec<Item>,
) {
    let parts = split.items(reader.text, range.clone());
    if range.len() <= reader.large || parts.len() < 2 {
        return some_items(reader, split, parts, items);
    }
    let groups = groups(parts, reader.large);
    let (whole, groups) = (&*reader, groups.into_par_iter());
    let read: Vec<_> = groups
        .map(|parts| {
            let (mut reader, mut items) = (whole.another(), Vec::new());
            some_items(&mut reader, split, parts, &mut items);
            (items, reader.diagnostics)
        })
        .collect();
    for (more, diagnostics) in read {
        items.extend(more);
        reader.diagnostics.append(diagnostics);
    }
}

fn some_items(
    reader: &mut Reader<'_>,
    split: &Split,
    parts: Vec<Range<usize>>,
    items: &mut Vec<Item>,
) {
    let start = parts.first().map_or(0, |it| it.start);
    let whole = start..parts.last().map_or(0, |it| it.end);
    if parts.len() > 1 && whole.len() <= reader.large && !split.has_fault(&whole) {
        let read = reader.entries(reader.text.get(whole).unwrap_or(""), start);
        if let Some(read) = read {
            items.extend(read);
            return reader.report_docs();
        }
    }
    items.reserve_exact(parts.len());
    for part in parts {
        item(reader, split, part, items, ON_ONE_LINE);
    }
    reader.report_docs();
}

/// Groups neighbors so that each group is at least `size` bytes long: the input of one task.
fn groups(parts: Vec<Range<usize>>, size: usize) -> Vec<Vec<Range<usize>>> {
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    let mut start = 0;
    for part in parts {
        match groups.last_mut() {
            Some(group) if part.end - start <= size => group.push(part),
            Some(_) | None => {
                start = part.start;
                groups.push(vec![part]);
            }
        }
    }
    groups
}

/// Reads a part that should be one item; `more`: how many further items may be separated in it.
fn item(
    reader: &mut Reader<'_>,
    split: &Split,
    part: Range<usize>,
    items: &mut Vec<Item>,
    more: usize,
) {
    let text = reader.text;
    let first = skip_gap(text.as_bytes(), part.start, part.end);
    let body =
        body(text, split, &(first..part.end)).filter(|it| !split.has_deep(&(it.open..it.open + 1)));
    let large = body.as_ref().is_some_and(|it| it.end - it.open > reader.large);
    let mut failure = None;
    if !large && !split.has_fault(&part) {
        match reader.entry(text.get(part.clone()).unwrap_or(""), part.start) {
            // If the first part of a line is not an item, the other parts belong to the same error.
            Ok(Some(Item::Field(_))) if first < reader.quiet && split.is_stranded(&part) => return,
            Ok(item) => return items.extend(item),
            Err(it) => failure = Some(it),
        }
    }
    if let Some(body) = body {
        by_parts(reader, split, part, &body, items, more);
    } else {
        leaf(reader, split, part.start, first..part.end, failure, items, more);
    }
}

/// Reads the head of an item and then each item of its body.
fn by_parts(
    reader: &mut Reader<'_>,
    split: &Split,
    part: Range<usize>,
    body: &Body,
    items: &mut Vec<Item>,
    more: usize,
) {
    let text = reader.text;
    let first = skip_gap(text.as_bytes(), part.start, part.end);
    let head = format!("{}{{}}", text.get(part.start..body.head).unwrap_or(""));
    let known = split.has_fault(&(part.start..body.head));
    let read = if known { None } else { Some(reader.entry(&head, part.start)) };
    let mut inner = Vec::new();
    let mut item = match read {
        Some(Ok(Some(item))) => {
            let between = text.get(body.head..body.open).unwrap_or("");
            if between.contains('\n') && text.as_bytes().get(body.open) == Some(&b'{') {
                let head = reader.place(first, body.head);
                let brace = reader.place(body.open, body.open + 1);
                let is_next = between.trim().is_empty();
                reader.diagnostics.push(report::brace_below(head, brace, is_next));
            }
            Some(item)
        }
        Some(Err(_)) if split.has_deep(&(body.open..body.end)) => None,
        Some(Err(failure)) => {
            blame(reader, split, first..body.open + 1, &failure);
            None
        }
        Some(Ok(None)) | None => None,
    };
    let outer = reader.within;
    let word = text.get(first..end_of_word(text.as_bytes(), first)).unwrap_or("");
    reader.within = outer.and_then(|it| it.inside(word));
    self::items(reader, split, body.open + 1..body.close, &mut inner);
    let mut end = body.end;
    let mut rest = skip_gap(text.as_bytes(), end, part.end);
    if let Some(Item::When(when)) = &mut item {
        when.then = inner;
        inner = Vec::new();
        if text.get(rest..).is_some_and(|it| it.starts_with("else"))
            && let Some(otherwise) = self::body(text, split, &(rest..part.end))
            && skip_blanks(text.as_bytes(), rest + 4) == otherwise.open
        {
            self::items(reader, split, otherwise.open + 1..otherwise.close, &mut when.otherwise);
            end = otherwise.end;
            rest = skip_gap(text.as_bytes(), end, part.end);
        }
    }
    reader.within = outer;
    let span = reader.place(first, end);
    match item {
        Some(mut item) => {
            item.finish(inner, span);
            items.push(item);
        }
        None => items.push(Item::Broken(broken(reader, first, span, &inner))),
    }
    if rest < part.end {
        unseparated(reader, split, first, rest..part.end, items, more);
    }
}

/// Handles an item that does not parse, and has no body, or a body that could be a map.
fn leaf(
    reader: &mut Reader<'_>,
    split: &Split,
    start: usize,
    range: Range<usize>,
    failure: Option<Failure>,
    items: &mut Vec<Item>,
    more: usize,
) {
    reader.docs.forget();
    let first = range.start;
    let Some(failure) = failure else {
        // The item contains a bracket fault, which is reported elsewhere.
        return items.push(unreadable(reader, range));
    };
    if failure.complete
        && failure.at > first
        && let Ok(Some(item)) =
            reader.entry(reader.text.get(start..failure.at).unwrap_or(""), start)
    {
        // An item that is followed by text which is not an item may itself be wrong.
        if explain::begins_item(reader.text, failure.at) && !split.is_stranded(&range) {
            items.push(item);
        } else {
            items.push(unreadable(reader, range.clone()));
        }
        return unseparated(reader, split, first, failure.at..range.end, items, more);
    }
    blame(reader, split, range.clone(), &failure);
    items.push(unreadable(reader, range));
}

/// Reports why a range is not an item, unless another message explains it.
fn blame(reader: &mut Reader<'_>, split: &Split, range: Range<usize>, failure: &Failure) {
    reader.docs.forget();
    let at_once = failure.at <= range.start && follows(reader, range.start);
    let again = is_quiet(reader, range.start) && !explain::begins_item(reader.text, range.start);
    let again = again || at_once || range.start == reader.tail;
    if !again && !split.is_stranded(&range) {
        if reader.diagnostics.is_full() && reader.diagnostics.has_errors() {
            reader.diagnostics.hold_back(true);
        } else {
            let diagnostic = explain::failure(reader, range.start, range.end, failure);
            reader.diagnostics.push(diagnostic);
        }
    }
    is_quiet(reader, failure.at.clamp(range.start, range.end));
}

/// Returns whether a position directly follows the last line with a reported error.
fn follows(reader: &Reader<'_>, at: usize) -> bool {
    let between = reader.text.get(reader.quiet..at).unwrap_or("x");
    reader.quiet > 0
        && between.bytes().all(|it| it.is_ascii_whitespace() || matches!(it, b'{' | b'}'))
}

/// Returns whether an error is reported for the line of a position; marks the line as reported.
fn is_quiet(reader: &mut Reader<'_>, at: usize) -> bool {
    let quiet = at < reader.quiet;
    if !quiet {
        reader.quiet = end_of_line(reader.text.as_bytes(), at);
    }
    quiet
}

/// Something follows an item that is complete.
fn unseparated(
    reader: &mut Reader<'_>,
    split: &Split,
    first: usize,
    rest: Range<usize>,
    items: &mut Vec<Item>,
    more: usize,
) {
    if split.has_fault(&rest) {
        return items.push(unreadable(reader, rest));
    }
    let next = follows(reader, rest.start) && !explain::begins_item(reader.text, rest.start);
    let silent = is_quiet(reader, rest.start) || next || split.is_stranded(&rest);
    let complete = reader.text.get(first..rest.start).unwrap_or("").trim_end().len();
    let before = reader.place(first, first + complete);
    if !explain::begins_item(reader.text, rest.start) {
        if !silent {
            reader.diagnostics.push(explain::rest(reader, before, rest.clone()));
        }
        // The keyword of the declaration is at another position.
        let word = end_of_word(reader.text.as_bytes(), rest.start);
        if reader.text.get(rest.start..word).is_some_and(is_keyword) {
            items.push(unreadable(reader, rest));
        }
        return;
    }
    let word = end_of_word(reader.text.as_bytes(), rest.start);
    let second = reader.place(rest.start, word);
    let written = reader.text.get(rest.start..word).unwrap_or("");
    let of_flow = reader.text.get(first..).is_some_and(|it| {
        ["flow ", "accept ", "forbid ", "assert "].iter().any(|word| it.starts_with(word))
    });
    if !silent && of_flow && written == "port" {
        reader.diagnostics.push(explain::rest(reader, before, rest.clone()));
    } else if !silent {
        reader.diagnostics.push(report::two_on_a_line(before, second, written));
    }
    reader.tail = rest.start;
    if more > 0 {
        item(reader, split, rest, items, more - 1);
    } else {
        items.push(unreadable(reader, rest));
    }
}

/// Returns the body of an item: the first braces that do not belong to a map.
fn body(text: &str, split: &Split, range: &Range<usize>) -> Option<Body> {
    let bytes = text.as_bytes();
    let word = end_of_word(bytes, range.start);
    let next = skip_blanks(bytes, word);
    if bytes.get(next).is_some_and(|it| matches!(it, b'=' | b':')) {
        return None;
    }
    if matches!(text.get(range.start..word), Some("set" | "address" | "reserve")) {
        return None;
    }
    let (mut at, mut head) = (range.start, range.start);
    while at < range.end {
        match bytes[at] {
            b'"' => {
                at = end_of_string(bytes, at).0;
                head = at;
            }
            b'[' | b'(' => match split.bracket(at) {
                Some(it) if it.closed => {
                    at = it.close + 1;
                    head = at;
                }
                Some(_) | None => return None,
            },
            b'{' => {
                let it = split.bracket(at)?;
                let end = if it.closed { it.close + 1 } else { it.close };
                let below = text.get(head..at).is_some_and(|it| it.contains('\n'));
                let head = if below { head } else { at };
                return Some(Body { head, open: at, close: it.close, end });
            }
            b'\n' if split.missing(at).is_some() => {
                let it = split.missing(at)?;
                return Some(Body { head, open: at, close: it.close, end: it.close + 1 });
            }
            b'#' => at = end_of_line(bytes, at),
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            _ => {
                at += 1;
                head = at;
            }
        }
    }
    None
}

/// Returns the substitute for an item that cannot be read: a field keeps its name, so that it is not reported as
/// missing; other items keep the names that they seem to declare.
fn unreadable(reader: &Reader<'_>, range: Range<usize>) -> Item {
    let (text, bytes) = (reader.text, reader.text.as_bytes());
    let end = range.start + text.get(range.clone()).unwrap_or("").trim_end().len();
    let span = reader.place(range.start, end);
    let word = end_of_word(bytes, range.start);
    let equals = skip_blanks(bytes, word);
    if word > range.start && bytes.get(equals).is_some_and(|it| matches!(it, b'=' | b':')) {
        let name = Name::new(text.get(range.start..word).unwrap_or(""));
        let name = Spanned::new(name, reader.place(range.start, word));
        let value = Value { kind: ValueKind::Bad, span: reader.place((equals + 1).min(end), end) };
        return Item::Field(Field { name, value, span });
    }
    Item::Broken(Broken { bare: true, ..broken(reader, range.start, span, &[]) })
}

/// Returns the names that a broken item seems to declare: the words of its head, and the declarations in its body. If
/// it begins with no keyword, the first word may be one of the names.
fn broken(reader: &Reader<'_>, first: usize, span: Span, inner: &[Item]) -> Broken {
    let (text, bytes) = (reader.text, reader.text.as_bytes());
    let word = |from: usize| {
        let start = from + usize::from(bytes.get(from) == Some(&b'"'));
        let end = end_of_word(bytes, start).min(span.end as usize);
        let written =
            text.get(start..end).filter(|it| it.starts_with(|it: char| it.is_alphabetic()));
        let name = written.map(|it| Spanned::new(Name::new(it), reader.place(start, end)));
        (name, skip_blanks(bytes, end.max(from)))
    };
    let (keyword, next) = word(first);
    let mut broken = Broken {
        word: keyword.as_ref().map(|it| it.node.to_string()).unwrap_or_default(),
        names: Vec::new(),
        open: false,
        bare: false,
        span,
    };
    let begins = is_keyword(&broken.word);
    let line = text.get(first..span.end as usize).unwrap_or("").lines().next().unwrap_or("");
    if !NAMELESS.contains(&broken.word.as_str()) && (begins || !line.contains("->")) {
        // Any word before the block or the value may be the name, at the wrong position.
        let head = text.get(next..span.end as usize).unwrap_or("");
        let head = head.split(['\n', '#', '{', '(', '=', ':']).next().unwrap_or("");
        let mut at = next;
        while at < next + head.len() {
            let (name, after) = word(at);
            broken.names.extend(name.filter(|it| !matches!(it.node.as_str(), "in" | "as")));
            at = after.max(at + 1);
        }
        let mut alias = head.split_whitespace().skip_while(|it| *it != "as");
        let lacks_alias = alias.next().is_some() && alias.next().is_none_or(|it| it == "in");
        let unnamed = broken.names.is_empty() || lacks_alias;
        broken.open = unnamed || head.starts_with("in ") || !begins;
        if !begins {
            broken.names.extend(keyword);
        }
    }
    // In a text with too many errors, the intended keyword is not searched for.
    if !begins
        && !reader.diagnostics.is_full()
        && let Some(meant) = swapped(text, first).or_else(|| nearest(&broken.word, keywords()))
    {
        broken.word = meant.to_owned();
    } else if !begins && line.contains("->") {
        broken.word.clear();
    }
    for item in inner {
        item.declared(&mut broken.names);
    }
    broken
}
