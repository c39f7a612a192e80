//! A snapshot as input of the checks: the cluster that `reachability` evaluates, the object of each of its rows, and
//! the gaps of the snapshot.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use rayon::prelude::*;
use serde_json::Value;

use super::listening::{Listening, pods_of};
use super::places::Collector;
use super::report;
use crate::diagnostics::{Code, Message};
use crate::manifests::Manifest;
use crate::policy::{Direction, Part, Peer, Policy, Rule, RulePart, Selector};
use crate::reachability::{Cluster, Pods, PolicyId, Reach, RuleId, Service, Set};
use crate::read::{self, Read};

/// A part of a cluster that a snapshot does not contain, so that it is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A namespace that contains objects has no Namespace object.
    Namespaces,
    /// There are no pods and no workloads.
    Pods,
    /// There are workloads, and no Pods.
    OwnPods,
    /// There are no Services.
    Services,
}

/// A snapshot.
pub(super) struct Snapshot<'m> {
    pub(super) manifests: &'m [Manifest],
    pub(super) cluster: Cluster,
    /// The index of the manifest of each policy, and below of each Service.
    pub(super) policies: Vec<usize>,
    pub(super) services: Vec<usize>,
    /// Whether every namespace that contains objects has a Namespace object: only then is a selector of namespaces that
    /// matches none an error.
    pub(super) knows_namespaces: bool,
    /// Whether there are pods or workloads.
    pub(super) knows_pods: bool,
    /// Whether there are Pods, and not only workloads.
    pub(super) has_pods: bool,
}

impl<'m> Snapshot<'m> {
    /// Reads the objects; objects that an API server would reject are reported and left out.
    pub(super) fn of(manifests: &'m [Manifest], diagnostics: &mut Collector<'m>) -> Self {
        let read: Vec<_> = manifests.par_iter().map(|it| read::object(&it.object)).collect();
        let mut cluster = Cluster::default();
        let (mut policies, mut services, mut has_pods) = (Vec::new(), Vec::new(), false);
        for (at, read) in read.into_iter().enumerate() {
            let read = match read {
                Ok(read) => read,
                Err(invalid) => {
                    let place = match invalid.pointer.as_str() {
                        "" => diagnostics.name(at),
                        pointer => diagnostics.entry(at, pointer),
                    };
                    diagnostics.push(report::invalid(place, &invalid));
                    continue;
                }
            };
            match &read {
                Read::Policy(_) => policies.push(at),
                Read::Service(_) => services.push(at),
                Read::Pods(it) => has_pods |= it.is_one,
                Read::Namespace(_) | Read::Other => {}
            }
            read.add_to(&mut cluster);
        }
        cluster.without_templates_of_pods();
        let declared: BTreeSet<&str> =
            cluster.namespaces.iter().map(|it| it.name.as_str()).collect();
        let used = cluster.pods.iter().map(|it| it.namespace.as_str());
        let used = used.chain(cluster.services.iter().map(|it| it.namespace.as_str()));
        let mut used = used.chain(cluster.policies.iter().map(Policy::namespace));
        let knows_namespaces = !declared.is_empty() && used.all(|it| declared.contains(it));
        let knows_pods = !cluster.pods.is_empty();
        if !knows_pods {
            cluster.pods = supposed(&cluster.policies);
        }
        Self { manifests, cluster, policies, services, knows_namespaces, knows_pods, has_pods }
    }

    /// Evaluates the policies.
    pub(super) fn reach(&self) -> Reach<'_> {
        let networks: [IpNet; 0] = [];
        Reach::of(&self.cluster, &networks)
    }

    /// Returns the parts that are not checked.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if !self.cluster.policies.is_empty() && !self.knows_namespaces {
            gaps.push(Gap::Namespaces);
        }
        if !self.knows_pods {
            gaps.push(Gap::Pods);
        } else if !self.has_pods {
            gaps.push(Gap::OwnPods);
        }
        if self.cluster.services.is_empty() {
            gaps.push(Gap::Services);
        }
        gaps
    }
}

/// Returns supposed pods for a snapshot without pods: one for each selector of a policy, so that statements about every
/// pod that a policy selects can be checked.
fn supposed(policies: &[Policy]) -> Vec<Pods> {
    let mut all = BTreeSet::new();
    for policy in policies {
        if let Some(labels) = policy.subject.pods.least() {
            all.insert((policy.namespace().to_owned(), labels));
        }
    }
    let one = |(namespace, labels)| Pods { namespace, labels, is_one: true, ..Pods::default() };
    all.into_iter().map(one).collect()
}

