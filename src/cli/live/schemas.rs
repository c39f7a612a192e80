//! Validates objects with the cluster's schemas of their kinds, if a dry run is not permitted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};
use ureq::http::StatusCode;

use super::client::Client;
use super::trouble::Trouble;
use super::wanted::wanted;
use crate::diff::{Differing, Kind};
use crate::origin::Traced;

/// A part of an object that a schema rejects.
pub(super) struct Mistake<'s> {
    pub(super) object: String,
    pub(super) traced: &'s Traced,
    pub(super) pointer: String,
    pub(super) why: String,
}

/// Returns the parts that the schemas reject. A schema that cannot be read rejects nothing.
pub(super) fn check<'s>(
    client: &Client,
    objects: &[&Differing<'s>],
) -> Result<Vec<Mistake<'s>>, Trouble> {
    let mut schemas: BTreeMap<Kind, Option<Value>> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for Differing { key, object, traced, .. } in objects.iter().copied() {
        let Some(resource) = wanted().find(|it| it.name() == key.kind.qualified()) else {
            continue;
        };
        // Kinds of Kubernetes itself have no CustomResourceDefinition.
        if matches!(resource.group, "" | "apps" | "networking.k8s.io") {
            continue;
        }
        let schema = match schemas.entry(key.kind) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(schema(client, &resource.name(), resource.version)?)
            }
        };
        let Some(schema) = schema else { continue };
        let Ok(validator) = jsonschema::draft202012::new(schema) else { continue };
        for error in validator.iter_errors(object) {
            mistakes.push(Mistake {
                object: key.to_string(),
                traced,
                pointer: error.instance_path().to_string(),
                why: error.to_string(),
            });
        }
    }
    Ok(mistakes)
}

/// Returns the schema of a CustomResourceDefinition in a version.
fn schema(client: &Client, name: &str, version: &str) -> Result<Option<Value>, Trouble> {
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    let reply = client.get(&path)?;
    if reply.status != StatusCode::OK {
        return Ok(None);
    }
    let versions = reply.body.pointer("/spec/versions").and_then(Value::as_array);
    let version = versions.into_iter().flatten().find(|it| it["name"] == version);
    let schema = version.and_then(|it| it.pointer("/schema/openAPIV3Schema")).cloned();
    Ok(schema.map(strict))
}

/// Makes a schema as strict as the API server: unknown fields of a map are rejected, and `metadata` is not checked.
fn strict(schema: Value) -> Value {
    match schema {
        Value::Object(mut map) => {
            // mlnetc writes no value whose format could be wrong, and the names of the formats are specific to
            // Kubernetes.
            map.shift_remove("format");
            if map.get("nullable") == Some(&json!(true)) {
                let kind = map.shift_remove("type");
                map.extend(kind.map(|it| ("type".to_owned(), json!([it, "null"]))));
            }
            if map.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
                map.shift_remove("type");
            }
            let is_open = map.contains_key("additionalProperties")
                || map.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(true));
            let has_fields = map.get("properties").is_some_and(Value::is_object);
            let mut map: Map<String, Value> = map
                .into_iter()
                .map(|(field, it)| {
                    let it = match field.as_str() {
                        "properties" => fields(it),
                        "default" | "enum" | "example" => it,
                        _ => strict(it),
                    };
                    (field, it)
                })
                .collect();
            if has_fields && !is_open {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(map)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(strict).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema,
    }
}

/// Returns the fields of a map, each with its schema.
fn fields(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    Value::Object(map.into_iter().map(|(field, it)| (field, strict(it))).collect())
}
