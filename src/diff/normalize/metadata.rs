//! Labels and annotations: those of mlnetc are compared, those of other tools are not.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::diff::kind::Kind;
use crate::manifests::owner::{MANAGED_BY, is_ours};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Annotation with the place of the declaration; a line that moves changes nothing in the cluster.
const SOURCE: &str = "mlnet.dev/source";

/// Returns the labels and annotations to compare, of both sides.
pub(super) fn pair(
    kind: Kind,
    desired: &Value,
    live: &Value,
) -> (Map<String, Value>, Map<String, Value>) {
    let mut pair = (Map::new(), Map::new());
    // In a workload of a chart or an operator, mlnetc sets only variables.
    if kind.is_patched() {
        return pair;
    }
    for field in ["labels", "annotations"] {
        let (desired, mut live_map) = (map(desired, field), map(live, field));
        let applied = applied_before(live, field);
        live_map.retain(|key, _| {
            desired.contains_key(key) || applied.contains(key) || is_our_word(kind, field, key)
        });
        for (side, mut it) in [(&mut pair.0, desired), (&mut pair.1, live_map)] {
            it.shift_remove(SOURCE);
            // The annotation repeats the whole object as it was applied.
            it.shift_remove(LAST_APPLIED);
            if !it.is_empty() {
                side.insert(field.to_owned(), Value::Object(it));
            }
        }
    }
    pair
}

/// Returns the labels and annotations of a desired object that are shown.
pub(super) fn shown(desired: &Value) -> Map<String, Value> {
    let mut metadata = Map::new();
    for (field, unsaid) in [("labels", MANAGED_BY), ("annotations", SOURCE)] {
        let mut it = map(desired, field);
        it.shift_remove(unsaid);
        it.shift_remove(LAST_APPLIED);
        if !it.is_empty() {
            metadata.insert(field.to_owned(), Value::Object(it));
        }
    }
    metadata
}

/// Removes the annotation of an earlier `kubectl apply`, which contains the whole object of that time.
pub(super) fn forget(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.shift_remove(LAST_APPLIED);
    }
}

fn map(object: &Value, field: &str) -> Map<String, Value> {
    let metadata = object.get("metadata");
    metadata.and_then(|it| it.get(field)).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Returns whether only mlnetc sets a key: its own domain, and the annotations with which a Service requests an address
/// from MetalLB (misspelt keys as well, which MetalLB ignores silently).
fn is_our_word(kind: Kind, field: &str, key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    match domain {
        "mlnet.dev" => true,
        // MetalLB itself writes this annotation.
        "metallb.io" | "metallb.universe.tf" => {
            kind == Kind::Service
                && field == "annotations"
                && !key.ends_with("/ip-allocated-from-pool")
        }
        _ => false,
    }
}

/// Returns the keys that an earlier apply of mlnetc's output set: an apply without them removes them.
fn applied_before(live: &Value, field: &str) -> BTreeSet<String> {
    if !is_ours(live) {
        return BTreeSet::new();
    }
    let applied =
        map(live, "annotations").get(LAST_APPLIED).and_then(Value::as_str).map(str::to_owned);
    let applied: Value = serde_json::from_str(&applied.unwrap_or_default()).unwrap_or(Value::Null);
    let mut keys: BTreeSet<String> = map(&applied, field).keys().cloned().collect();
    let managers = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let ours = managers.into_iter().flatten().filter(|it| it["manager"] == "mlnetc");
    for manager in ours {
        let fields = manager.pointer(&format!("/fieldsV1/f:metadata/f:{field}"));
        let fields = fields.and_then(Value::as_object).into_iter().flat_map(Map::keys);
        keys.extend(fields.filter_map(|it| it.strip_prefix("f:")).map(str::to_owned));
    }
    keys
}
