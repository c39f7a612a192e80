//! Places of parts of objects in their text. The reader of manifests records no places, because it is faster
//! without. If a diagnostic needs a place, the text is parsed again.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser};
use serde::de::IgnoredAny;

use crate::scalar::{Pointer, Segment};

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Number of the document, from 1.
    pub document: usize,
    /// JSON pointer of the part.
    pub pointer: String,
}

/// The place of a part, as byte ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The key, if the part is the value of a key.
    pub key: Option<Range<usize>>,
    /// The value.
    pub value: Range<usize>,
}

impl Found {
    /// Returns the key with its value.
    pub fn entry(&self) -> Range<usize> {
        self.key.as_ref().map_or(self.value.start, |it| it.start)..self.value.end
    }
}

/// Number of unclosed brackets above which the depth of a text is checked.
const SIGNS: usize = 5_000;

/// Maximum depth of manifests. The reader has the same limit.
const DEPTH: usize = 128;

/// Returns the reason if a text is nested too deep to be read. The reader would detect that too, but in a time
/// that grows with the square of the depth. Only texts with many unclosed brackets are parsed; these may be in
/// strings.
pub(super) fn too_deep(text: &str) -> Option<String> {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    if most < SIGNS {
        return None;
    }
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(why) => return Some(format!("it is nested too deep, or is not YAML: {why}")),
        };
        if matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)) {
            depth += 1;
        } else if matches!(event, Event::MappingEnd | Event::SequenceEnd) {
            depth = depth.saturating_sub(1);
        }
        if depth > DEPTH {
            let before = span.byte_range().and_then(|it| text.get(..it.start));
            let line = before.map_or(1, |it| it.matches('\n').count() + 1);
            return Some(format!("it is nested too deep in line {line}"));
        }
    }
    None
}

/// Locates parts of a text that `manifests::read` accepted. A part that is absent (the value of an anchor, an
/// omitted field) has the place of the nearest part around it.
pub fn locate(text: &str, parts: impl IntoIterator<Item = Part>) -> BTreeMap<Part, Found> {
    let mut walk = Walk { found: BTreeMap::new(), document: 0, levels: Vec::new() };
    let wanted: Vec<Part> = parts.into_iter().collect();
    for part in &wanted {
        let mut around = part.clone();
        loop {
            if walk.found.insert(around.clone(), None).is_some() || around.pointer.is_empty() {
                break;
            }
            let end = around.pointer.rfind('/').unwrap_or(0);
            around.pointer.truncate(end);
        }
    }
    for (start, value) in values(text) {
        walk.values(value, start);
    }
    let nearest = |part: Part| {
        let mut around = part.clone();
        loop {
            if let Some(Some(found)) = walk.found.get(&around) {
                let mut found = found.clone();
                // A block extends to the beginning of the next one.
                let value = text.get(found.value.clone()).unwrap_or_default();
                found.value.end = found.value.start + value.trim_end().len();
                return Some((part, found));
            }
            let end = around.pointer.rfind('/')?;
            around.pointer.truncate(end);
        }
    };
    wanted.into_iter().filter_map(nearest).collect()
}

/// Splits a text into values with their byte offsets: a YAML stream is one text, each value of a JSON stream is
/// a text of its own.
fn values(text: &str) -> Vec<(usize, &str)> {
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - content.len();
    if content.trim_start().starts_with(['{', '[']) {
        let mut stream = serde_json::Deserializer::from_str(content).into_iter::<IgnoredAny>();
        let (mut values, mut start) = (Vec::new(), 0);
        while let Some(Ok(_)) = stream.next() {
            let end = stream.byte_offset();
            values.push((base + start, content.get(start..end).unwrap_or_default()));
            start = end;
        }
        if content.get(start..).is_some_and(|it| it.trim().is_empty()) {
            return values;
        }
    }
    vec![(base, content)]
}

/// A map or a list that the walk is in. No part inside it is wanted if the pointer is `None`.
struct Level {
    pointer: Option<String>,
    key: Option<Range<usize>>,
    start: usize,
    next: Next,
}

/// The next node in a level.
enum Next {
    /// A key.
    Key,
    /// The value of this key.
    Value(String, Range<usize>),
    /// The item of a list.
    Item(usize),
}

struct Walk {
    found: BTreeMap<Part, Option<Found>>,
    document: usize,
    levels: Vec<Level>,
}

