//! Calico's Installation: the operator writes its defaults back into the `spec`, so only fields that the desired side
//! sets are compared. mlnetc owns the whole list of pools.

use serde_json::{Map, Value};

use super::fields::{items, masked, restrict};

/// Keeps on the live side only fields that the desired side sets, and every pool.
pub(super) fn normalize(desired: &mut Map<String, Value>, live: &mut Map<String, Value>) {
    restrict(desired, live);
    mask_pools(desired);
    mask_pools(live);
    let network = |spec: &mut Map<String, Value>| -> Map<String, Value> {
        spec.get("calicoNetwork").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let mut wanted = network(desired);
    let wanted: Vec<Map<String, Value>> =
        items(&mut wanted, "ipPools").map(|it| it.clone()).collect();
    let Some(network) = live.get_mut("calicoNetwork").and_then(Value::as_object_mut) else {
        return;
    };
    for pool in items(network, "ipPools") {
        if let Some(twin) = wanted.iter().find(|it| it.get("cidr") == pool.get("cidr")) {
            restrict(twin, pool);
        }
    }
}

/// Normalizes the network of each pool.
fn mask_pools(spec: &mut Map<String, Value>) {
    let network = spec.get_mut("calicoNetwork").and_then(Value::as_object_mut);
    for pool in network.into_iter().flat_map(|it| items(it, "ipPools")) {
        pool.get_mut("cidr").into_iter().for_each(masked);
    }
}
