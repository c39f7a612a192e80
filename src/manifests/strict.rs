//! Parses YAML and JSON texts to JSON values, more strictly than the parsers do by default: a duplicate key is
//! an error with its place. Merge keys (`<<`) are applied, as `kubectl` does.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one value.
#[derive(Clone, Copy)]
struct Strict;

/// Reads the key of a map. Manifests also write numbers and booleans as keys, which stand for strings.
#[derive(Clone, Copy)]
struct MapKey;

/// Returns every document of a YAML text. An error names the document, the path in it, and the line.
pub(super) fn yaml(text: &str) -> Result<Vec<Value>, String> {
    let documents = serde_yaml::Deserializer::from_str(text).enumerate();
    let read = |(at, document): (usize, serde_yaml::Deserializer<'_>)| {
        Strict.deserialize(document).map_err(|why| format!("document {}: {why}", at + 1))
    };
    documents.map(read).collect()
}

/// Returns every value of a JSON text or of a JSON stream.
pub(super) fn json(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    let mut rest = serde_json::Deserializer::from_str(text);
    while rest.end().is_err() {
        let read = Strict.deserialize(&mut rest);
        values.push(read.map_err(|why| format!("document {}: {why}", values.len() + 1))?);
    }
    Ok(values)
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    // The YAML parser calls this for an empty document.
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Number::from_f64(it).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::String(it.to_owned()))
    }

    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(Value::String(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = from.next_key_seed(MapKey)? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is set twice")));
            }
            let value = from.next_value_seed(Self)?;
            if key == "<<" {
                merged.push(value);
            } else {
                map.insert(key, value);
            }
        }
        for value in merged {
            merge(&mut map, value);
        }
        Ok(Value::Object(map))
    }

    // Rejects YAML tags, which have no meaning in manifests.
    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<Value, A::Error> {
        let (tag, _): (String, _) = from.variant()?;
        Err(A::Error::custom(format!("the tag `{tag}` is not allowed in a manifest")))
    }
}

/// Adds the entries of a merge key. Entries of the map itself take precedence.
fn merge(map: &mut Map<String, Value>, from: Value) {
    match from {
        Value::Object(more) => {
            for (key, value) in more {
                map.entry(key).or_insert(value);
            }
        }
        Value::Array(several) => several.into_iter().for_each(|it| merge(map, it)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl<'de> DeserializeSeed<'de> for MapKey {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for MapKey {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, it: &str) -> Result<String, E> {
        Ok(it.to_owned())
    }

    fn visit_bool<E>(self, it: bool) -> Result<String, E> {
        Ok(it.to_string())
    }

    fn visit_i64<E>(self, it: i64) -> Result<String, E> {
        Ok(it.to_string())
    }

    fn visit_u64<E>(self, it: u64) -> Result<String, E> {
        Ok(it.to_string())
    }

    fn visit_f64<E>(self, it: f64) -> Result<String, E> {
        Ok(it.to_string())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_given_twice_is_an_error_that_says_where() {
        let messages = yaml("a: 1\n---\nspec:\n  ports:\n  - port: 80\n    port: 81\n");
        assert_eq!(
            messages.expect_err("twice"),
            "document 2: spec.ports[0]: the key `port` is set twice at line 5 column 5"
        );
        let messages = json("{\"a\": 1}\n{\"b\": 1, \"b\": 2}");
        assert!(messages.expect_err("twice").contains("document 2: the key `b` is set twice"));
    }

    #[test]
    fn documents_are_read_one_after_another() {
        let read = yaml("a: 1\n---\n---\nb: [x, {8080: yes}]\n").expect("sound");
        assert_eq!(read, [json!({"a": 1}), json!(null), json!({"b": ["x", {"8080": "yes"}]})]);
        assert_eq!(json(" {\"a\": 1} [2]\n").expect("sound"), [json!({"a": 1}), json!([2])]);
        assert_eq!(yaml("# nothing\n").expect("sound"), [json!(null)]);
        assert_eq!(json(" ").expect("sound"), Vec::<Value>::new());
    }

    #[test]
    fn merge_keys_are_applied() {
        let read = yaml("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n").expect("sound");
        assert_eq!(read[0]["y"], json!({"a": 1, "b": 3}));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        assert!(yaml("a: !Ref b\n").expect_err("a tag").contains("the tag `Ref`"));
        assert!(yaml("a: [1\nb: {\n").expect_err("broken").contains("line"));
    }
}
