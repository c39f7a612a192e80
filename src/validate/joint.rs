//! Pods that match both the selector of a rule's end (of a guardrail or a denying assertion) and another
//! selector of its namespace: the minimal labels that both select. A flow for the other selector also opens
//! connections for these pods. Two selectors that contradict each other share no pod, and selectors of the
//! standard library are assumed to share none.

use std::collections::{BTreeMap, BTreeSet};

use super::pods::{selector, selectors, shown, stranger};
use crate::model::{Endpoint, Model, Owner, WorkloadId};
use crate::policy::{Labels, Selector, Test};
use crate::reachability::{Cluster, EndId, Pods, Reach, Set};
use crate::source::Files;

/// A selector of pods, with the name of its namespace.
type PodSelector<'m> = (&'m str, Selector);

/// Pairs of selectors that may select the same pod.
#[derive(Default)]
pub(super) struct Joint {
    /// The pairs, by namespace and labels of the pod.
    pairs: BTreeMap<(String, Labels), Vec<Pair>>,
}

/// Two selectors that may select the same pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The workload that is an end of a guardrail or an assertion.
    pub(super) end: WorkloadId,
    /// The workload of the other selector; `None` for the cluster's DNS.
    pub(super) other: Option<WorkloadId>,
}

impl Joint {
    /// Finds the pairs of a program. Returns them with a pod for each pair that matches no existing pod of the
    /// cluster.
    pub(super) fn of(model: &Model, files: &Files, cluster: &Cluster) -> (Self, Vec<Pods>) {
        let ends = ends(model);
        let places: BTreeSet<&str> = ends
            .iter()
            .map(|it| model.namespace(model.workload(*it).namespace).name.as_str())
            .collect();
        let index = Index::of(model, cluster, &places);
        let known: BTreeSet<(&str, &Labels)> =
            cluster.pods.iter().map(|it| (it.namespace.as_str(), &it.labels)).collect();
        let mut joint = Self::default();
        for end in ends {
            let workload = model.workload(end);
            let namespace = model.namespace(workload.namespace).name.as_str();
            let own = selector(&workload.pods);
            for other in index.candidates(namespace, &own) {
                let both = Selector(own.0.iter().chain(&other.selector.0).cloned().collect());
                let Some(labels) = both.least() else { continue };
                let of_library = is_of_library(model, files, Some(end))
                    && is_of_library(model, files, other.workload);
                if !of_library && !known.contains(&(namespace, &labels)) {
                    let pair = Pair { end, other: other.workload };
                    joint.pairs.entry((namespace.to_owned(), labels)).or_default().push(pair);
                }
            }
        }
        let pods = joint.pods(model);
        (joint, pods)
    }

    fn pods(&self, model: &Model) -> Vec<Pods> {
        let paths: BTreeMap<&str, &str> =
            model.namespaces.iter().map(|it| (it.name.as_str(), it.path.as_str())).collect();
        let pods = |(namespace, labels): &(String, Labels)| Pods {
            anywhere: true,
            name: format!(
                "{} of `{}`",
                shown(labels),
                paths.get(namespace.as_str()).unwrap_or(&namespace.as_str())
            ),
            namespace: namespace.clone(),
            labels: labels.clone(),
            ..Pods::default()
        };
        self.pairs.keys().map(pods).collect()
    }

