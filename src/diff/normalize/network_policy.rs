//! Equivalent forms of a NetworkPolicy.

use serde_json::{Map, Value, json};

use super::fields::{drop_empty, items, masked};

/// Removes insignificant fields, and adds fields that are left out.
pub(super) fn normalize(spec: &mut Map<String, Value>) {
    drop_empty(spec, &["ingress", "egress", "policyTypes"]);
    selector(spec, "podSelector");
    spec.entry("podSelector").or_insert_with(|| json!({}));
    if !spec.contains_key("policyTypes") {
        let types = if spec.contains_key("egress") {
            json!(["Ingress", "Egress"])
        } else {
            json!(["Ingress"])
        };
        spec.insert("policyTypes".to_owned(), types);
    }
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in items(spec, rules) {
            // An empty list of peers or ports means all, like a missing list.
            drop_empty(rule, &[peers, "ports"]);
            items(rule, "ports").for_each(|port| {
                port.entry("protocol").or_insert_with(|| json!("TCP"));
            });
            items(rule, peers).for_each(peer);
        }
    }
}

fn peer(peer: &mut Map<String, Value>) {
    selector(peer, "namespaceSelector");
    selector(peer, "podSelector");
    // An empty `podSelector` beside a `namespaceSelector` is redundant: both forms select all pods of the namespaces.
    if peer.contains_key("namespaceSelector") && peer.get("podSelector") == Some(&json!({})) {
        peer.shift_remove("podSelector");
    }
    if let Some(block) = peer.get_mut("ipBlock").and_then(Value::as_object_mut) {
        drop_empty(block, &["except"]);
        block.get_mut("cidr").into_iter().for_each(masked);
        let except = block.get_mut("except").and_then(Value::as_array_mut);
        except.into_iter().flatten().for_each(masked);
    }
}

fn selector(around: &mut Map<String, Value>, field: &str) {
    if let Some(Value::Object(selector)) = around.get_mut(field) {
        drop_empty(selector, &["matchLabels", "matchExpressions"]);
    }
}
