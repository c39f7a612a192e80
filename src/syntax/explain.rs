//! Messages about a text that does not parse: common mistakes are recognized before the grammar's list of expected
//! tokens is used.

use std::ops::Range;

use super::parser::{Failure, Reader};
use super::places::ItemContext;
use super::report::{self, Hint};
use super::split::{end_of_word, is_keyword, keywords, skip_blanks};
use crate::diagnostics::{Diagnostic, equivalent, nearest};
use crate::source::Span;

/// Returns the diagnostic for an item at `first` that does not parse.
pub(super) fn failure(
    reader: &Reader<'_>,
    first: usize,
    end: usize,
    failure: &Failure,
) -> Diagnostic {
    let (text, bytes) = (reader.text, reader.text.as_bytes());
    let word_end = end_of_word(bytes, first);
    let word = text.get(first..word_end).unwrap_or("");
    let after = skip_blanks(bytes, word_end);
    let begins = bytes.get(first).is_some_and(|it| it.is_ascii_alphabetic() || *it == b'_');
    let assigns = bytes.get(after).is_some_and(|it| matches!(it, b'=' | b':'));
    if begins && !is_keyword(word) && !assigns {
        let line = text.get(after..end).unwrap_or("").lines().next().unwrap_or("").trim();
        let span = reader.place(first, word_end);
        if let Some(keyword) = swapped(text, first) {
            let whole = reader.place(first, after + keyword.len());
            return report::turned_declaration(word, keyword, span, whole);
        }
        let is_in_list = is_in_list(text.get(..first).unwrap_or(""));
        let near = nearest(word, keywords());
        let diagnostic = report::unknown_declaration(word, line, span, near, is_in_list);
        let is_explained = !diagnostic.helps.is_empty() || diagnostic.fix.is_some();
        let place = reader.within.filter(|_| !is_explained);
        return diagnostic.help_if(place, ItemContext::allowed);
    }
    if word == "port"
        && !assigns
        && let Some(diagnostic) = port_form(reader, after)
    {
        return diagnostic;
    }
    let at = skip_blanks(bytes, failure.at.clamp(first, end)).min(end);
    let (found, span) = token(reader, at);
    if at == first {
        let hint = if bytes.get(at) == Some(&b'{') {
            Some(Hint::Brace)
        } else {
            hint(reader, at, failure)
        };
        return report::unexpected(&["a declaration"], found, span, hint);
    }
    // After a keyword, `=` would make a field, which is rarely the missing token.
    let is_start = is_keyword(word) && at == after;
    let expected = failure.expected.iter().copied();
    let mut expected: Vec<&str> = expected.filter(|it| !is_start || *it != "`=`").collect();
    if expected.is_empty() && is_start {
        expected.push(behind(word));
    }
    let hint = hint(reader, at, failure);
    match equivalent(word).filter(|_| matches!(hint, Some(Hint::Colon))) {
        // The field belongs to another tool.
        Some(here) => report::unexpected(&expected, found, span, None).help(here),
        None => report::unexpected(&expected, found, span, hint),
    }
}

/// Returns whether the text before ends with a comma after a server: another server was intended.
fn is_in_list(before: &str) -> bool {
    let line = before.lines().next_back().unwrap_or("").trim_end();
    line.ends_with(',') && line.contains("->") && !line.contains('{')
}

/// Returns the keyword that follows the first word of an item, although it belongs before it.
pub(super) fn swapped(text: &str, first: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let start = skip_blanks(bytes, end_of_word(bytes, first));
    let end = end_of_word(bytes, start);
    text.get(start..end).filter(|it| start > first && is_keyword(it))
}

/// Reports a port without its name (`port 80`), or with a colon behind it (`port http: 80`).
fn port_form(reader: &Reader<'_>, start: usize) -> Option<Diagnostic> {
    let (text, bytes) = (reader.text, reader.text.as_bytes());
    let end = end_of_word(bytes, start);
    let name = text.get(start..end)?;
    if name.starts_with(|it: char| it.is_ascii_digit()) {
        return Some(report::port_without_name(name, reader.place(start, end)));
    }
    let colon = skip_blanks(bytes, end);
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    let number = skip_blanks(bytes, colon + 1);
    let is_form = name.starts_with(|it: char| it.is_ascii_alphabetic())
        && bytes.get(number).is_some_and(u8::is_ascii_digit);
    let apart = if number > colon + 1 || colon > end { "" } else { " " };
    is_form.then(|| report::port_with_colon(reader.place(colon, colon + 1), apart))
}

/// Returns the name of the token that must follow a keyword.
fn behind(keyword: &str) -> &'static str {
    match keyword {
        "flow" | "accept" | "forbid" => "an endpoint",
        "assert" => "`allow` or `deny`",
        "set" => "a path",
        "reserve" => "an address",
        "when" => "a parameter",
        "warn" | "fail" => "a string",
        "calico" | "metallb" => "`{`",
        _ => "a name",
    }
}

/// Reports text after a complete item that does not begin an item.
pub(super) fn rest(reader: &Reader<'_>, before: Span, rest: Range<usize>) -> Diagnostic {
    let bytes = reader.text.as_bytes();
    let otherwise = end_of_word(bytes, rest.start);
    if reader.text.get(rest.start..otherwise) == Some("else") {
        let (found, span) = token(reader, skip_blanks(bytes, otherwise).min(rest.end));
        return report::unexpected(&["`{`"], found, span, None);
    }
    let (found, span) = token(reader, rest.start);
    let hint =
        hint(reader, rest.start, &Failure { at: rest.start, expected: Vec::new(), complete: true });
    report::unexpected(&["the end of the line"], found, span, hint)
        .label(before, "complete up to here")
}

