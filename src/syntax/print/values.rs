//! Values and strings.

use std::fmt::Write as _;

use super::{Printer, WIDTH};
use crate::scalar::{PortRange, Protocol};
use crate::syntax::ast::{Value, ValueKind};

impl Printer {
    /// Adds `head` and a value behind it; a list or a map that is too wide is split, with one entry per line.
    pub(super) fn valued(&mut self, head: &str, value: &Value) {
        let line = format!("{head}{}", inline(value));
        if self.indent().len() + line.chars().count() <= WIDTH {
            self.line(&line);
            return;
        }
        match &value.kind {
            ValueKind::List(members) => {
                self.broken(head, members.iter().map(inline).collect(), ['[', ']']);
            }
            ValueKind::Map(entries) => {
                let entry =
                    |(key, value): &(crate::source::Spanned<String>, Value)| pair(&key.node, value);
                self.broken(head, entries.iter().map(entry).collect(), ['{', '}']);
            }
            ValueKind::Text(_)
            | ValueKind::Int(_)
            | ValueKind::Bool(_)
            | ValueKind::Address(_)
            | ValueKind::Network(_)
            | ValueKind::Range(..)
            | ValueKind::Ports(_)
            | ValueKind::Date(_)
            | ValueKind::Ref(_)
            | ValueKind::WithPort(..)
            | ValueKind::Call(..)
            | ValueKind::Not(_)
            | ValueKind::Object(..)
            | ValueKind::Bad => self.line(&line),
        }
    }

    fn broken(&mut self, head: &str, entries: Vec<String>, [open, close]: [char; 2]) {
        self.line(&format!("{head}{open}"));
        self.depth += 1;
        for entry in entries {
            self.line(&format!("{entry},"));
        }
        self.depth -= 1;
        self.line(&close.to_string());
    }
}

/// Returns a value on one line.
pub(super) fn inline(value: &Value) -> String {
    match &value.kind {
        ValueKind::Text(text) => quoted(&text.plain),
        ValueKind::Int(number) => number.to_string(),
        ValueKind::Bool(it) => it.to_string(),
        ValueKind::Address(it) => it.to_string(),
        ValueKind::Network(it) => it.to_string(),
        ValueKind::Range(from, to) => format!("{from}-{to}"),
        ValueKind::Ports(range) => ports(*range),
        ValueKind::Date(it) => it.to_string(),
        ValueKind::Ref(path) => path.to_string(),
        ValueKind::WithPort(value, ports) => format!("{}:{}", inline(value), inline(ports)),
        ValueKind::List(members) => format!("[{}]", listed(members)),
        ValueKind::Map(entries) if entries.is_empty() => "{}".to_owned(),
        ValueKind::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| pair(&key.node, value)).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        ValueKind::Call(name, arguments) => format!("{}({})", name.node, listed(arguments)),
        ValueKind::Not(value) => format!("not {}", inline(value)),
        ValueKind::Object(kind, name) => format!("{} {}", kind.node, quoted(&name.plain)),
        // An invalid literal has no text; the name `_` is invalid, so that the program stays invalid.
        ValueKind::Bad => "_".to_owned(),
    }
}

/// Returns a port or ports with their protocol, which distinguishes one TCP port from a number.
fn ports(range: PortRange) -> String {
    let is_plain = range.is_single() && range.protocol == Protocol::Tcp;
    if is_plain { format!("{range}/tcp") } else { range.to_string() }
}

fn listed(values: &[Value]) -> String {
    values.iter().map(inline).collect::<Vec<_>>().join(", ")
}

fn pair(key: &str, value: &Value) -> String {
    format!("{} = {}", self::key(key), inline(value))
}

/// Returns a key of a map or a segment of a path, in quotes unless it is a plain word.
pub(super) fn key(key: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    if !key.is_empty() && key.bytes().all(plain) { key.to_owned() } else { quoted(key) }
}

/// Returns a string with its quotes and escapes. Braces stay as they are: they interpolate.
pub(super) fn quoted(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len() + 2);
    text.push('"');
    for it in plain.chars() {
        match it {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // These characters are invisible, and some change the order in which the others are shown.
            it if it.is_control() || is_invisible(it) => {
                let _ = write!(text, "\\u{{{:x}}}", u32::from(it));
            }
            it => text.push(it),
        }
    }
    text.push('"');
    text
}

/// Returns whether a character is a formatting character of Unicode: a joiner, a direction mark, a byte-order mark.
pub(in crate::syntax) fn is_invisible(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