    /// The pairs of selectors that select some pods; empty for pods of a single selector.
    pub(super) fn pairs(&self, pods: &Pods) -> &[Pair] {
        let key = (pods.namespace.clone(), pods.labels.clone());
        self.pairs.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The classes of pods that only a pair of selectors selects, by the workload that is an end of the rule.
    pub(super) fn classes(&self, reach: &Reach<'_>) -> BTreeMap<WorkloadId, Set> {
        let mut all = BTreeMap::<WorkloadId, Vec<EndId>>::new();
        if self.pairs.is_empty() {
            return BTreeMap::new();
        }
        for (end, class) in reach.ends().classes() {
            for pair in self.pairs(class.pods) {
                all.entry(pair.end).or_default().push(end);
            }
        }
        all.into_iter().map(|(end, classes)| (end, classes.into_iter().collect())).collect()
    }
}

/// The workloads that are ends of guardrails of the platform and of denying assertions.
fn ends(model: &Model) -> BTreeSet<WorkloadId> {
    let forbids = model.forbids.iter().filter(|it| it.author == Owner::Platform);
    let forbids = forbids.map(|it| (&it.clients, &it.servers));
    let asserts = model.asserts.iter().filter(|it| !it.allow).map(|it| (&it.clients, &it.servers));
    let endpoints = forbids.chain(asserts).flat_map(|(clients, servers)| {
        let clients = clients.iter().map(|it| &it.endpoint);
        clients.chain(servers.iter().map(|it| &it.endpoint))
    });
    let workloads = endpoints.filter_map(Endpoint::as_workload);
    workloads.filter(|it| !model.workload(*it).host_network).collect()
}

/// Whether a selector is declared in the standard library, which users cannot edit.
fn is_of_library(model: &Model, files: &Files, workload: Option<WorkloadId>) -> bool {
    workload.is_none_or(|it| files.file(model.workload(it).site.span.file).is_stdlib())
}

/// A selector of the policies.
struct Other {
    selector: Selector,
    workload: Option<WorkloadId>,
}

/// The selectors of policies in one namespace with the same label keys, indexed by their values.
#[derive(Default)]
struct Group {
    all: Vec<Other>,
    by_value: BTreeMap<(String, String), Vec<usize>>,
    /// Selectors that require no value of a label, by its key.
    loose: BTreeMap<String, Vec<usize>>,
}

/// Index of the selectors of policies, to find overlaps without comparing all pairs.
struct Index<'m> {
    groups: BTreeMap<&'m str, BTreeMap<Vec<String>, Group>>,
}

impl<'m> Index<'m> {
    fn of(model: &'m Model, cluster: &'m Cluster, wanted: &BTreeSet<&'m str>) -> Self {
        let mut called = BTreeMap::<PodSelector<'_>, WorkloadId>::new();
        for (id, workload) in model.workload_ids().filter(|(_, it)| !it.host_network) {
            let namespace = model.namespace(workload.namespace).name.as_str();
            if wanted.contains(namespace) {
                called.entry((namespace, sorted(&selector(&workload.pods)))).or_insert(id);
            }
        }
        let stranger = stranger(model);
        let mut places = BTreeSet::<PodSelector<'_>>::new();
        for policy in &cluster.policies {
            for (namespace, pods) in selectors(policy, &stranger) {
                let pods = pods.filter(|it| !it.0.is_empty());
                let wanted = pods.and_then(|it| Some((*wanted.get(namespace)?, it)));
                places.extend(wanted.map(|(namespace, it)| (namespace, sorted(it))));
            }
        }
        let mut groups = BTreeMap::<&str, BTreeMap<Vec<String>, Group>>::new();
        for place in places {
            let workload = called.get(&place).copied();
            let (namespace, selector) = place;
            let keys = selector.0.iter().map(|it| it.key.clone()).collect();
            let group = groups.entry(namespace).or_default().entry(keys).or_default();
            group.add(Other { selector, workload });
        }
        Self { groups }
    }

    /// The selectors of a namespace that may overlap a selector.
    fn candidates(&self, namespace: &str, own: &Selector) -> Vec<&Other> {
        let groups = self.groups.get(namespace).into_iter().flatten();
        groups.flat_map(|(_, it)| it.candidates(own)).collect()
    }
}

impl Group {
    fn add(&mut self, other: Other) {
        let at = self.all.len();
        for it in &other.selector.0 {
            match &it.test {
                Test::In(values) => {
                    for value in values {
                        let key = (it.key.clone(), value.clone());
                        self.by_value.entry(key).or_default().push(at);
                    }
                }
                Test::NotIn(_) | Test::Exists | Test::DoesNotExist => {
                    self.loose.entry(it.key.clone()).or_default().push(at);
                }
            }
        }
        self.all.push(other);
    }

    fn candidates(&self, own: &Selector) -> Vec<&Other> {
        let keys = || self.all.first().into_iter().flat_map(|it| &it.selector.0).map(|it| &it.key);
        let shared = own.0.iter().find_map(|it| match &it.test {
            Test::In(values) => keys().any(|key| *key == it.key).then_some((&it.key, values)),
            Test::NotIn(_) | Test::Exists | Test::DoesNotExist => None,
        });
        let Some((key, values)) = shared else { return self.all.iter().collect() };
        let with_value =
            values.iter().filter_map(|it| self.by_value.get(&(key.clone(), it.clone())));
        let rows: BTreeSet<usize> =
            with_value.chain(self.loose.get(key)).flatten().copied().collect();
        rows.into_iter().filter_map(|at| self.all.get(at)).collect()
    }
}

/// A selector with sorted requirements, so that selectors of the source and of policies compare equal.
fn sorted(selector: &Selector) -> Selector {
    let mut sorted = selector.clone();
    sorted.0.sort();
    sorted
}
