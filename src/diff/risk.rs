//! What may go wrong when a difference is applied, as far as the objects show it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::kind::{Key, Kind};
use super::live::Live;
use super::{Action, Comparison, Difference, FieldChange};
use crate::source::Place;

/// A class of risks, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Connections break, or something has to be made anew.
    Disruptive,
    /// A pod of the cluster loses connections that it had.
    LocksOut,
    /// Pods may talk to the internet, or the internet to them.
    OpensToInternet,
    /// A load balancer gets another address, or loses the one it has.
    MovesAddress,
    /// Pods start again.
    Restarts,
    /// The cluster has policies of which nobody here knows what they do.
    NotAnalysed,
}

/// A risk, explained.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Risk {
    /// Its class.
    pub class: Class,
    /// What happens.
    pub why: String,
    /// The places in the source behind it; none for one that is about an object, which knows its own.
    pub at: Vec<Place>,
}

impl Class {
    /// Every class, the worst first.
    pub const ALL: [Class; 6] = [
        Self::Disruptive,
        Self::LocksOut,
        Self::OpensToInternet,
        Self::MovesAddress,
        Self::Restarts,
        Self::NotAnalysed,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disruptive => "disruptive",
            Self::LocksOut => "locks-out",
            Self::OpensToInternet => "opens-to-internet",
            Self::Restarts => "restarts",
            Self::MovesAddress => "moves-address",
            Self::NotAnalysed => "not-analysed",
        }
    }
}

impl Risk {
    /// One without a place of its own.
    pub fn new(class: Class, why: String) -> Self {
        Self { class, why, at: Vec::new() }
    }
}

/// Says what is risky about a change.
pub(super) fn of_change(difference: &mut Difference, desired: &Value, live: &Value) {
    match difference.key.kind {
        Kind::Installation => of_installation(difference),
        Kind::Service => of_service(difference, desired, live),
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => {
            let workload = difference.key.kind.name();
            difference.risk(
                Class::Restarts,
                format!("the pods of the {workload} start again with the new values"),
            );
        }
        Kind::Namespace
        | Kind::NetworkPolicy
        | Kind::BfdProfile
        | Kind::BgpPeer
        | Kind::IpAddressPool
        | Kind::L2Advertisement
        | Kind::BgpAdvertisement => {}
    }
}

/// Says what is risky about a removal.
pub(super) fn of_removal(difference: &mut Difference, live: &Value) {
    match difference.key.kind {
        Kind::Namespace => {
            difference
                .risk(Class::Disruptive, "everything in the namespace goes with it".to_owned());
        }
        Kind::Installation => difference.risk(
            Class::Disruptive,
            "without it the operator takes Calico out of the cluster, and pods lose their network"
                .to_owned(),
        ),
        Kind::Service => {
            if let Some(address) = addresses(live).first() {
                let why = format!("{address} becomes free, and another Service may get it");
                difference.risk(Class::MovesAddress, why);
            }
        }
        Kind::NetworkPolicy
        | Kind::BfdProfile
        | Kind::BgpPeer
        | Kind::IpAddressPool
        | Kind::L2Advertisement
        | Kind::BgpAdvertisement
        | Kind::Deployment
        | Kind::StatefulSet
        | Kind::DaemonSet => {}
    }
}

fn of_installation(difference: &mut Difference) {
    let mut risks = Vec::new();
    for FieldChange { pointer, before, after, .. } in &difference.changes {
        let (class, why) = match pointer.rsplit('/').next().unwrap_or_default() {
            "blockSize" => (
                Class::Disruptive,
                "Calico refuses another `blockSize` for a pool that exists: pods have to move to a new pool".to_owned(),
            ),
            "encapsulation" => (
                Class::Disruptive,
                "another `encapsulation` breaks connections between nodes that are open".to_owned(),
            ),
            "bgp" | "mtu" | "containerIPForwarding" | "flexVolumePath" => {
                (Class::Restarts, "calico-node starts again, node by node; pods keep their network".to_owned())
            }
            _ if pointer.starts_with("/spec/calicoNetwork/ipPools/") => {
                let cidr = |it: &Option<Value>| Some(it.as_ref()?.get("cidr")?.as_str()?.to_owned());
                match (cidr(before), cidr(after)) {
                    (Some(gone), None) => (
                        Class::Disruptive,
                        format!("the operator deletes the pool `{gone}`: pods with an address of it keep it until they are made again"),
                    ),
                    _ => continue,
                }
            }
            _ => continue,
        };
        risks.push((class, why));
    }
    for (class, why) in risks {
        difference.risk(class, why);
    }
}

