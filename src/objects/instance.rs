//! The representation of an object for the validator: a tree in three buffers, for strings, elements and members.
//! Converting all objects to `serde_json::Value` would take longer than validating them.

use std::borrow::Cow;
use std::ops::Range;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use serde_json::{Map, Number, Value};

/// The representation, as a type for the validator.
pub(crate) struct Emitted;

/// An object. Refilling an instance allocates no memory once its buffers are large enough.
#[derive(Default)]
pub(crate) struct Instance {
    /// The parts below the root.
    pub(crate) store: Store,
    /// The object itself.
    pub(crate) root: Part,
    /// What is not complete while the instance is filled.
    pub(crate) open: Open,
}

/// The buffers of an object.
#[derive(Default)]
pub(crate) struct Store {
    /// All strings, concatenated.
    pub(crate) text: String,
    /// The elements of all lists; those of one list are neighbors.
    pub(crate) elements: Vec<Part>,
    /// The members of all maps; those of one map are neighbors, in the order in which they are written.
    pub(crate) members: Vec<(MemberKey, Part)>,
}

/// The elements and members of lists and maps that are not complete, the outermost first. Those of a complete list or
/// map, the last ones, move to the store together.
#[derive(Default)]
pub(crate) struct Open {
    /// Elements of lists.
    pub(crate) elements: Vec<Part>,
    /// Members of maps.
    pub(crate) members: Vec<(MemberKey, Part)>,
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
    /// A list: its range of elements.
    List(Range<usize>),
    /// A map: its range of members.
    Map(Range<usize>),
}

/// A range of bytes of the strings.
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

/// A part, with the buffers of its object.
#[derive(Clone, Copy)]
pub(crate) struct NodeRef<'a> {
    store: &'a Store,
    part: &'a Part,
}

/// The members of a map.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a> {
    store: &'a Store,
    members: &'a [(MemberKey, Part)],
}

/// The elements of a list.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    store: &'a Store,
    elements: &'a [Part],
}

impl Instance {
    /// Returns the whole object.
    pub(crate) fn root(&self) -> NodeRef<'_> {
        NodeRef { store: &self.store, part: &self.root }
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
        buffer.store.text.clear();
        buffer.store.text.push_str(string);
        buffer.root = Part::Text(Text { start: 0, end: string.len() });
        f(buffer.root())
    }
}

impl<'a> Node<'a, Emitted> for NodeRef<'a> {
    type Object = Members<'a>;
    type Array = Elements<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<Members<'a>> {
        if let Part::Map(range) = self.part {
            let members = self.store.members.get(range.clone()).unwrap_or(&[]);
            Some(Members { store: self.store, members })
        } else {
            None
        }
    }

    fn as_array(&self) -> Option<Elements<'a>> {
        if let Part::List(range) = self.part {
            let elements = self.store.elements.get(range.clone()).unwrap_or(&[]);
            Some(Elements { store: self.store, elements })
        } else {
            None
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        if let Part::Text(place) = self.part {
            Some(Cow::Borrowed(place.of(&self.store.text)))
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
            (Part::Text(place), Value::String(expected)) => place.of(&self.store.text) == expected,
            (Part::Text(_), _) | (_, Value::String(_)) => false,
            _ => *self.to_value() == *expected,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        let NodeRef { store, part } = *self;
        let below = |part| NodeRef { store, part }.to_value().into_owned();
        Cow::Owned(match part {
            Part::Null => Value::Null,
            Part::Bool(it) => Value::Bool(*it),
            Part::Number(it) => Value::Number(it.clone()),
            Part::Text(place) => Value::String(place.of(&store.text).to_owned()),
            Part::List(range) => {
                let elements = store.elements.get(range.clone()).unwrap_or(&[]);
                Value::Array(elements.iter().map(below).collect())
            }
            Part::Map(range) => {
                let members = store.members.get(range.clone()).unwrap_or(&[]);
                let key = |it: &MemberKey| it.of(&store.text).to_owned();
                let members = members.iter().map(|(it, part)| (key(it), below(part)));
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
        let found = self.members.iter().find(|(it, _)| it.of(&self.store.text) == key);
        found.map(|(_, part)| NodeRef { store: self.store, part })
    }

    fn members(&self) -> MembersIter<'a> {
        MembersIter { store: self.store, members: self.members.iter() }
    }
}

impl<'a> Array<'a, Emitted> for Elements<'a> {
    type Node = NodeRef<'a>;
    type ElementsIter = ElementsIter<'a>;

    fn len(&self) -> usize {
        self.elements.len()
    }

    fn elements(&self) -> ElementsIter<'a> {
        ElementsIter { store: self.store, elements: self.elements.iter() }
    }
}

/// Iterator over the members of a map.
pub(crate) struct MembersIter<'a> {
    store: &'a Store,
    members: std::slice::Iter<'a, (MemberKey, Part)>,
}

/// Iterator over the elements of a list.
pub(crate) struct ElementsIter<'a> {
    store: &'a Store,
    elements: std::slice::Iter<'a, Part>,
}

impl<'a> Iterator for MembersIter<'a> {
    type Item = (&'a str, NodeRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let store = self.store;
        self.members.next().map(|(key, part)| (key.of(&store.text), NodeRef { store, part }))
    }
}

impl<'a> Iterator for ElementsIter<'a> {
    type Item = NodeRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.elements.next().map(|part| NodeRef { store: self.store, part })
    }
}
