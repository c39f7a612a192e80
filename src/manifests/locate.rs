//! Where parts of objects stand in their text. The reader of manifests knows no places, because it is fast
//! without; a text of which something is said is read once more, by its events.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser};
use serde::de::IgnoredAny;

use crate::scalar::{Pointer, Segment};

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The document, from 1.
    pub document: usize,
    /// The part's JSON pointer.
    pub pointer: String,
}

/// Where a part stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its key, if it is the value of one.
    pub key: Option<Range<usize>>,
    /// The value.
    pub value: Range<usize>,
}

impl Found {
    /// The key with its value.
    pub fn entry(&self) -> Range<usize> {
        self.key.as_ref().map_or(self.value.start, |it| it.start)..self.value.end
    }
}

/// So many brackets that nothing seems to close are worth a look.
const SIGNS: usize = 5_000;

/// Manifests may be nested so deep; the reader has the same bound.
const DEPTH: usize = 128;

/// Why a text is not read that is nested too deep. The reader would find that, too, but takes a time that grows
/// with the square of the depth. Only what seems so by its signs, which may stand in strings, is looked at.
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
            Err(why) => return Some(format!("it is nested too deep, or no YAML: {why}")),
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

/// Looks for parts of a text that `manifests::read` took. A part that is not there (the value of an anchor,
/// a field that was left out) is where the nearest part around it is.
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
                // A block ends where the next one begins.
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

/// A YAML stream is one text; of a stream of JSON values each is.
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

/// A map or a list that is being walked through. Without a pointer, nothing in it is looked for.
struct Level {
    pointer: Option<String>,
    key: Option<Range<usize>>,
    start: usize,
    next: Next,
}

/// What comes next in a level.
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
    /// What the reader took has no errors; where this one finds some, the rest has no places.
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

    /// The pointer of what comes now, if something in it is looked for, and its key.
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
