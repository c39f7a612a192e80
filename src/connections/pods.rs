//! The pods that are asked about: those of the cluster, and where it has none of a workload or a namespace of a
//! source, pods that stand for them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::side::Side;
use crate::model::Model;
use crate::prove;
use crate::scalar::AddressRange;
use crate::verify::{Labels, Pods};

/// The name of pods in namespaces of which nobody knows.
const STRANGERS: &str = "pods of other namespaces";

/// All pods of both sides.
pub(super) fn of(sides: [&Side<'_>; 2], live: Vec<Pods>) -> Vec<Pods> {
    let mut all = Vec::new();
    let mut taken = BTreeSet::new();
    {
        let mut labels = BTreeMap::<&str, BTreeSet<&Labels>>::new();
        for it in live.iter().filter(|it| !it.host_network) {
            labels.entry(&it.namespace).or_default().insert(&it.labels);
        }
        for source in sides.iter().rev().filter_map(|it| it.source) {
            let seen = seen(source.model, &labels);
            let namespaces = source.model.namespaces.iter();
            let paths: BTreeMap<&str, &str> =
                namespaces.map(|it| (it.name.as_str(), it.path.as_str())).collect();
            for mut pods in prove::standing(source.model) {
                if pods.workload.is_none()
                    && let Some(path) = paths.get(pods.namespace.as_str())
                {
                    pods.name = format!("other pods of {path}");
                }
                let is_there = match &pods.workload {
                    Some(path) => seen.contains(path.as_str()),
                    None => labels.contains_key(pods.namespace.as_str()),
                };
                if !is_there && taken.insert((pods.namespace.clone(), pods.labels.clone())) {
                    all.push(pods);
                }
            }
        }
    }
    let mut namespace = "stranger".to_owned();
    while sides.iter().any(|it| it.present.contains(&namespace)) {
        namespace.push('x');
    }
    all.push(Pods { namespace, name: STRANGERS.to_owned(), ..Pods::default() });
    // Whoever stands for pods has an address of pods: blocks that have it mean them.
    let addresses = free(sides, &live);
    for it in &mut all {
        it.addresses.clone_from(&addresses);
    }
    all.extend(live);
    all
}

/// An address of each pod network that no pod of the cluster has.
fn free(sides: [&Side<'_>; 2], live: &[Pods]) -> Vec<IpAddr> {
    let taken: BTreeSet<IpAddr> = live.iter().flat_map(|it| &it.addresses).copied().collect();
    let sources = sides.iter().filter_map(|it| it.source);
    let networks: BTreeSet<IpNet> =
        sources.flat_map(|it| &it.model.cluster.pods).map(|it| it.node).collect();
    let ranges = networks.iter();
    let ranges = ranges.map(|it| AddressRange { from: it.network(), to: it.broadcast() });
    let last = |it: AddressRange| {
        let mut from_the_end = (0..it.count()).filter_map(|at| it.nth(it.count() - 1 - at));
        from_the_end.find(|address| !taken.contains(address))
    };
    ranges.filter_map(last).collect()
}

/// Whether pods stand for others, and are none of the cluster.
pub(super) fn is_standing(pods: &Pods) -> bool {
    let is_workload = pods.workload.as_ref().is_some_and(|it| !it.contains('/'));
    !pods.is_one && (pods.workload.is_none() || is_workload)
}

/// Whether they are in a namespace of which nobody knows.
pub(super) fn are_strangers(pods: &Pods) -> bool {
    pods.name == STRANGERS && !pods.is_one
}

/// The workloads of which the cluster has pods.
fn seen<'m>(model: &'m Model, live: &BTreeMap<&str, BTreeSet<&Labels>>) -> BTreeSet<&'m str> {
    let is_seen = |it: &&crate::model::Workload| {
        let pods = live.get(model.namespace(it.namespace).name.as_str());
        let selector = prove::selector(&it.pods);
        pods.into_iter().flatten().any(|labels| selector.selects(labels))
    };
    let mut seen: BTreeSet<&str> =
        model.workloads.iter().filter(is_seen).map(|it| it.path.as_str()).collect();
    let (namespace, key, value) = prove::DNS;
    let mut dns = live.get(namespace).into_iter().flatten();
    if dns.any(|it| it.get(key).is_some_and(|it| it == value)) {
        seen.insert("dns");
    }
    seen
}
