//! Fields that the API server adds to a Service.

use serde_json::{Map, Value, json};

use super::fields::{default, drop_empty, items};

/// Fields that the API server sets if the manifest does not.
const ASSIGNED: [&str; 5] =
    ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"];

/// Removes `clusterIPs` where it only repeats `clusterIP`.
fn drop_repeated_address(spec: &mut Map<String, Value>) {
    let addresses = spec.get("clusterIPs").and_then(Value::as_array).map(Vec::as_slice);
    if let Some([one]) = addresses
        && spec.get("clusterIP") == Some(one)
    {
        spec.shift_remove("clusterIPs");
    }
}

/// Removes a value that the API server assigned to one side and that the other side does not set. `None` as the
/// address of a headless Service is never assigned.
fn drop_assigned(field: &str, without: &Map<String, Value>, with: &mut Map<String, Value>) {
    let is_headless = field == "clusterIP" && with.get(field).is_some_and(|it| it == "None");
    if !without.contains_key(field) && !is_headless {
        with.shift_remove(field);
    }
}

/// Removes insignificant fields from both sides.
pub(super) fn normalize(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    drop_repeated_address(desired);
    drop_repeated_address(live);
    for field in ASSIGNED {
        drop_assigned(field, desired, live);
        drop_assigned(field, live, desired);
    }
    default("type", &json!("ClusterIP"), desired, live);
    default("sessionAffinity", &json!("None"), desired, live);
    default("internalTrafficPolicy", &json!("Cluster"), desired, live);
    default("externalTrafficPolicy", &json!("Cluster"), desired, live);
    default("allocateLoadBalancerNodePorts", &json!(true), desired, live);
    default("publishNotReadyAddresses", &json!(false), desired, live);
    for side in [&mut *desired, &mut *live] {
        drop_empty(side, &["selector", "ports", "externalIPs", "loadBalancerSourceRanges"]);
        for port in items(side, "ports") {
            port.entry("protocol").or_insert_with(|| json!("TCP"));
            let dialled = port.get("port").cloned().unwrap_or_default();
            port.entry("targetPort").or_insert(dialled);
        }
    }
    let wanted: Vec<Map<String, Value>> = items(desired, "ports").map(|it| it.clone()).collect();
    for port in items(live, "ports") {
        let is_twin = |it: &&Map<String, Value>| {
            ["port", "protocol"].iter().all(|field| it.get(*field) == port.get(*field))
        };
        let twin = wanted.iter().find(is_twin);
        if !twin.is_some_and(|it| it.contains_key("nodePort")) {
            port.shift_remove("nodePort");
        }
    }
}
