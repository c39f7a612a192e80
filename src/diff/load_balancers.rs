//! Addresses of load balancers: those that a Service has or requests, and the ranges of MetalLB's pools.

use std::net::IpAddr;

use serde_json::Value;

use super::normalize::address_range;

/// Returns the addresses of a load balancer; before the API server has seen it, the addresses that it requests.
pub(super) fn addresses(service: &Value) -> Vec<IpAddr> {
    if service.get("status").is_none() {
        return requested(service);
    }
    let ingress = service.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    let addresses =
        ingress.into_iter().flatten().filter_map(|it| it.get("ip")?.as_str()?.parse().ok());
    addresses.collect()
}

/// Returns the addresses that a Service requests from MetalLB.
pub(super) fn requested(service: &Value) -> Vec<IpAddr> {
    let keys = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
    let annotations = service.pointer("/metadata/annotations");
    let asked = keys.iter().find_map(|key| annotations?.get(*key)?.as_str()).unwrap_or_default();
    asked.split(',').filter_map(|it| it.trim().parse().ok()).collect()
}

/// Returns the first and the last address of each range of a pool.
pub(super) fn pool_ranges(pool: &Value) -> Vec<(IpAddr, IpAddr)> {
    let entries = pool.pointer("/spec/addresses").and_then(Value::as_array).into_iter().flatten();
    let ranges = entries.filter_map(Value::as_str).map(address_range);
    ranges
        .filter_map(|it| {
            it.split_once('-')
                .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)))
        })
        .collect()
}

/// Returns whether an address lies in one of some ranges.
pub(super) fn within(ranges: &[(IpAddr, IpAddr)], address: IpAddr) -> bool {
    ranges.iter().any(|(first, last)| {
        first.is_ipv4() == address.is_ipv4() && *first <= address && address <= *last
    })
}
