//! The two sides of one object, without what says nothing: what the API server and controllers add,
//! defaults, and what others own. What is left on the live side is compared.
//!
//! mlnetc owns the `spec` of its objects as a whole, so that a field set by hand is a difference.
//! Two kinds are not its alone: the operator fills the Installation, and a chart or an operator owns
//! the workload in which mlnetc sets variables. Of those only what the desired side says is compared.

mod calico;
mod metadata;
mod metallb;
mod network_policy;
#[cfg(test)]
mod recorded;
mod service;
mod workload;

use ipnet::IpNet;
use serde_json::{Map, Value};

pub(super) use metallb::range as address_range;

use super::kind::Kind;

/// Both sides of an object, ready to be compared: `metadata` with what is compared of it, and `spec`.
/// Items of lists stay where they stand on the desired side.
pub(super) fn pair(kind: Kind, desired: &Value, live: &Value) -> (Value, Value) {
    let mut specs = (spec(desired), spec(live));
    let (desired_spec, live_spec) = (&mut specs.0, &mut specs.1);
    match kind {
        // The API server fills it, and mlnetc writes nothing there.
        Kind::Namespace => specs = (Map::new(), Map::new()),
        Kind::Service => service::normalize(desired_spec, live_spec),
        Kind::NetworkPolicy => {
            network_policy::normalize(desired_spec);
            network_policy::normalize(live_spec);
        }
        Kind::Installation => calico::normalize(desired_spec, live_spec),
        // MetalLB fills nothing of it in.
        Kind::BfdProfile => {}
        Kind::BgpPeer => metallb::normalize_peer(desired_spec, live_spec),
        Kind::IpAddressPool => metallb::normalize_pool(desired_spec, live_spec),
        Kind::L2Advertisement | Kind::BgpAdvertisement => {
            metallb::normalize_advertisement(desired_spec, live_spec);
        }
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => {
            workload::normalize(desired_spec, live_spec);
        }
    }
    let metadata = metadata::pair(kind, desired, live);
    (object(metadata.0, specs.0), object(metadata.1, specs.1))
}

/// A desired object that the cluster does not have, as it is shown.
pub(super) fn created(desired: &Value) -> Value {
    let metadata = metadata::shown(desired);
    object(metadata, spec(desired))
}

/// An object with masks in place of values that may be secret, and without what somebody applied before.
pub(super) fn hidden(kind: Kind, desired: &Value) -> Value {
    let mut desired = desired.clone();
    metadata::forget(&mut desired);
    let spec = desired.get_mut("spec").and_then(Value::as_object_mut);
    match spec {
        Some(spec) if kind.is_patched() => workload::mask(spec, &mut Map::new()),
        Some(spec) if kind == Kind::BgpPeer => metallb::mask(spec, &mut Map::new()),
        Some(_) | None => {}
    }
    desired
}

/// An object that goes, as it is shown.
pub(super) fn removed(kind: Kind, live: &Value) -> Value {
    pair(kind, &Value::Null, live).1
}

fn spec(object: &Value) -> Map<String, Value> {
    object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn object(metadata: Map<String, Value>, spec: Map<String, Value>) -> Value {
    let mut object = Map::new();
    for (field, map) in [("metadata", metadata), ("spec", spec)] {
        if !map.is_empty() {
            object.insert(field.to_owned(), Value::Object(map));
        }
    }
    Value::Object(object)
}

/// Where one side leaves a field out, it means the default: the field goes if the other side says
/// just that, and else stands on both.
fn default(field: &str, value: &Value, a: &mut Map<String, Value>, b: &mut Map<String, Value>) {
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
fn items<'a>(
    map: &'a mut Map<String, Value>,
    field: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    let list = map.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Drops a list or map that is empty, where that means the same as leaving it out.
fn drop_empty(map: &mut Map<String, Value>, fields: &[&str]) {
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
fn masked(network: &mut Value) {
    if let Some(net) = network.as_str().and_then(|it| it.parse::<IpNet>().ok()) {
        *network = Value::String(net.trunc().to_string());
    }
}

/// Leaves of `live` only what `desired` says too, in every map on the way.
fn restrict(desired: &Map<String, Value>, live: &mut Map<String, Value>) {
    live.retain(|field, _| desired.contains_key(field));
    for (field, value) in desired {
        if let (Value::Object(desired), Some(Value::Object(live))) = (value, live.get_mut(field)) {
            restrict(desired, live);
        }
    }
}
