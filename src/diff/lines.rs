//! What differs, as the lines of a YAML diff in which only the parts that differ stand.

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::compare::{Item, Node};

/// What a line says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// It is on both sides.
    Same,
    /// Only the live side has it.
    Removed,
    /// Only the desired side has it.
    Added,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which side has it.
    pub sign: Sign,
    /// The YAML.
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// An object that only one side has.
pub(super) fn whole(object: &Value, sign: Sign) -> Vec<Line> {
    yaml(object).into_iter().map(|text| Line { sign, text }).collect()
}

/// The parts that differ, with what leads to them.
pub(super) fn changed(node: &Node) -> Vec<Line> {
    let (before, after) = (side(node, Side::Before), side(node, Side::After));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&before, &after);
    let signed = diff.iter_all_changes().map(|change| Line {
        sign: match change.tag() {
            ChangeTag::Equal => Sign::Same,
            ChangeTag::Delete => Sign::Removed,
            ChangeTag::Insert => Sign::Added,
        },
        text: change.value().to_owned(),
    });
    signed.collect()
}

fn side(node: &Node, which: Side) -> Vec<String> {
    match node {
        Node::Leaf { before, after } => {
            let value = if which == Side::Before { before } else { after };
            value.as_ref().map(yaml).unwrap_or_default()
        }
        Node::Map(fields) => {
            fields.iter().flat_map(|(name, node)| field(name, node, which)).collect()
        }
        Node::List(items) => items.iter().flat_map(|it| item(it, which)).collect(),
    }
}

fn field(name: &str, node: &Node, which: Side) -> Vec<String> {
    match node {
        Node::Leaf { before, after } => {
            let value = if which == Side::Before { before } else { after };
            value.as_ref().map(|it| entry(name, it)).unwrap_or_default()
        }
        // Both sides have the map, so that its key stands on both.
        Node::Map(_) => {
            let mut lines = entry(name, &Value::Null);
            lines.extend(side(node, which).into_iter().map(|it| format!("  {it}")));
            lines
        }
        Node::List(_) => {
            let mut lines = entry(name, &Value::Null);
            lines.extend(side(node, which));
            lines
        }
    }
}

fn item(item: &Item, which: Side) -> Vec<String> {
    let differs = |name: &str| match &item.node {
        Node::Map(fields) => fields.iter().any(|(field, _)| field == name),
        Node::Leaf { .. } | Node::List(_) => false,
    };
    let recognized = item.recognized.iter().filter(|(name, _)| !differs(name));
    let mut lines: Vec<String> = recognized.flat_map(|(name, it)| entry(name, it)).collect();
    lines.extend(side(&item.node, which));
    let dashed = lines.into_iter().enumerate();
    dashed.map(|(at, it)| format!("{}{it}", if at == 0 { "- " } else { "  " })).collect()
}

/// `name: value`; no value gives `name:` alone.
fn entry(name: &str, value: &Value) -> Vec<String> {
    let mut map = Map::new();
    map.insert(name.to_owned(), value.clone());
    let mut lines = yaml(&Value::Object(map));
    if let (Value::Null, Some(first)) = (value, lines.first_mut()) {
        let bare = first.strip_suffix(" null").map(str::to_owned);
        *first = bare.unwrap_or_else(|| first.clone());
    }
    lines
}

fn yaml(value: &Value) -> Vec<String> {
    let is_empty = value.as_object().is_some_and(Map::is_empty);
    if is_empty {
        return Vec::new();
    }
    let mut text = String::new();
    crate::emit::yaml::document(value, &mut text)
        .expect("INVARIANT: a JSON value can be written as YAML");
    text.lines().map(str::to_owned).collect()
}
