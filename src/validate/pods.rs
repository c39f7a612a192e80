//! Representative pods, which cover every pod that may exist: for each workload, pods that its selector barely
//! selects and pods that it barely does not select; a pod without labels in each namespace; and pods with the
//! same labels in an undeclared namespace. A rule that is too permissive or too strict treats at least one of
//! them wrongly. Pods that the policies themselves select are included, so that labels that the source does not
//! know are covered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::addresses::{machines, named};
use crate::model::{Model, Requirement, Selector};
use crate::policy::{self, Labels, NAMESPACE_LABEL, Peer, Policy, Test};
use crate::reachability::{PodNetworks, Pods};

/// The namespace of the cluster's DNS, and the key and value of its pods' label, in every distribution.
pub const DNS: (&str, &str, &str) = ("kube-system", "k8s-app", "kube-dns");

/// The representative pods of a program and of the policies built from it.
pub(super) fn of(model: &Model, policies: &[Policy]) -> Vec<Pods> {
    let mut all = BTreeMap::<(&str, Labels), Called>::new();
    let stranger = stranger(model);
    for it in &model.namespaces {
        let name = format!("a pod of `{}` without labels", it.path);
        all.entry((&it.name, Labels::new())).or_insert(Called::pod(name));
    }
    let (namespace, key, value) = DNS;
    let dns = Labels::from([(key.to_owned(), value.to_owned())]);
    let name = "a pod of the cluster's DNS".to_owned();
    all.insert((namespace, dns.clone()), Called { workload: Some("dns".to_owned()), name });
    // The most similar pods that do not belong to the cluster's DNS.
    let far = "a pod with the label of the cluster's DNS, in a namespace that is not declared";
    all.entry((&stranger, dns)).or_insert(Called::pod(far.to_owned()));
    let other = Labels::from([(key.to_owned(), "something-else".to_owned())]);
    for labels in [Labels::new(), other] {
        let name = format!("{} of `{namespace}`", shown(&labels));
        all.entry((namespace, labels)).or_insert(Called::pod(name));
    }
    let name = "a pod of a namespace that is not declared".to_owned();
    all.insert((&stranger, Labels::new()), Called::pod(name));
    for workload in model.workloads.iter().filter(|it| !it.host_network) {
        let namespace = model.namespace(workload.namespace);
        let [selected, others] = labels(&workload.pods);
        for labels in selected {
            let far = format!("{}, in a namespace that is not declared", shown(&labels));
            all.entry((&stranger, labels.clone())).or_insert(Called::pod(far));
            // A pod that one workload selects may be a pod that another workload barely does not select. The
            // first workload that selects it names it.
            let name = format!("`{}`", workload.path);
            let called = Called { name, workload: Some(workload.path.clone()) };
            let known =
                all.entry((&namespace.name, labels)).or_insert_with(|| Called::pod(String::new()));
            if known.workload.is_none() {
                *known = called;
            }
        }
        for labels in others {
            let name = format!("{} of `{}`", shown(&labels), namespace.path);
            all.entry((&namespace.name, labels)).or_insert(Called::pod(name));
        }
    }
    for (namespace, labels) in policies.iter().flat_map(|it| selected(it, &stranger)) {
        all.entry((namespace, labels)).or_insert_with_key(|(namespace, labels)| {
            Called::pod(format!("{} of `{namespace}`", shown(labels)))
        });
    }
    let pods = |((namespace, labels), called): ((&str, Labels), Called)| Pods {
        anywhere: true,
        namespace: namespace.to_owned(),
        name: called.name,
        workload: called.workload,
        labels,
        ..Pods::default()
    };
    all.into_iter().map(pods).collect()
}

/// Possible addresses of pods: the pod networks, except for addresses of hosts in them, such as the nodes'
/// tunnels. In a network that pods share with other hosts, the addresses that the source gives to other hosts
/// are excluded, too. Empty if the enforcer never matches pods by their addresses.
pub fn pod_networks(model: &Model) -> PodNetworks {
    let cluster = &model.cluster;
    if cluster.ignores_own_addresses() {
        return PodNetworks::default();
    }
    let networks: Vec<IpNet> = cluster.pods.iter().map(|it| it.node.trunc()).collect();
    let is_one = |it: &IpNet| it.prefix_len() == it.max_prefix_len();
    let mut except: Vec<IpNet> = machines(cluster).into_iter().filter(is_one).collect();
    let shared: Vec<&IpNet> = networks.iter().filter(|it| cluster.shares(**it)).collect();
    let is_theirs = |it: &IpNet| shared.iter().any(|pods| *pods != it && pods.contains(it));
    except.extend(named(model).filter(is_theirs));
    PodNetworks { networks, except }
}

