//! Lines of a YAML diff that contains only the parts that differ.

use serde_json::{Map, Value};
use similar::ChangeTag;

use super::text::operations;
use super::values::{Item, Node};

/// The sides that have a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Both sides have it.
    Same,
    /// Only the live side has it.
    Removed,
    /// Only the desired side has it.
    Added,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The sides that have the line.
    pub sign: Sign,
    /// The YAML text.
    pub text: String,
}

/// Returns the lines of an object that only one side has.
pub(super) fn whole(object: &Value, sign: Sign) -> Vec<Line> {
    signed(yaml(object), sign)
}

/// Returns the lines of the parts that differ, with the keys that lead to them.
pub(super) fn changed(node: &Node) -> Vec<Line> {
    match node {
        Node::Leaf { before, after } => replaced(
            &before.as_ref().map(yaml).unwrap_or_default(),
            &after.as_ref().map(yaml).unwrap_or_default(),
        ),
        Node::Map(fields) => fields.iter().flat_map(|(name, node)| field(name, node)).collect(),
        Node::List(items) => items.iter().flat_map(item).collect(),
    }
}

fn field(name: &str, node: &Node) -> Vec<Line> {
    let indentation = match node {
        Node::Leaf { before, after } => {
            let side =
                |it: &Option<Value>| it.as_ref().map(|it| entry(name, it)).unwrap_or_default();
            return replaced(&side(before), &side(after));
        }
        Node::Map(_) => "  ",
        Node::List(_) => "",
    };
    // Both sides have the map or the list, so its key is on both sides.
    let mut lines = signed(entry(name, &Value::Null), Sign::Same);
    let inside = changed(node).into_iter();
    lines.extend(inside.map(|it| Line { text: format!("{indentation}{}", it.text), ..it }));
    lines
}

fn item(item: &Item) -> Vec<Line> {
    let differs = |name: &str| match &item.node {
        Node::Map(fields) => fields.iter().any(|(field, _)| field == name),
        Node::Leaf { .. } | Node::List(_) => false,
    };
    let recognized = item.recognized.iter().filter(|(name, _)| !differs(name));
    let recognized = recognized.flat_map(|(name, it)| entry(name, it)).collect();
    let mut lines = signed(recognized, Sign::Same);
    lines.extend(changed(&item.node));
    // The first line of the item, on each side, has the dash.
    let first = |sign| lines.iter().position(|it| it.sign == Sign::Same || it.sign == sign);
    let firsts = [first(Sign::Removed), first(Sign::Added)];
    for (at, line) in lines.iter_mut().enumerate() {
        let dash = if firsts.contains(&Some(at)) { "- " } else { "  " };
        line.text.insert_str(0, dash);
    }
    lines
}

/// Returns the lines of a replaced text: lines that both texts share are listed once.
fn replaced(before: &[String], after: &[String]) -> Vec<Line> {
    let [before, after] =
        [before, after].map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
    let (before, after) = (before.as_slice(), after.as_slice());
    let operations = operations(before, after);
    let changes = operations.iter().flat_map(|it| it.iter_changes(before, after));
    let lines = changes.map(|change| Line {
        sign: match change.tag() {
            ChangeTag::Equal => Sign::Same,
            ChangeTag::Delete => Sign::Removed,
            ChangeTag::Insert => Sign::Added,
        },
        text: change.value().to_owned(),
    });
    lines.collect()
}

fn signed(texts: Vec<String>, sign: Sign) -> Vec<Line> {
    texts.into_iter().map(|text| Line { sign, text }).collect()
}

/// Returns `name: value`; without a value, `name:`.
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
