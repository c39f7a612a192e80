//! Operations on fields that several kinds share: defaults, empty lists, networks, fields of one side only.

use ipnet::IpNet;
use serde_json::{Map, Value};

/// Applies a default if one side lacks a field: the field is removed if the other side has the default value, and is
/// set on both sides otherwise.
pub(super) fn default(
    field: &str,
    value: &Value,
    a: &mut Map<String, Value>,
    b: &mut Map<String, Value>,
) {
    let (absent, present) = if a.contains_key(field) { (b, a) } else { (a, b) };
    if absent.contains_key(field) {
        return;
    }
    match present.get(field) {
        Some(it) if it == value => {
            present.shift_remove(field);
        }
        Some(_) => {
            absent.insert(field.to_owned(), value.clone());
        }
        None => {}
    }
}

/// Returns the maps in a list.
pub(super) fn items<'a>(
    map: &'a mut Map<String, Value>,
    field: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    let list = map.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Removes empty lists or maps that mean the same as a missing field.
pub(super) fn drop_empty(map: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        let is_empty = match map.get(*field) {
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Null) => true,
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
        };
        if is_empty {
            map.shift_remove(*field);
        }
    }
}

/// Normalizes a network: `10.0.0.1/8` and `10.0.0.0/8` are the same.
pub(super) fn masked(network: &mut Value) {
    if let Some(net) = network.as_str().and_then(|it| it.parse::<IpNet>().ok()) {
        *network = Value::String(net.trunc().to_string());
    }
}

/// Keeps in `live` only the fields that `desired` has too, in nested maps as well.
pub(super) fn restrict(desired: &Map<String, Value>, live: &mut Map<String, Value>) {
    live.retain(|field, _| desired.contains_key(field));
    for (field, value) in desired {
        if let (Value::Object(desired), Some(Value::Object(live))) = (value, live.get_mut(field)) {
            restrict(desired, live);
        }
    }
}