/// The representative pods of workloads, and one pod for all other pods of each declared namespace.
pub fn standing(model: &Model) -> Vec<Pods> {
    let declared: BTreeSet<&str> = model.namespaces.iter().map(|it| it.name.as_str()).collect();
    let is_declared = |it: &Pods| declared.contains(it.namespace.as_str());
    let mut pods = of(model, &[]);
    pods.retain(|it| it.workload.is_some() || it.labels.is_empty() && is_declared(it));
    pods
}

/// Namespaces and labels of pods that a policy selects as its subject or as a peer.
fn selected<'p>(policy: &'p Policy, stranger: &'p str) -> Vec<(&'p str, Labels)> {
    let with_labels = |(namespace, pods): (&'p str, Option<&policy::Selector>)| {
        let labels = pods.map_or_else(|| vec![Labels::new()], least);
        labels.into_iter().map(move |it| (namespace, it))
    };
    selectors(policy, stranger).into_iter().flat_map(with_labels).collect()
}

/// Namespaces and pod selectors of the subject and the peers of a policy; `None` as a selector means every pod.
pub(super) fn selectors<'p>(
    policy: &'p Policy,
    stranger: &'p str,
) -> Vec<(&'p str, Option<&'p policy::Selector>)> {
    let own = policy.namespace();
    let mut all = vec![(own, Some(&policy.subject.pods))];
    let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flatten();
    for peer in rules.flat_map(|it| it.peers.iter().flatten()) {
        let Peer::Pods { namespaces, pods } = peer else { continue };
        let named = namespaces.iter().flat_map(|it| &it.0).filter(|it| it.key == NAMESPACE_LABEL);
        let named = named.flat_map(|it| match &it.test {
            Test::In(values) => values.as_slice(),
            Test::NotIn(_) | Test::Exists | Test::DoesNotExist => &[],
        });
        let mut places: Vec<&str> = named.map(String::as_str).collect();
        if places.is_empty() {
            places.push(if namespaces.is_none() { own } else { stranger });
        }
        all.extend(places.into_iter().map(|it| (it, pods.as_ref())));
    }
    all
}

/// Minimal labels that a selector of a policy selects, one set for each value that it names.
fn least(selector: &policy::Selector) -> Vec<Labels> {
    let Some(least) = selector.least() else { return Vec::new() };
    let mut all = Vec::new();
    for it in &selector.0 {
        let Test::In(values) = &it.test else { continue };
        for value in values.iter().skip(1) {
            let mut labels = least.clone();
            labels.insert(it.key.clone(), value.clone());
            all.push(labels);
        }
    }
    all.push(least);
    all
}

/// The name of representative pods in messages, and the workload that they represent.
struct Called {
    name: String,
    workload: Option<String>,
}

impl Called {
    fn pod(name: String) -> Self {
        Self { name, workload: None }
    }
}

/// A namespace name that the program does not declare.
pub(super) fn stranger(model: &Model) -> String {
    let mut name = "stranger".to_owned();
    while model.namespaces.iter().any(|it| it.name == name) {
        name.push('x');
    }
    name
}

pub(super) fn shown(labels: &Labels) -> String {
    if labels.is_empty() {
        return "a pod without labels".to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("a pod with {}", labels.join(", "))
}

/// Labels that a selector barely selects, and labels that it barely does not select.
fn labels(selector: &Selector) -> [Vec<Labels>; 2] {
    let mut least = Labels::new();
    for (key, requirement) in &selector.0 {
        match requirement {
            Requirement::Is(value) => _ = least.insert(key.clone(), value.clone()),
            Requirement::In(values) => {
                least.extend(values.first().map(|it| (key.clone(), it.clone())));
            }
            Requirement::Exists => _ = least.insert(key.clone(), "any".to_owned()),
            Requirement::NotIn(_) | Requirement::Absent => {}
        }
    }
    let mut all = vec![least.clone()];
    for (key, requirement) in &selector.0 {
        let mut without = least.clone();
        without.remove(key);
        all.push(without);
        let values: &[String] = match requirement {
            Requirement::Is(_) | Requirement::Exists | Requirement::Absent => &[],
            Requirement::In(values) | Requirement::NotIn(values) => values,
        };
        for value in values.iter().map(String::as_str).chain(["something-else"]) {
            let mut other = least.clone();
            other.insert(key.clone(), value.to_owned());
            all.push(other);
        }
    }
    let asked = self::selector(selector);
    let (selected, others) = all.into_iter().partition(|it| asked.selects(it));
    [selected, others]
}

/// A selector of the source as a selector of the policy model.
pub fn selector(of: &Selector) -> policy::Selector {
    let requirement = |(key, requirement): &(String, Requirement)| policy::Requirement {
        key: key.clone(),
        test: match requirement {
            Requirement::Is(value) => Test::In(vec![value.clone()]),
            Requirement::In(values) => Test::In(values.clone()),
            Requirement::NotIn(values) => Test::NotIn(values.clone()),
            Requirement::Exists => Test::Exists,
            Requirement::Absent => Test::DoesNotExist,
        },
    };
    policy::Selector(of.0.iter().map(requirement).collect())
}