/// Returns whether the text at an offset looks like the beginning of an item.
pub(super) fn begins_item(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let end = end_of_word(bytes, at);
    let word = text.get(at..end).unwrap_or("");
    let next = bytes.get(skip_blanks(bytes, end));
    is_keyword(word) && end < bytes.len() && next != Some(&b'\n')
        || !word.is_empty() && next == Some(&b'=')
}

/// Returns the token at an offset, as a message shows it.
fn token<'a>(reader: &Reader<'a>, at: usize) -> (&'a str, Span) {
    let (text, bytes) = (reader.text, reader.text.as_bytes());
    let Some(first) = text.get(at..).and_then(|it| it.chars().next()) else {
        return ("", reader.place(at, at));
    };
    let word = end_of_word(bytes, at);
    let end = match first {
        '\n' | '\r' | '#' => at,
        '"' => super::split::end_of_string(bytes, at).0,
        '-' | '<' | '=' | '>' => {
            at + bytes[at..]
                .iter()
                .take_while(|it| matches!(**it, b'-' | b'<' | b'=' | b'>'))
                .count()
        }
        '0'..='9' => {
            let rest = text.get(at..).unwrap_or("");
            at + rest
                .find(|it: char| !it.is_ascii_alphanumeric() && !".:/".contains(it))
                .unwrap_or(rest.len())
        }
        _ if word > at => word,
        it if it.is_alphabetic() => {
            let rest = text.get(at..).unwrap_or("");
            at + rest.find(|it: char| !it.is_alphanumeric()).unwrap_or(rest.len())
        }
        other => at + other.len_utf8(),
    };
    (text.get(at..end).unwrap_or(""), reader.place(at, end))
}

/// Returns the common mistake at a failure, if it is recognized.
fn hint(reader: &Reader<'_>, at: usize, failure: &Failure) -> Option<Hint> {
    let rest = reader.text.get(at..).unwrap_or("");
    let expects = |it: &str| failure.expected.contains(&it);
    let first = rest.chars().next()?;
    if let Some((_, closing)) = QUOTES.iter().find(|(open, _)| *open == first) {
        return Some(Hint::Quotes(closing_quote(reader, at + first.len_utf8(), closing)));
    }
    let word = rest.get(..end_of_word(rest.as_bytes(), 0)).unwrap_or("");
    let before = reader.text.get(..at).unwrap_or("").trim_end();
    let ends_line =
        || rest.get(1..).and_then(|it| it.lines().next()).is_none_or(|it| it.trim().is_empty());
    match first {
        _ if expects("`->`") && (word == "to" || before.ends_with(" from")) => Some(Hint::FromTo),
        _ if matches!(word, "on" | "to" | "at" | "port")
            && failure.complete
            && !expects("`->`") =>
        {
            Some(Hint::LoosePort)
        }
        '*' => Some(Hint::Star),
        'a' if word == "any" && before.ends_with(" not") => Some(Hint::NotAny),
        '"' if expects("`{`") => Some(Hint::Labels),
        ':' if !expects("`=`") && ends_line() => Some(Hint::Indentation),
        '/' if rest.starts_with("//") => Some(Hint::Comment),
        '/' if rest.starts_with("/*") => Some(Hint::LongComment),
        it if it.is_alphabetic() && !it.is_ascii() => Some(Hint::Letter),
        ':' if expects("`=`") => Some(Hint::Colon),
        ';' => {
            let after = rest.lines().next().unwrap_or("").trim_start_matches(';').trim();
            let is_last = after.is_empty() || after.starts_with(['#', '}']);
            Some(Hint::Semicolon { is_last })
        }
        '<' if rest.starts_with("<-") && expects("`->`") => Some(Hint::Turned),
        '=' if rest.starts_with("=>") && expects("`->`") => Some(Hint::FatArrow),
        '→' | '-' | '>' if expects("`->`") => Some(Hint::FatArrow),
        '–' | '—' if expects("`->`") => Some(Hint::Dash),
        ',' if expects("`->`") => Some(Hint::Brackets),
        'a'..='z' if expects("`->`") => Some(Hint::NoArrow),
        '0'..='9' if expects("a string") => Some(Hint::QuoteVersion),
        '\n' | '\r' | '#' if expects("`{`") && !failure.complete => Some(Hint::Brace),
        _ => None,
    }
}

/// Quotation marks of other tools and of word processors, each with its closing marks.
const QUOTES: &[(char, &[char])] = &[
    ('\'', &['\'']),
    ('`', &['`']),
    ('\u{2018}', &['\u{2019}']),
    ('\u{201a}', &['\u{2018}', '\u{2019}']),
    ('\u{201c}', &['\u{201d}']),
    ('\u{201e}', &['\u{201c}', '\u{201d}']),
    ('\u{201d}', &['\u{201d}']),
    ('\u{2019}', &['\u{2019}']),
];

/// Returns the closing quotation mark of a text on its line, if the text between needs no escapes in a string. A mark
/// before a letter is an apostrophe.
fn closing_quote(reader: &Reader<'_>, from: usize, closing: &[char]) -> Option<Span> {
    let line = reader.text.get(from..)?.lines().next()?;
    let mut quotes = line.match_indices(closing);
    let (at, quote) = quotes.find(|(at, quote)| {
        let behind = line.get(at + quote.len()..).and_then(|it| it.chars().next());
        !behind.is_some_and(char::is_alphanumeric)
    })?;
    let inside = line.get(..at)?;
    let start = from + at;
    (!inside.contains(['"', '\\'])).then(|| reader.place(start, start + quote.len()))
}
