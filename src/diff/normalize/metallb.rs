//! The forms of a MetalLB pool and of its announcements that mean the same.

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::{default, drop_empty, items};

/// A pool: defaults, and ranges in the form `FIRST-LAST`.
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
            // MetalLB reads a missing priority as 0.
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

/// An advertisement: defaults.
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
    drop_empty(desired, &lists);
    drop_empty(live, &lists);
}

/// `FIRST-LAST` of what a pool writes for it, a network as well.
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