fn of_service(difference: &mut Difference, desired: &Value, live: &Value) {
    let text = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    };
    let is_balanced =
        |object: &Value| text(object, "/spec/type").as_deref() == Some("LoadBalancer");
    let (has, wants) = (addresses(live), requested(desired));
    if let Some(address) = has.first()
        && !is_balanced(desired)
    {
        difference.risk(
            Class::MovesAddress,
            format!("it loses the address {address}: nobody reaches it there any more"),
        );
    }
    if let (Some(from), Some(to)) = (has.first(), wants.first())
        && is_balanced(desired)
        && !wants.iter().any(|it| has.contains(it))
    {
        difference.risk(
            Class::MovesAddress,
            format!("it moves from {from} to {to}: whoever dials {from} has to be told"),
        );
    }
    let changed =
        |field: &str| difference.changes.iter().any(|it| it.pointer == format!("/spec/{field}"));
    let (is_remade, keeps_node_ports) = (
        changed("clusterIP"),
        changed("allocateLoadBalancerNodePorts")
            && desired.pointer("/spec/allocateLoadBalancerNodePorts") == Some(&Value::Bool(false)),
    );
    if is_remade {
        difference.risk(
            Class::Disruptive,
            "the API server refuses another `clusterIP`: the Service has to be deleted and made again".to_owned(),
        );
    }
    if keeps_node_ports {
        difference.notes.push(
            "the node ports that it has stay open until the Service is made again".to_owned(),
        );
    }
}

/// The addresses that a load balancer has; of one that no API server has seen, those that it asks for.
pub(super) fn addresses(service: &Value) -> Vec<IpAddr> {
    if service.get("status").is_none() {
        return requested(service);
    }
    let ingress = service.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    let addresses =
        ingress.into_iter().flatten().filter_map(|it| it.get("ip")?.as_str()?.parse().ok());
    addresses.collect()
}

/// The addresses that a Service asks MetalLB for.
pub(super) fn requested(service: &Value) -> Vec<IpAddr> {
    let keys = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
    let annotations = service.pointer("/metadata/annotations");
    let asked = keys.iter().find_map(|key| annotations?.get(*key)?.as_str()).unwrap_or_default();
    asked.split(',').filter_map(|it| it.trim().parse().ok()).collect()
}

/// Says of a pool that shrinks or goes which Services of the cluster have an address that no pool
/// has any more.
pub(super) fn stranded_addresses(
    comparison: &mut Comparison,
    desired: &BTreeMap<Key, Value>,
    live: &Live,
) {
    let is_pool = |key: &&Key| key.kind == Kind::IpAddressPool;
    let going: Vec<Key> =
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
                        "{address} of {} is in no pool any more: it gets another address",
                        service.key
                    );
                    difference.risk(Class::MovesAddress, why);
                }
            }
        }
    }
}

/// Says of a pool that is made or grows which pools of others hold its addresses: MetalLB refuses it.
pub(super) fn overlapping_pools(
    comparison: &mut Comparison,
    desired: &BTreeMap<Key, Value>,
    live: &Live,
) {
    let theirs = live.objects.iter().filter(|(key, _)| key.kind == Kind::IpAddressPool);
    let going = comparison.differences.iter().filter(|it| it.action == Action::Remove);
    let going: Vec<Key> = going.map(|it| it.key.clone()).collect();
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
                difference.notes.push(format!(
                    "{key} holds addresses of it: MetalLB refuses pools that overlap"
                ));
            }
        }
    }
}

/// The first and the last address of each range of a pool.
pub(super) fn pool_ranges(pool: &Value) -> Vec<(IpAddr, IpAddr)> {
    let entries = pool.pointer("/spec/addresses").and_then(Value::as_array).into_iter().flatten();
    let ranges = entries.filter_map(Value::as_str).map(super::normalize::address_range);
    ranges
        .filter_map(|it| {
            it.split_once('-')
                .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)))
        })
        .collect()
}

/// Whether an address lies in one of some ranges.
pub(super) fn within(ranges: &[(IpAddr, IpAddr)], address: IpAddr) -> bool {
    ranges.iter().any(|(first, last)| {
        first.is_ipv4() == address.is_ipv4() && *first <= address && address <= *last
    })
}

impl Difference {
    fn risk(&mut self, class: Class, why: String) {
        let risk = Risk::new(class, why);
        if !self.risks.contains(&risk) {
            self.risks.push(risk);
            self.risks.sort();
        }
    }
}
