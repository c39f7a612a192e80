//! Changes of MetalLB's pools and their effect on the rest of the cluster: Service addresses that no pool contains any
//! longer, and pools that overlap.

use std::collections::BTreeMap;

use serde_json::Value;

use super::difference::{Action, Comparison};
use super::kind::{Kind, ObjectKey};
use super::live::Live;
use super::load_balancers::{addresses, pool_ranges, within};
use super::risk::Class;
use crate::diagnostics::{Code, Message};

/// Adds the risks of a pool that shrinks or is removed: Services of the cluster whose address no pool contains any
/// longer.
pub(super) fn stranded_addresses(
    comparison: &mut Comparison,
    desired: &BTreeMap<ObjectKey, Value>,
    live: &Live,
) {
    let is_pool = |key: &&ObjectKey| key.kind == Kind::IpAddressPool;
    let going: Vec<ObjectKey> =
        comparison.differences.iter().map(|it| it.key.clone()).filter(|it| is_pool(&it)).collect();
    let staying = live.objects.iter().filter(|(key, _)| is_pool(key) && !going.contains(key));
    let mut ranges: Vec<_> = staying.flat_map(|(_, it)| pool_ranges(&it.object)).collect();
    ranges
        .extend(desired.iter().filter(|(key, _)| is_pool(key)).flat_map(|(_, it)| pool_ranges(it)));
    for difference in comparison.differences.iter_mut().filter(|it| is_pool(&&it.key)) {
        let Some(pool) = live.objects.get(&difference.key) else { continue };
        let had = pool_ranges(&pool.object);
        for service in live.objects.values().filter(|it| it.key.kind == Kind::Service) {
            for address in addresses(&service.object) {
                if within(&had, address) && !within(&ranges, address) {
                    let why = format!(
                        "{address} of {} is no longer in a pool: the Service gets another address",
                        service.key
                    );
                    difference.add_risk(Class::MovesAddress, Code::W1034, why);
                }
            }
        }
    }
}

/// Adds the risks of a pool that is created or grows: other pools that overlap it, so that MetalLB rejects it.
pub(super) fn overlapping_pools(
    comparison: &mut Comparison,
    desired: &BTreeMap<ObjectKey, Value>,
    live: &Live,
) {
    let theirs = live.objects.iter().filter(|(key, _)| key.kind == Kind::IpAddressPool);
    let going = comparison.differences.iter().filter(|it| it.action == Action::Remove);
    let going: Vec<ObjectKey> = going.map(|it| it.key.clone()).collect();
    let theirs: Vec<_> =
        theirs.filter(|(key, _)| !desired.contains_key(key) && !going.contains(key)).collect();
    for difference in &mut comparison.differences {
        let wanted =
            desired.get(&difference.key).filter(|_| difference.key.kind == Kind::IpAddressPool);
        let ranges = wanted.map(pool_ranges).unwrap_or_default();
        for (key, pool) in &theirs {
            let held = pool_ranges(&pool.object);
            let overlaps = ranges.iter().any(|(first, last)| {
                held.iter().any(|(a, b)| first.is_ipv4() == a.is_ipv4() && first <= b && a <= last)
            });
            if overlaps {
                let text = format!("the pool overlaps {key}: MetalLB rejects overlapping pools");
                difference.notes.push(Message::new(Code::W1065, text));
            }
        }
    }
}
