//! Deserializes parts of manifests. In: JSON values; out: Rust types, or the field with the wrong shape, the
//! shape that Kubernetes expects and the shape in the manifest. The messages name fields and YAML types, never
//! Rust types.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, Unexpected};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Value;

use crate::scalar::{FieldPath, Segment};

/// The longest part of a string that a message shows, in characters.
const SHOWN: usize = 40;

/// A field that the API server rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The path from the object to the field, the last segment first.
    segments: Vec<Segment>,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// The value has another type.
    Shape { expected: String, found: String, help: Option<String> },
    /// A required field is missing.
    Missing,
    /// Any other reason, as a sentence.
    Other(String),
}

impl Wrong {
    fn shape(value: &Value, expected: &str) -> Self {
        let help = match (value, expected) {
            (Value::Number(_) | Value::Bool(_), STRING) => {
                Some(format!("put the value in quotes: `\"{value}\"`"))
            }
            (Value::String(text), PORT) if text.parse::<u16>().is_ok() => {
                Some(format!("write the number without quotes: `{text}`"))
            }
            (Value::String(text), BOOL) if text.parse::<bool>().is_ok() => {
                Some(format!("write the value without quotes: `{text}`"))
            }
            (Value::Object(_), LIST) => Some("begin each item of the list with `- `".to_owned()),
            (Value::Array(_), MAP) => Some("remove the `- ` before the fields".to_owned()),
            _ => None,
        };
        let why = Why::Shape { expected: expected.to_owned(), found: found(value), help };
        Self { segments: Vec::new(), why }
    }

    /// Returns the same error, seen from the object whose field contains the value.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        self.segments.push(field.to_owned().into());
        self
    }

    /// Returns the same error, seen from the list whose item `at` is the value, counted from 0.
    #[must_use]
    pub fn item(mut self, at: usize) -> Self {
        self.segments.push(at.into());
        self
    }

    /// Returns the JSON pointer of the field, or of the nearest part that exists.
    pub fn pointer(&self) -> String {
        let absent = usize::from(self.why == Why::Missing);
        let path: FieldPath = self.segments.iter().skip(absent).rev().cloned().collect();
        path.to_string()
    }

    /// Returns how to correct the value, if one edit is likely.
    pub fn help(&self) -> Option<String> {
        match &self.why {
            Why::Shape { help, .. } => help.clone(),
            Why::Missing | Why::Other(_) => None,
        }
    }

    /// Formats the path as the API server does: `spec.ports[0].port`, `metadata.labels[a.b/c]`.
    fn path(&self) -> String {
        let segments = self.segments.iter().rev().enumerate().map(|(at, segment)| match segment {
            Segment::Item(row) => format!("[{row}]"),
            Segment::Field(name) if name.contains(['.', '/']) => format!("[{name}]"),
            Segment::Field(name) if at == 0 => name.to_string(),
            Segment::Field(name) => format!(".{name}"),
        });
        segments.collect()
    }
}

const MAP: &str = "a map";
const LIST: &str = "a list";
const STRING: &str = "a string";
const BOOL: &str = "`true` or `false`";
const PORT: &str = "a port number from 1 to 65535";

/// Formats a value for messages.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => format!("the boolean `{it}`"),
        Value::Number(it) => format!("the number {it}"),
        Value::String(it) => string(it),
        Value::Array(_) => LIST.to_owned(),
        Value::Object(_) => MAP.to_owned(),
    }
}

fn string(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    let dots = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("the string `{start}{dots}`")
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Shape { expected, found, .. } => {
                write!(out, "`{}` must be {expected}, it is {found}", self.path())
            }
            Why::Missing => write!(out, "`{}` is missing", self.path()),
            Why::Other(text) => out.write_str(text),
        }
    }
}

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self { segments: Vec::new(), why: Why::Other(text) }
    }
}

impl std::error::Error for Wrong {}