impl Walk {
    /// Walks through a text that the reader accepted. If this parser finds an error, the parts after it have no
    /// places.
    fn values(&mut self, text: &str, base: usize) {
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { return };
            let Some(range) = span.byte_range() else { return };
            self.event(event, base + range.start..base + range.end);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add events")]
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::DocumentStart(..) => {
                self.document += 1;
                self.levels.clear();
            }
            Event::Scalar(text, ..) => {
                if let Some(Level { next: next @ Next::Key, .. }) = self.levels.last_mut() {
                    *next = Next::Value(text.into_owned(), range);
                    return;
                }
                let (pointer, key) = self.here();
                self.take(pointer, key, range);
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let (pointer, key) = self.here();
                let is_map = matches!(event, Event::MappingStart(..));
                let next = if is_map { Next::Key } else { Next::Item(0) };
                self.levels.push(Level { pointer, key, start: range.start, next });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let Some(Level { pointer, key, start, .. }) = self.levels.pop() else { return };
                self.take(pointer, key, start..range.end.max(start));
            }
            Event::Alias(_) => {
                let (pointer, key) = self.here();
                self.take(pointer, key, range);
            }
            _ => {}
        }
    }

    /// Returns the pointer of the next node, if a part inside it is wanted, and its key.
    fn here(&mut self) -> (Option<String>, Option<Range<usize>>) {
        let Some(level) = self.levels.last_mut() else { return (self.wanted(String::new()), None) };
        let (segment, key) = match std::mem::replace(&mut level.next, Next::Key) {
            // A key that is no scalar: no manifest has one.
            Next::Key => return (None, None),
            Next::Value(key, range) => (Segment::from(key), Some(range)),
            Next::Item(at) => {
                level.next = Next::Item(at + 1);
                (Segment::from(at), None)
            }
        };
        let pointer = level.pointer.as_ref().map(|it| format!("{it}{}", Pointer(&[segment])));
        (pointer.and_then(|it| self.wanted(it)), key)
    }

    fn wanted(&self, pointer: String) -> Option<String> {
        let part = Part { document: self.document, pointer };
        self.found.contains_key(&part).then_some(part.pointer)
    }

    fn take(&mut self, pointer: Option<String>, key: Option<Range<usize>>, value: Range<usize>) {
        let Some(pointer) = pointer else { return };
        let part = Part { document: self.document, pointer };
        if let Some(found) = self.found.get_mut(&part) {
            *found = Some(Found { key, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, document: usize, pointer: &str) -> Option<&'t str> {
        let part = Part { document, pointer: pointer.to_owned() };
        let found = locate(text, [part.clone()]);
        found.get(&part).and_then(|it| text.get(it.entry()))
    }

    #[test]
    fn parts_of_yaml_have_places() {
        let text = "# first\n---\n---\nmetadata:\n  name: web # why\n  annotations:\n    a/b: \"x\"\nspec:\n  \
                    rules:\n  - to: []\n    ports: [{port: 80}, {port: 443}]\n  - {}\n";
        assert_eq!(found(text, 2, "/metadata/name"), Some("name: web"));
        assert_eq!(found(text, 2, "/metadata/annotations/a~1b"), Some("a/b: \"x\""));
        assert_eq!(found(text, 2, "/spec/rules/0/to"), Some("to: []"));
        assert_eq!(found(text, 2, "/spec/rules/0/ports/1/port"), Some("port: 443"));
        assert_eq!(found(text, 2, "/spec/rules/1"), Some("{}"));
        assert_eq!(found(text, 2, "/spec/rules/1/to/0"), Some("{}"), "the nearest around it");
        assert_eq!(found(text, 3, "/spec"), None);
    }

    #[test]
    fn values_of_json_have_places() {
        let text = "{\"kind\": \"A\"}\n{\"kind\": \"B\", \"items\": [{\"x\": \"\\u00e9\\/\"}]}";
        assert_eq!(found(text, 2, "/kind"), Some("\"kind\": \"B\""));
        assert_eq!(found(text, 2, "/items/0/x"), Some("\"x\": \"\\u00e9\\/\""));
    }

    #[test]
    fn anchors_and_merges_have_the_place_around() {
        let text = "a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\nc: *a\n";
        assert_eq!(found(text, 1, "/b/y"), Some("y: 2"));
        assert_eq!(found(text, 1, "/c/x"), Some("c: *a"));
        assert!(found(text, 1, "/b/x").is_some_and(|it| it.starts_with("b:")));
    }
}