/// A rule of a policy, and its position in the policy.
#[derive(Clone, Copy)]
pub(super) struct RuleAt<'s> {
    pub(super) id: RuleId,
    pub(super) says: &'s Rule,
    /// The policy that contains the rule.
    within: &'s Policy,
}

impl RuleAt<'_> {
    /// Returns the JSON pointer of a part of the rule in the object of its policy.
    pub(super) fn pointer(&self, part: RulePart) -> String {
        read::pointer(self.within, Part::Rule(self.id.direction, self.id.rule, part))
    }
}

/// A snapshot with its policies evaluated.
pub(super) struct View<'s> {
    pub(super) snapshot: &'s Snapshot<'s>,
    pub(super) reach: &'s Reach<'s>,
    /// The ports on which each class of pods listens, as far as containers and Services declare them.
    pub(super) listening: Listening,
    /// The policies of each namespace.
    by_namespace: BTreeMap<&'s str, Vec<PolicyId>>,
    /// The pods that match each peer which means the same in every policy.
    shared: BTreeMap<&'s Peer, Set>,
}

impl<'s> View<'s> {
    /// Prepares data that several checks need.
    pub(super) fn of(snapshot: &'s Snapshot<'s>, reach: &'s Reach<'s>) -> Self {
        let mut by_namespace = BTreeMap::<&str, Vec<PolicyId>>::new();
        for (id, policy) in snapshot.cluster.policies_by_id() {
            by_namespace.entry(policy.namespace()).or_default().push(id);
        }
        let listening = Listening::of(&snapshot.cluster, reach);
        let policies = snapshot.cluster.policies.iter();
        let rules = policies.flat_map(|it| [&it.ingress, &it.egress]).flatten().flatten();
        let peers = rules.flat_map(|it| it.peers.iter().flatten());
        let shared: BTreeSet<&Peer> =
            peers.filter(|it| !matches!(it, Peer::Pods { namespaces: None, .. })).collect();
        let shared: Vec<(&Peer, Set)> =
            shared.into_par_iter().map(|it| (it, reach.ends().of_peer("", it))).collect();
        let shared = shared.into_iter().collect();
        Self { snapshot, reach, listening, by_namespace, shared }
    }

    /// Returns the policies with their ids.
    pub(super) fn policies(&self) -> impl Iterator<Item = (PolicyId, &'s Policy)> {
        self.snapshot.cluster.policies_by_id()
    }

    /// Returns the policies of each namespace.
    pub(super) fn policies_by_namespace(&self) -> impl Iterator<Item = (&'s str, &[PolicyId])> {
        self.by_namespace.iter().map(|(name, policies)| (*name, policies.as_slice()))
    }

    /// Returns every rule of a policy.
    pub(super) fn rules(&self, policy: PolicyId) -> impl Iterator<Item = RuleAt<'s>> + use<'s> {
        let within = self.policy(policy);
        [Direction::Ingress, Direction::Egress].into_iter().flat_map(move |direction| {
            let rules = within.rules(direction).unwrap_or_default().iter().enumerate();
            let rule =
                move |(rule, says)| RuleAt { id: RuleId { policy, direction, rule }, says, within };
            rules.map(rule)
        })
    }

