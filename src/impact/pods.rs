//! The pods that are compared: the pods of the cluster, and representative pods for workloads and namespaces of
//! a source without pods in the cluster.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::side::Side;
use crate::model::Model;
use crate::policy::Labels;
use crate::reachability::{PodNetworks, Pods};
use crate::validate;

/// The name of pods in namespaces that neither side declares.
const STRANGERS: &str = "pods of other namespaces";

/// The pods of both sides.
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
            for mut pods in validate::standing(source.model) {
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
    let name = STRANGERS.to_owned();
    all.push(Pods { namespace, name, anywhere: true, ..Pods::default() });
    all.extend(live);
    all
}

/// Possible addresses of representative pods: the pod networks, without the addresses of existing pods.
pub(super) fn networks(sides: [&Side<'_>; 2], live: &[Pods]) -> PodNetworks {
    let mut all = PodNetworks::default();
    for source in sides.iter().filter_map(|it| it.source) {
        let PodNetworks { networks, except } = validate::pod_networks(source.model);
        all.networks.extend(networks);
        all.except.extend(except);
    }
    all.except.extend(live.iter().flat_map(|it| &it.addresses).copied().map(IpNet::from));
    all
}

/// Whether pods are representative, and do not exist in the cluster.
pub(super) fn is_standing(pods: &Pods) -> bool {
    let is_workload = pods.workload.as_ref().is_some_and(|it| !it.contains('/'));
    !pods.is_one && (pods.workload.is_none() || is_workload)
}

/// Whether pods are in a namespace that neither side declares.
pub(super) fn are_strangers(pods: &Pods) -> bool {
    pods.name == STRANGERS && !pods.is_one
}

/// The workloads that have pods in the cluster.
fn seen<'m>(model: &'m Model, live: &BTreeMap<&str, BTreeSet<&Labels>>) -> BTreeSet<&'m str> {
    let is_seen = |it: &&crate::model::Workload| {
        let pods = live.get(model.namespace(it.namespace).name.as_str());
        let selector = validate::selector(&it.pods);
        pods.into_iter().flatten().any(|labels| selector.selects(labels))
    };
    let mut seen: BTreeSet<&str> =
        model.workloads.iter().filter(is_seen).map(|it| it.path.as_str()).collect();
    let (namespace, key, value) = validate::DNS;
    let mut dns = live.get(namespace).into_iter().flatten();
    if dns.any(|it| it.get(key).is_some_and(|it| it == value)) {
        seen.insert("dns");
    }
    seen
}
