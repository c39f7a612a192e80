//! Equivalent forms of MetalLB's pools, peers and advertisements.

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::fields::{default, drop_empty, items};

/// Normalizes a pool: defaults, and ranges in the form `FIRST-LAST`.
pub(super) fn normalize_pool(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    default("autoAssign", &json!(true), desired, live);
    default("avoidBuggyIPs", &json!(false), desired, live);
    for spec in [desired, live] {
        let addresses = spec.get_mut("addresses").and_then(Value::as_array_mut);
        for address in addresses.into_iter().flatten() {
            if let Value::String(text) = address {
                *text = range(text);
            }
        }
        if let Some(Value::Object(allocation)) = spec.get_mut("serviceAllocation") {
            drop_empty(allocation, &["namespaces", "namespaceSelectors", "serviceSelectors"]);
            // For MetalLB, a missing priority is 0.
            if allocation.get("priority") == Some(&json!(0)) {
                allocation.shift_remove("priority");
            }
            for selector in items(allocation, "serviceSelectors") {
                drop_empty(selector, &["matchLabels", "matchExpressions"]);
            }
        }
        drop_empty(spec, &["serviceAllocation"]);
    }
}

/// Normalizes a peer: defaults, and durations in whole seconds.
pub(super) fn normalize_peer(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    default("peerPort", &json!(179), desired, live);
    for field in ["ebgpMultiHop", "disableMP", "dualStackAddressFamily"] {
        default(field, &json!(false), desired, live);
    }
    mask(desired, live);
    for spec in [desired, live] {
        for field in ["holdTime", "keepaliveTime", "connectTime"] {
            if let Some(Value::String(text)) = spec.get_mut(field) {
                *text = seconds(text).map_or_else(|| text.clone(), |it| format!("{it}s"));
            }
        }
        for selector in items(spec, "nodeSelectors") {
            drop_empty(selector, &["matchLabels", "matchExpressions"]);
        }
        drop_empty(spec, &["nodeSelectors", "passwordSecret"]);
        // The namespace is always that of MetalLB, whatever the object contains.
        if let Some(Value::Object(secret)) = spec.get_mut("passwordSecret") {
            secret.shift_remove("namespace");
        }
    }
}

/// Replaces passwords with masks: the first value is the live one.
pub(super) fn mask(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    let had = live.get_mut("password").map(|it| std::mem::replace(it, json!("(hidden 1)")));
    if let Some(it) = desired.get_mut("password") {
        let is_other = had.is_some_and(|had| had != *it);
        *it = json!(if is_other { "(hidden 2)" } else { "(hidden 1)" });
    }
}

/// Returns the seconds of a duration in Go's notation, `1h2m3s`, if they are whole seconds.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let unit = match behind.as_bytes() {
            [b'h', ..] => 3600,
            [b'm', next, ..] if *next == b's' => return None,
            [b'm', ..] => 60,
            [b's', ..] => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = behind.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

/// Normalizes an advertisement: defaults.
pub(super) fn normalize_advertisement(
    desired: &mut Map<String, Value>,
    live: &mut Map<String, Value>,
) {
    default("aggregationLength", &json!(32), desired, live);
    default("aggregationLengthV6", &json!(128), desired, live);
    let lists = [
        "ipAddressPools",
        "ipAddressPoolSelectors",
        "nodeSelectors",
        "interfaces",
        "communities",
        "peers",
        "serviceSelectors",
    ];
    for spec in [desired, live] {
        for selector in items(spec, "nodeSelectors") {
            drop_empty(selector, &["matchLabels", "matchExpressions"]);
        }
        drop_empty(spec, &lists);
    }
}

/// Returns a range of a pool as `FIRST-LAST`; a network is converted, too.
pub(in crate::diff) fn range(text: &str) -> String {
    if let Ok(net) = text.trim().parse::<IpNet>() {
        let last = match net {
            IpNet::V4(net) => net.broadcast().to_string(),
            IpNet::V6(net) => net.broadcast().to_string(),
        };
        return format!("{}-{last}", net.network());
    }
    let ends = text.split('-').map(str::trim);
    ends.collect::<Vec<_>>().join("-")
}
