//! Load balancers that request an address of the source and do not have it: no pool has a free address, or another
//! Service has the address. Without a new pool that contains the address, an apply does not change this.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::difference::{Action, Comparison};
use super::kind::{Kind, ObjectKey, emitted};
use super::live::Live;
use super::load_balancers::{addresses, pool_ranges, requested, within};

use crate::diagnostics::{Code, Message};
use crate::origin::Traced;

/// Returns a note for each such load balancer.
pub(super) fn notes(objects: &[Traced], live: &Live, comparison: &Comparison) -> Vec<Message> {
    let changes = comparison.differences.iter().filter(|it| it.action != Action::Remove);
    let changes: BTreeSet<&ObjectKey> = changes.map(|it| &it.key).collect();
    let all: Vec<(ObjectKey, Value)> = objects.iter().filter_map(emitted).collect();
    let comes = all.iter().filter(|(key, _)| key.kind == Kind::IpAddressPool);
    let comes = comes.filter(|(key, _)| changes.contains(key));
    let comes: Vec<(IpAddr, IpAddr)> = comes.flat_map(|(_, pool)| pool_ranges(pool)).collect();
    let asked = all.iter().filter(|(key, _)| key.kind == Kind::Service);
    asked.filter_map(|(key, object)| note(key, &requested(object), live, &comes)).collect()
}

/// Returns the note about one Service. `comes`: the ranges of the pools that an apply creates or changes.
fn note(
    key: &ObjectKey,
    wanted: &[IpAddr],
    live: &Live,
    comes: &[(IpAddr, IpAddr)],
) -> Option<Message> {
    let service = &live.objects.get(key)?.object;
    let has = addresses(service);
    // A Service that does not request the address yet is shown as a difference.
    let asks = !wanted.is_empty() && requested(service) == wanted && is_assigned(service);
    if !asks || wanted.iter().all(|it| has.contains(it)) {
        return None;
    }
    let missing: Vec<IpAddr> = wanted.iter().filter(|it| !has.contains(it)).copied().collect();
    let words =
        |all: &[IpAddr]| all.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" and ");
    let takers = live.objects.values().filter(|it| {
        let is_other = it.key.kind == Kind::Service && it.key != *key;
        let has = is_other && it.object.get("status").is_some();
        has && addresses(&it.object).iter().any(|address| missing.contains(address))
    });
    let takers: Vec<String> = takers.map(|it| it.key.to_string()).collect();
    let waits = if has.is_empty() {
        format!("{key} waits for {}", words(&missing))
    } else {
        format!("{key} has {} and waits for {}", words(&has), words(&missing))
    };
    if takers.is_empty() && missing.iter().all(|it| within(comes, *it)) {
        return None;
    }
    let text = match takers.as_slice() {
        [] => format!("{waits}: `kubectl describe` shows the event of MetalLB"),
        takers => format!("{waits}, which {} has", takers.join(" and ")),
    };
    Some(Message::new(Code::W1066, text))
}

/// Returns whether a load-balancer controller is expected to assign an address.
fn is_assigned(service: &Value) -> bool {
    service.get("status").is_some() && service["spec"]["type"] == "LoadBalancer"
}