impl Error for Wrong {
    fn custom<T: fmt::Display>(text: T) -> Self {
        text.to_string().into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Unit | Unexpected::Option => "null".to_owned(),
            Unexpected::Bool(it) => format!("the boolean `{it}`"),
            Unexpected::Signed(it) => format!("the number {it}"),
            Unexpected::Unsigned(it) => format!("the number {it}"),
            Unexpected::Float(it) => format!("the number {it}"),
            Unexpected::Str(it) => string(it),
            Unexpected::Seq => LIST.to_owned(),
            Unexpected::Map => MAP.to_owned(),
            Unexpected::Char(_)
            | Unexpected::Bytes(_)
            | Unexpected::NewtypeStruct
            | Unexpected::Enum
            | Unexpected::UnitVariant
            | Unexpected::NewtypeVariant
            | Unexpected::TupleVariant
            | Unexpected::StructVariant
            | Unexpected::Other(_) => "another value".to_owned(),
        };
        let expected = expected.to_string();
        Self { segments: Vec::new(), why: Why::Shape { expected, found, help: None } }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self { segments: vec![field.into()], why: Why::Missing }
    }
}

/// Reads a field of an object. As in the API server, an absent field and `null` are the empty value.
pub fn field<'v, T: Deserialize<'v> + Default>(object: &'v Value, name: &str) -> Result<T, Wrong> {
    let value = object.get(name).filter(|it| !it.is_null());
    value.map_or_else(|| Ok(T::default()), |it| read(it).map_err(|it| it.within(name)))
}

/// Reads a value.
pub fn read<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, Wrong> {
    T::deserialize(Part(value))
}

/// A value that is being deserialized.
#[derive(Clone, Copy)]
struct Part<'v>(&'v Value);

impl Part<'_> {
    fn wrong<T>(self, expected: &str) -> Result<T, Wrong> {
        Err(Wrong::shape(self.0, expected))
    }
}

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(it) => visitor.visit_bool(*it),
            Value::Number(it) => match (it.as_u64(), it.as_i64(), it.as_f64()) {
                (Some(it), ..) => visitor.visit_u64(it),
                (None, Some(it), _) => visitor.visit_i64(it),
                (None, None, it) => visitor.visit_f64(it.unwrap_or(f64::NAN)),
            },
            Value::String(it) => visitor.visit_borrowed_str(it),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let fields = match self.0 {
            Value::Object(fields) => Some(fields.iter()),
            Value::Null => None,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return self.wrong(MAP);
            }
        };
        visitor.visit_map(Fields { rest: fields.into_iter().flatten(), now: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let items = match self.0 {
            Value::Array(items) => items.as_slice(),
            Value::Null => &[],
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return self.wrong(LIST);
            }
        };
        visitor.visit_seq(Items { rest: items.iter().enumerate() })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0.as_str() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.wrong(STRING),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0.as_bool() {
            Some(it) => visitor.visit_bool(it),
            None => self.wrong(BOOL),
        }
    }

    /// Reads a port: every `u16` of a manifest is one.
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0.as_u64().map(u16::try_from) {
            Some(Ok(port)) => visitor.visit_u16(port),
            Some(Err(_)) | None => self.wrong(PORT),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct enum identifier
    }
}

/// The items of a list.
struct Items<'v> {
    rest: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let Some((at, value)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Part(value)).map(Some).map_err(|it| it.item(at))
    }
}

/// The fields of a map.
struct Fields<'v, I> {
    rest: I,
    /// The field whose key was read last.
    now: Option<(&'v String, &'v Value)>,
}

impl<'de, I: Iterator<Item = (&'de String, &'de Value)>> MapAccess<'de> for Fields<'de, I> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.now = self.rest.next();
        let Some((key, _)) = self.now else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Wrong> {
        let (key, value) = self.now.take().expect("INVARIANT: a value follows its key");
        seed.deserialize(Part(value)).map_err(|it| it.within(key))
    }
}
