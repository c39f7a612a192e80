//! Operations on fields that several kinds share: defaults, empty lists, networks, fields of one side only.

use ipnet::IpNet;
use serde_json::{Map, Value};

/// Where one side leaves a field out, it means the default: the field goes if the other side says
/// just that, and else stands on both.
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

/// The maps in a list.
pub(super) fn items<'a>(
    map: &'a mut Map<String, Value>,
    field: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    let list = map.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Drops a list or map that is empty, where that means the same as leaving it out.
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

/// Writes a network in the one way: `10.0.0.1/8` and `10.0.0.0/8` are the same.
pub(super) fn masked(network: &mut Value) {
    if let Some(net) = network.as_str().and_then(|it| it.parse::<IpNet>().ok()) {
        *network = Value::String(net.trunc().to_string());
    }
}

/// Leaves of `live` only what `desired` says too, in every map on the way.
pub(super) fn restrict(desired: &Map<String, Value>, live: &mut Map<String, Value>) {
    live.retain(|field, _| desired.contains_key(field));
    for (field, value) in desired {
        if let (Value::Object(desired), Some(Value::Object(live))) = (value, live.get_mut(field)) {
            restrict(desired, live);
        }
    }
}
