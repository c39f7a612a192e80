//! Both sides of one object without insignificant parts: fields that the API server and controllers add, defaults, and
//! fields of other owners. The rest of the live side is compared.
//!
//! mlnetc owns the whole `spec` of its objects, so a field that is set by hand is a difference. Two kinds have further
//! owners: the operator fills in the Installation, and a chart or an operator owns the workload in which mlnetc sets
//! variables. Of those, only fields that the desired side sets are compared.

mod calico;
mod fields;
mod metadata;
mod metallb;
mod network_policy;
#[cfg(test)]
mod recorded;
mod service;
mod workload;

use serde_json::{Map, Value};

pub(super) use metallb::range as address_range;

use super::kind::Kind;

/// Returns both sides of an object for comparison: `metadata` with the compared labels and annotations, and `spec`.
/// List items keep their order of the desired side.
pub(super) fn pair(kind: Kind, desired: &Value, live: &Value) -> (Value, Value) {
    let mut specs = (spec(desired), spec(live));
    let (desired_spec, live_spec) = (&mut specs.0, &mut specs.1);
    match kind {
        // The API server fills in the `spec`, and mlnetc writes none.
        Kind::Namespace => specs = (Map::new(), Map::new()),
        Kind::Service => service::normalize(desired_spec, live_spec),
        Kind::NetworkPolicy => {
            network_policy::normalize(desired_spec);
            network_policy::normalize(live_spec);
        }
        Kind::Installation => calico::normalize(desired_spec, live_spec),
        // MetalLB sets no defaults in it.
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

/// Returns a desired object that the cluster does not have, as it is shown.
pub(super) fn created(desired: &Value) -> Value {
    let metadata = metadata::shown(desired);
    object(metadata, spec(desired))
}

/// Returns an object with masks in place of values that may be secret, and without the last applied configuration.
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

/// Returns an object that is removed, as it is shown.
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