    /// Returns every rule of all policies.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = RuleAt<'s>> {
        self.policies().flat_map(|(id, _)| self.rules(id))
    }

    /// Returns a policy.
    pub(super) fn policy(&self, id: PolicyId) -> &'s Policy {
        self.snapshot.cluster.policy(id).expect("INVARIANT: an id that the snapshot gave")
    }

    /// Returns the manifest of a policy.
    pub(super) fn manifest(&self, policy: PolicyId) -> usize {
        self.snapshot.policies.get(policy.at()).copied().expect("INVARIANT: rows are made together")
    }

    /// Returns the Services with the manifests behind them.
    pub(super) fn services(&self) -> impl Iterator<Item = (usize, &'s Service)> {
        let manifests = self.snapshot.services.iter().copied();
        manifests.zip(&self.snapshot.cluster.services)
    }

    /// Returns the objects of a kind, each with its number.
    pub(super) fn objects(
        &self,
        group: &'static str,
        kind: &'static str,
    ) -> impl Iterator<Item = (usize, &'s Value)> {
        let objects = self.snapshot.manifests.iter().enumerate();
        objects.map(|(at, it)| (at, &it.object)).filter(move |(_, it)| is(it, group, kind))
    }

    /// Returns a field of an object.
    pub(super) fn field(&self, manifest: usize, pointer: &str) -> Option<&'s Value> {
        self.snapshot.manifests.get(manifest)?.object.pointer(pointer)
    }

    /// Returns the pods that a Service selects.
    pub(super) fn pods_of(&self, service: &Service) -> Set {
        pods_of(self.reach, service)
    }

    /// Returns the pods and addresses that match a peer, in a policy of a namespace.
    pub(super) fn of_peer(&self, own: &str, peer: &Peer) -> Cow<'_, Set> {
        match self.shared.get(peer) {
            Some(set) => Cow::Borrowed(set),
            None => Cow::Owned(self.reach.ends().of_peer(own, peer)),
        }
    }

    /// Returns whether a selector selects a namespace whose labels are known.
    pub(super) fn has_labels_of(&self, namespace: &str, selector: &Selector) -> bool {
        let knows = self.snapshot.knows_namespaces || selector.0.is_empty();
        knows && self.reach.ends().namespaces_with(selector).any(|it| it == namespace)
    }

    /// Returns the pods at the other end of a rule; without peers that select pods, the set is empty.
    pub(super) fn pods_of_peers(&self, rule: &RuleAt<'_>) -> Set {
        let own = self.policy(rule.id.policy).namespace();
        let peers = rule.says.peers.iter().flatten();
        let pods = peers.filter(|it| matches!(it, Peer::Pods { .. }));
        let sets: Vec<Cow<'_, Set>> = pods.map(|it| self.of_peer(own, it)).collect();
        Set::union(sets.iter().map(AsRef::as_ref))
    }

    /// Returns the name of pods for messages: a namespace, a workload, or the number of pods.
    pub(super) fn called(&self, pods: &Set) -> String {
        let ends = self.reach.ends();
        let classes = pods.iter().filter_map(|it| ends.class(it));
        let mut namespaces = BTreeSet::new();
        let mut names = BTreeSet::new();
        for class in classes {
            let pods = class.pods;
            namespaces.insert(pods.namespace.as_str());
            names.insert((pods.namespace.as_str(), short(pods)));
        }
        let namespaces: Vec<&str> = namespaces.into_iter().collect();
        match (namespaces.as_slice(), names.len()) {
            ([namespace], 1) => {
                let name = names.first().map_or("", |(_, name)| name);
                if name.is_empty() {
                    format!("the pods of namespace `{namespace}`")
                } else {
                    format!("`{namespace}/{name}`")
                }
            }
            ([namespace], several) if *pods == ends.of_namespace(namespace) => {
                format!("the {several} workloads of namespace `{namespace}`")
            }
            ([namespace], several) => format!("{several} workloads of namespace `{namespace}`"),
            (several, _) => format!("the pods of {} namespaces", several.len()),
        }
    }
}

/// Returns whether an object is of a kind.
pub(super) fn is(object: &Value, group: &str, kind: &str) -> bool {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let of = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    text("kind") == kind && of == group
}

/// Returns a string in an object.
pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> Option<&'v str> {
    object.pointer(pointer).and_then(Value::as_str)
}

/// Returns the namespace of an object; without one, `default`, as for `kubectl apply`.
pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace").unwrap_or("default")
}

/// Returns the name of an object.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name").unwrap_or_default()
}

/// Returns the name of a workload without its kind, or the name of a pod.
fn short(pods: &Pods) -> &str {
    let workload = pods.workload.as_deref().and_then(|it| it.split_once('/'));
    workload.map_or(&pods.name, |(_, name)| name)
}

impl Gap {
    /// Returns the message about the gap.
    pub fn message(self) -> Message {
        let (code, text) = match self {
            Self::Namespaces => (
                Code::N1021,
                "not every namespace is in the snapshot: selectors of namespaces are not checked",
            ),
            Self::Pods => (
                Code::N1022,
                "no pods and no workloads are in the snapshot: selectors and ports of pods are not checked",
            ),
            Self::OwnPods => (
                Code::N1023,
                "no Pods are in the snapshot: Pods without a Deployment, StatefulSet, DaemonSet or \
                 Job are missing",
            ),
            Self::Services => {
                (Code::N1024, "no Services are in the snapshot: Services are not checked")
            }
        };
        Message::new(code, text)
    }
}
