//! Fills an `Instance` with the serialized form of an object or a document.

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::Error;

use super::instance::{Instance, MemberKey, Open, Part, Store, Text};

/// Replaces the content of the instance.
pub(crate) fn fill(instance: &mut Instance, value: &impl Serialize) -> Result<(), Error> {
    let Instance { store, root, open } = instance;
    store.text.clear();
    store.elements.clear();
    store.members.clear();
    open.elements.clear();
    open.members.clear();
    *root = value.serialize(Filler { store, open })?;
    Ok(())
}

struct Filler<'t> {
    store: &'t mut Store,
    open: &'t mut Open,
}

struct List<'t> {
    filler: Filler<'t>,
    /// Where its elements begin among the open ones.
    start: usize,
}

struct Map<'t> {
    filler: Filler<'t>,
    /// Where its members begin among the open ones.
    start: usize,
    key: Option<Text>,
}

impl Filler<'_> {
    fn push(self, it: &str) -> Text {
        let start = self.store.text.len();
        self.store.text.push_str(it);
        Text { start, end: self.store.text.len() }
    }

    /// Serializes a part of the same object.
    fn part<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<Part, Error> {
        it.serialize(Filler { store: self.store, open: self.open })
    }
}

fn other<T>(what: &str) -> Result<T, Error> {
    Err(Error::custom(format_args!("an emitted object cannot contain {what}")))
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

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'t>, Error> {
        let start = self.open.elements.len();
        Ok(List { filler: self, start })
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

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'t>, Error> {
        let start = self.open.members.len();
        Ok(Map { filler: self, start, key: None })
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
        let part = self.filler.part(it)?;
        self.filler.open.elements.push(part);
        Ok(())
    }

    fn end(self) -> Result<Part, Error> {
        let Filler { store, open } = self.filler;
        let start = store.elements.len();
        store.elements.extend(open.elements.drain(self.start..));
        Ok(Part::List(start..store.elements.len()))
    }
}

impl Map<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, key: MemberKey, it: &T) -> Result<(), Error> {
        let part = self.filler.part(it)?;
        self.filler.open.members.push((key, part));
        Ok(())
    }

    fn complete(self) -> Part {
        let Filler { store, open } = self.filler;
        let start = store.members.len();
        store.members.extend(open.members.drain(self.start..));
        Part::Map(start..store.members.len())
    }
}

impl SerializeMap for Map<'_> {
    type Ok = Part;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Error> {
        let Part::Text(key) = self.filler.part(it)? else { return other("such a key") };
        self.key = Some(key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Error> {
        let Some(key) = self.key.take() else { return other("a value without a key") };
        self.add(MemberKey::Text(key), it)
    }

    fn end(self) -> Result<Part, Error> {
        Ok(self.complete())
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
        self.add(MemberKey::Field(key), it)
    }

    fn end(self) -> Result<Part, Error> {
        Ok(self.complete())
    }
}
