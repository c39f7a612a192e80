//! Validates every emitted object against mlnetc's own strict schema of its kind. Objects that violate it are
//! not written.
//!
//! The schemas are in `schema/`, one for each kind, with shared definitions in `common.json`. They contain only
//! fields that mlnetc writes, so that a new field in `objects` must be added to a schema too.

use std::cell::RefCell;
use std::sync::LazyLock;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::objects::{Emitted, Instance, Object, fill};

/// A violation of the schema of an object's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer of the part that violates the schema.
    pub pointer: String,
    /// The violation, as a message of the validator.
    pub message: String,
}

/// Returns the first violation, if there is one.
pub fn violation(object: &Object) -> Option<Violation> {
    thread_local! {
        static INSTANCE: RefCell<Instance> = RefCell::default();
    }
    INSTANCE.with_borrow_mut(|instance| {
        if let Err(error) = fill(instance, object) {
            return Some(Violation { pointer: String::new(), message: error.to_string() });
        }
        let schema = of_kind(object);
        if schema.is_valid(instance.root()) {
            return None;
        }
        schema.iter_errors(instance.root()).next().map(|error| Violation {
            pointer: error.instance_path().to_string(),
            message: error.to_string(),
        })
    })
}

fn of_kind(object: &Object) -> &'static Validator<Emitted> {
    macro_rules! schema {
        ($file:literal) => {{
            static SCHEMA: LazyLock<Validator<Emitted>> =
                LazyLock::new(|| compile(include_str!(concat!("schema/", $file, ".json"))));
            &SCHEMA
        }};
    }
    match object {
        Object::Namespace(_) => schema!("namespace"),
        Object::NetworkPolicy(_) => schema!("network-policy"),
        Object::Service(_) => schema!("service"),
        Object::Installation(_) => schema!("installation"),
        Object::BfdProfile(_) => schema!("bfd-profile"),
        Object::BgpPeer(_) => schema!("bgp-peer"),
        Object::IpAddressPool(_) => schema!("ip-address-pool"),
        Object::Advertisement(_) => schema!("advertisement"),
        Object::WorkloadPatch(_) => schema!("workload-patch"),
        Object::HelmValues(_) => schema!("helm-values"),
    }
}

/// Compiles a schema, with the definitions of `common.json` added to its own.
fn compile(text: &str) -> Validator<Emitted> {
    let mut schema: Value = serde_json::from_str(text).expect("INVARIANT: the schemas are JSON");
    let common: Value = serde_json::from_str(include_str!("schema/common.json"))
        .expect("INVARIANT: the schemas are JSON");
    let definitions = schema
        .as_object_mut()
        .expect("INVARIANT: a schema is an object")
        .entry("$defs")
        .or_insert_with(|| Value::Object(serde_json::Map::new()));
    for (name, definition) in common.as_object().into_iter().flatten() {
        definitions
            .as_object_mut()
            .expect("INVARIANT: definitions are an object")
            .insert(name.clone(), definition.clone());
    }
    jsonschema::options_for::<Emitted>()
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .expect("INVARIANT: the schemas are schemas")
}

#[cfg(test)]
mod tests;
