//! The representation of an object for the validator: a tree whose strings are in one buffer. Converting all
//! objects to `serde_json::Value` would take longer than validating them.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use serde_json::{Map, Number, Value};

/// The representation, as a type for the validator.
pub(crate) struct Emitted;

/// An object. Refilling an instance allocates little memory.
#[derive(Default)]
pub(crate) struct Instance {
    /// All strings, concatenated.
    pub(crate) text: String,
    /// The tree.
    pub(crate) root: Part,
}

/// A part of an object.
#[derive(Default)]
pub(crate) enum Part {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(Text),
    /// A list.
    List(Vec<Part>),
    /// A map, in the order in which it is written.
    Map(Vec<(MemberKey, Part)>),
}

/// A range of bytes in the buffer.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    /// The first byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

/// Key of an object's member: the field of a struct, or data.
#[derive(Clone, Copy)]
pub(crate) enum MemberKey {
    /// A field.
    Field(&'static str),
    /// A key of a map, such as a label or an annotation.
    Text(Text),
}

/// A part, with the buffer of its strings.
#[derive(Clone, Copy)]
pub(crate) struct NodeRef<'a> {
    text: &'a str,
    part: &'a Part,
}

/// The members of a map.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a> {
    text: &'a str,
    members: &'a [(MemberKey, Part)],
}

/// The elements of a list.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    text: &'a str,
    elements: &'a [Part],
}

impl Instance {
    /// Returns the whole object.
    pub(crate) fn root(&self) -> NodeRef<'_> {
        NodeRef { text: &self.text, part: &self.root }
    }
}

impl Text {
    fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

impl MemberKey {
    fn of(self, text: &str) -> &str {
        match self {
            Self::Field(name) => name,
            Self::Text(place) => place.of(text),
        }
    }
}

impl Json for Emitted {
    type Node<'a> = NodeRef<'a>;
    type PreparedKey = String;
    type StringBuffer = Instance;

    // A lookup compares all members, as an iteration does.
    const KEYS_PER_LOOKUP: usize = 4;
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(
        buffer: &mut Instance,
        string: &str,
        f: impl FnOnce(NodeRef<'_>) -> T,
    ) -> T {
        buffer.text.clear();
        buffer.text.push_str(string);
        buffer.root = Part::Text(Text { start: 0, end: string.len() });
        f(buffer.root())
    }
}

impl<'a> Node<'a, Emitted> for NodeRef<'a> {
    type Object = Members<'a>;
    type Array = Elements<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        if let Part::Map(members) = self.part {
            Some(Members { text: self.text, members })
        } else {
            None
        }
    }

    fn as_array(&self) -> Option<Elements<'a>> {
        if let Part::List(elements) = self.part {
            Some(Elements { text: self.text, elements })
        } else {
            None
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        if let Part::Text(place) = self.part {
            Some(Cow::Borrowed(place.of(self.text)))
        } else {
            None
        }
    }

    fn as_number(&self) -> Option<&'a Number> {
        if let Part::Number(number) = self.part { Some(number) } else { None }
    }

    fn as_boolean(&self) -> Option<bool> {
        if let Part::Bool(it) = self.part { Some(*it) } else { None }
    }

    fn is_null(&self) -> bool {
        matches!(self.part, Part::Null)
    }

    fn json_type(&self) -> JsonType {
        match self.part {
            Part::Null => JsonType::Null,
            Part::Bool(_) => JsonType::Boolean,
            Part::Number(_) => JsonType::Number,
            Part::Text(_) => JsonType::String,
            Part::List(_) => JsonType::Array,
            Part::Map(_) => JsonType::Object,
        }
    }

    fn string_length_within(&self, min: u64, max: u64) -> Option<bool> {
        let text = self.as_string()?;
        let bytes = text.len() as u64;
        // Most names are ASCII and short, so that the number of bytes is the number of characters.
        let is_within = |it: u64| (min..=max).contains(&it);
        Some(if text.is_ascii() {
            is_within(bytes)
        } else {
            is_within(text.chars().count() as u64)
        })
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.part, expected) {
            (Part::Text(place), Value::String(expected)) => place.of(self.text) == expected,
            (Part::Text(_), _) | (_, Value::String(_)) => false,
            _ => *self.to_value() == *expected,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        let NodeRef { text, part } = *self;
        let below = |part| NodeRef { text, part }.to_value().into_owned();
        Cow::Owned(match part {
            Part::Null => Value::Null,
            Part::Bool(it) => Value::Bool(*it),
            Part::Number(it) => Value::Number(it.clone()),
            Part::Text(place) => Value::String(place.of(text).to_owned()),
            Part::List(elements) => Value::Array(elements.iter().map(below).collect()),
            Part::Map(members) => {
                let members = members.iter().map(|(key, it)| (key.of(text).to_owned(), below(it)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref(self.part) as usize))
    }
}

impl<'a> Object<'a, Emitted> for Members<'a> {
    type Node = NodeRef<'a>;
    type MemberName = &'a str;
    type MembersIter = MembersIter<'a>;

    fn len(&self) -> usize {
        self.members.len()
    }

    fn get(&self, key: &String) -> Option<NodeRef<'a>> {
        let found = self.members.iter().find(|(it, _)| it.of(self.text) == key);
        found.map(|(_, part)| NodeRef { text: self.text, part })
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter { text: self.text, members: self.members.iter() }
    }
}

impl<'a> Array<'a, Emitted> for Elements<'a> {
    type Node = NodeRef<'a>;
    type ElementsIter = ElementsIter<'a>;

    fn len(&self) -> usize {
        self.elements.len()
    }

    fn elements(&self) -> ElementsIter<'a> {
        ElementsIter { text: self.text, elements: self.elements.iter() }
    }
}

/// Iterator over the members of a map.
pub(crate) struct MembersIter<'a> {
    text: &'a str,
    members: std::slice::Iter<'a, (MemberKey, Part)>,
}

/// Iterator over the elements of a list.
pub(crate) struct ElementsIter<'a> {
    text: &'a str,
    elements: std::slice::Iter<'a, Part>,
}

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, NodeRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.text;
        self.members.next().map(|(key, part)| (key.of(text), NodeRef { text, part }))
    }
}

impl<'a> Iterator for ElementsIter<'a> {
    type Item = NodeRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.elements.next().map(|part| NodeRef { text: self.text, part })
    }
}
