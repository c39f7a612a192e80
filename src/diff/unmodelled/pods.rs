//! The pods of a cluster with the labels of their namespaces, for counting by selectors.

use std::collections::BTreeMap;

use crate::policy::Labels;
use crate::reachability::Pods;

/// Pods, and the labels of each namespace.
pub(super) struct KnownPods<'c> {
    pub(super) pods: &'c [Pods],
    pub(super) namespaces: BTreeMap<&'c str, &'c Labels>,
}

impl KnownPods<'_> {
    /// Returns the number of pods that satisfy a predicate on the pods and the labels of their namespace.
    pub(super) fn count(&self, test: impl Fn(&Pods, &Labels) -> bool) -> usize {
        let none = Labels::new();
        let labels =
            |it: &Pods| self.namespaces.get(it.namespace.as_str()).copied().unwrap_or(&none);
        self.pods.iter().filter(|it| !it.host_network && test(it, labels(it))).count()
    }
}

/// Returns the labels of a namespace with the label that the API server sets.
pub(super) fn named(namespace: &str, labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    labels
}
