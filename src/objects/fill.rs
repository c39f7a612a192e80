//! Fills an `Instance` with the serialized form of an object or a document.

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::Error;

use super::instance::{Instance, MemberKey, Part, Text};

/// Replaces the content of the instance.
pub(crate) fn fill(instance: &mut Instance, value: &impl Serialize) -> Result<(), Error> {
    instance.text.clear();
    instance.root = value.serialize(Filler { text: &mut instance.text })?;
    Ok(())
}

struct Filler<'t> {
    text: &'t mut String,
}

struct List<'t> {
    text: &'t mut String,
    elements: Vec<Part>,
}

struct Map<'t> {
    text: &'t mut String,
    members: Vec<(MemberKey, Part)>,
    key: Option<Text>,
}

impl Filler<'_> {
    fn push(self, it: &str) -> Text {
        let start = self.text.len();
        self.text.push_str(it);
        Text { start, end: self.text.len() }
    }
}

fn other<T>(what: &str) -> Result<T, Error> {
    Err(Error::custom(format_args!("no emitted object holds {what}")))
}

impl<'t> Serializer for Filler<'t> {
    type Ok = Part;
    type Error = Error;
    type SerializeSeq = List<'t>;
    type SerializeTuple = Impossible<Part, Error>;
    type SerializeTupleStruct = Impossible<Part, Error>;
    type SerializeTupleVariant = Impossible<Part, Error>;
    type SerializeMap = Map<'t>;
    type SerializeStruct = Map<'t>;
    type SerializeStructVariant = Impossible<Part, Error>;

    fn serialize_bool(self, it: bool) -> Result<Part, Error> {
        Ok(Part::Bool(it))
    }

    fn serialize_i8(self, it: i8) -> Result<Part, Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i16(self, it: i16) -> Result<Part, Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i32(self, it: i32) -> Result<Part, Error> {
        self.serialize_i64(it.into())
    }

    fn serialize_i64(self, it: i64) -> Result<Part, Error> {
        Ok(Part::Number(it.into()))
    }

    fn serialize_u8(self, it: u8) -> Result<Part, Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u16(self, it: u16) -> Result<Part, Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u32(self, it: u32) -> Result<Part, Error> {
        self.serialize_u64(it.into())
    }

    fn serialize_u64(self, it: u64) -> Result<Part, Error> {
        Ok(Part::Number(it.into()))
    }

    fn serialize_f32(self, it: f32) -> Result<Part, Error> {
        self.serialize_f64(it.into())
    }

    fn serialize_f64(self, it: f64) -> Result<Part, Error> {
        serde_json::Number::from_f64(it)
            .map_or_else(|| other("such a number"), |it| Ok(Part::Number(it)))
    }

    fn serialize_char(self, it: char) -> Result<Part, Error> {
        self.serialize_str(it.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, it: &str) -> Result<Part, Error> {
        Ok(Part::Text(self.push(it)))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Part, Error> {
        other("bytes")
    }

    fn serialize_none(self) -> Result<Part, Error> {
        Ok(Part::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<Part, Error> {
        it.serialize(self)
    }

    fn serialize_unit(self) -> Result<Part, Error> {
        Ok(Part::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Part, Error> {
        Ok(Part::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Part, Error> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        it: &T,
    ) -> Result<Part, Error> {
        it.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Part, Error> {
        other("a variant")
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List<'t>, Error> {
        Ok(List { text: self.text, elements: Vec::with_capacity(len.unwrap_or(0)) })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        other("a tuple")
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        other("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        other("a variant")
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Map<'t>, Error> {
        Ok(Map { text: self.text, members: Vec::with_capacity(len.unwrap_or(0)), key: None })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Map<'t>, Error> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        other("a variant")
    }
}

impl SerializeSeq for List<'_> {
    type Ok = Part;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Error> {
        self.elements.push(it.serialize(Filler { text: self.text })?);
        Ok(())
    }

    fn end(self) -> Result<Part, Error> {
        Ok(Part::List(self.elements))
    }
}

impl SerializeMap for Map<'_> {
    type Ok = Part;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Error> {
        let Part::Text(key) = it.serialize(Filler { text: self.text })? else {
            return other("such a key");
        };
        self.key = Some(key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Error> {
        let Some(key) = self.key.take() else { return other("a value without a key") };
        let part = it.serialize(Filler { text: self.text })?;
        self.members.push((MemberKey::Text(key), part));
        Ok(())
    }

    fn end(self) -> Result<Part, Error> {
        Ok(Part::Map(self.members))
    }
}

impl SerializeStruct for Map<'_> {
    type Ok = Part;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        it: &T,
    ) -> Result<(), Error> {
        let part = it.serialize(Filler { text: self.text })?;
        self.members.push((MemberKey::Field(key), part));
        Ok(())
    }

    fn end(self) -> Result<Part, Error> {
        Ok(Part::Map(self.members))
    }
}
