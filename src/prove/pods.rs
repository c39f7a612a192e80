//! Pods that stand for every pod there may be: of each workload those that its selector just selects,
//! those that it just does not, a pod without labels in each namespace, and all of them again in a
//! namespace that nobody declared. A rule that is too wide or too narrow lets one of them through that
//! it should not, or the other way round.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, Requirement, Selector};
use crate::verify::{Labels, Pods};

/// The namespace of the cluster's DNS, and the label of its pods, in every distribution.
pub const DNS: (&str, &str, &str) = ("kube-system", "k8s-app", "kube-dns");

/// The pods of a program.
pub(super) fn of(model: &Model) -> Vec<Pods> {
    let mut all = BTreeMap::<(&str, Labels), Called>::new();
    let stranger = stranger(model);
    for it in &model.namespaces {
        let name = format!("a pod of `{}` without labels", it.path);
        all.entry((&it.name, Labels::new())).or_insert(Called::pod(name));
    }
    let (namespace, key, value) = DNS;
    let dns = Labels::from([(key.to_owned(), value.to_owned())]);
    let name = "a pod of the cluster's DNS".to_owned();
    all.insert((namespace, dns), Called { workload: Some("dns".to_owned()), name });
    let name = "a pod of a namespace that is not declared".to_owned();
    all.insert((&stranger, Labels::new()), Called::pod(name));
    for workload in model.workloads.iter().filter(|it| !it.host_network) {
        let namespace = model.namespace(workload.namespace);
        let [selected, others] = labels(&workload.pods);
        for labels in selected {
            let far = format!("{}, in a namespace that is not declared", shown(&labels));
            all.entry((&stranger, labels.clone())).or_insert(Called::pod(far));
            // What one workload calls its own, another may just not select; the first to call them so
            // names them.
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
    let pods = |((namespace, labels), called): ((&str, Labels), Called)| Pods {
        namespace: namespace.to_owned(),
        name: called.name,
        workload: called.workload,
        labels,
        ..Pods::default()
    };
    all.into_iter().map(pods).collect()
}

/// Those that stand for a workload by its name, or for all others of a namespace that is declared.
pub fn standing(model: &Model) -> Vec<Pods> {
    let declared: BTreeSet<&str> = model.namespaces.iter().map(|it| it.name.as_str()).collect();
    let is_declared = |it: &Pods| declared.contains(it.namespace.as_str());
    let mut pods = of(model);
    pods.retain(|it| it.workload.is_some() || it.labels.is_empty() && is_declared(it));
    pods
}

/// How messages call pods, and the workload that they stand for.
struct Called {
    name: String,
    workload: Option<String>,
}

impl Called {
    fn pod(name: String) -> Self {
        Self { name, workload: None }
    }
}

/// A name that no namespace has.
fn stranger(model: &Model) -> String {
    let mut name = "stranger".to_owned();
    while model.namespaces.iter().any(|it| it.name == name) {
        name.push('x');
    }
    name
}

fn shown(labels: &Labels) -> String {
    if labels.is_empty() {
        return "a pod without labels".to_owned();
    }
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("a pod with {}", labels.join(", "))
}

/// Labels that a selector selects, and labels that it just does not.
fn labels(selector: &Selector) -> [Vec<Labels>; 2] {
    let mut least = Labels::new();
    for (key, requirement) in &selector.0 {
        match requirement {
            Requirement::Is(value) => _ = least.insert(key.clone(), value.clone()),
            Requirement::In(values) => {
                least.extend(values.first().map(|it| (key.clone(), it.clone())));
            }
            Requirement::Exists => _ = least.insert(key.clone(), "any".to_owned()),
            Requirement::NotIn(_) => {}
        }
    }
    let mut all = vec![least.clone()];
    for (key, requirement) in &selector.0 {
        let mut without = least.clone();
        without.remove(key);
        all.push(without);
        let values: &[String] = match requirement {
            Requirement::Is(_) | Requirement::Exists => &[],
            Requirement::In(values) | Requirement::NotIn(values) => values,
        };
        for value in values.iter().map(String::as_str).chain(["something-else"]) {
            let mut other = least.clone();
            other.insert(key.clone(), value.to_owned());
            all.push(other);
        }
    }
    let (selected, others) = all.into_iter().partition(|it| selects(selector, it));
    [selected, others]
}

/// Whether a selector of the source selects pods with these labels.
pub fn selects(selector: &Selector, labels: &Labels) -> bool {
    selector.0.iter().all(|(key, requirement)| {
        let value = labels.get(key);
        match requirement {
            Requirement::Is(wanted) => value == Some(wanted),
            Requirement::In(wanted) => value.is_some_and(|it| wanted.contains(it)),
            Requirement::NotIn(denied) => !value.is_some_and(|it| denied.contains(it)),
            Requirement::Exists => value.is_some(),
        }
    })
}
