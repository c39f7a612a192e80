//! Pods that an end of a guardrail or of a denying assertion shares with another selector of its namespace:
//! the fewest labels that both select. A flow of the other selector opens connections for them, too, and only
//! their labels tell. Two selectors that contradict each other share no pod, and those of the standard library
//! are taken to share none.

use std::collections::{BTreeMap, BTreeSet};

use super::pods::{selector, selectors, shown, stranger};
use crate::model::{Endpoint, Model, Owner, WorkloadId};
use crate::policy::{Labels, Selector, Test};
use crate::reachability::{Cluster, EndId, Pods, Reach, Set};
use crate::source::Files;

/// Pods that a selector of the source selects: their namespace and their labels.
type PodSelector<'m> = (&'m str, Selector);

/// Which selectors select pods together.
#[derive(Default)]
pub(super) struct Joint {
    /// By namespace and labels.
    pairs: BTreeMap<(String, Labels), Vec<Pair>>,
}

/// Two selectors that select some pod together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// The end of a guardrail or of an assertion.
    pub(super) end: WorkloadId,
    /// What else selects the pod; nothing for the cluster's DNS.
    pub(super) other: Option<WorkloadId>,
}

impl Joint {
    /// The pairs of a program, and a pod for each that no pod of the cluster is already.
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

    /// The selectors that select some pods together; none for pods of one selector.
    pub(super) fn pairs(&self, pods: &Pods) -> &[Pair] {
        let key = (pods.namespace.clone(), pods.labels.clone());
        self.pairs.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The classes of pods that only two selectors together select, by the end that is one of them.
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

/// Whether a selector stands in the standard library, where nobody can change it.
fn is_of_library(model: &Model, files: &Files, workload: Option<WorkloadId>) -> bool {
    workload.is_none_or(|it| files.file(model.workload(it).site.span.file).is_stdlib())
}

/// A selector of the policies.
struct Other {
    selector: Selector,
    workload: Option<WorkloadId>,
}

/// The selectors of the policies in a namespace that ask for the same labels, by the values that they ask for.
#[derive(Default)]
struct Group {
    all: Vec<Other>,
    by_value: BTreeMap<(String, String), Vec<usize>>,
    /// Those that ask for no value of a label.
    loose: BTreeMap<String, Vec<usize>>,
}

/// The selectors of the policies, so that those which may overlap are found without looking at all pairs.
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

    /// The selectors of a namespace that may select a pod together with another one.
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

/// Requirements in one order, so that a selector of the source is found among those of policies.
fn sorted(selector: &Selector) -> Selector {
    let mut sorted = selector.clone();
    sorted.0.sort();
    sorted
}
