//! The ends of a rule, before and after merging.

use std::sync::Arc;

use ipnet::IpNet;

use crate::model::{Mark, Requirement, Selector};
use crate::policy::{self, NAMESPACE_LABEL, Test};
use crate::scalar::around;

/// Clients or servers that a rule allows, before merging.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer<'m> {
    /// Pods of a namespace, by its real name.
    Pods { namespace: &'m str, pods: &'m Selector },
    /// A network and its exceptions.
    Block { network: IpNet, except: Arc<[IpNet]> },
    /// Every address and every pod.
    Anyone,
}

/// Index key that a peer shares with every peer that it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PeerKey<'m> {
    /// Pods of a namespace, which may have a label.
    Pods(&'m str, Option<Mark<'m>>),
    /// A network, or a network around it.
    Network(IpNet),
    /// Every address and every pod.
    Anyone,
}

impl<'m> Peer<'m> {
    /// Where an index has it, so that `keys_of_wider` of whatever it covers finds it.
    pub(super) fn keys(&self) -> Vec<PeerKey<'m>> {
        match self {
            Self::Pods { namespace, pods } => {
                pods.marks().into_iter().map(|it| PeerKey::Pods(namespace, it)).collect()
            }
            Self::Block { network, .. } => vec![PeerKey::Network(network.trunc())],
            Self::Anyone => vec![PeerKey::Anyone],
        }
    }

    /// Where an index has the peers that may cover it.
    pub(super) fn keys_of_wider(&self) -> Vec<PeerKey<'m>> {
        let mut keys: Vec<PeerKey<'m>> = match self {
            Self::Pods { namespace, pods } => {
                pods.marks_of_wider().into_iter().map(|it| PeerKey::Pods(namespace, it)).collect()
            }
            Self::Block { network, .. } => around(*network).map(PeerKey::Network).collect(),
            Self::Anyone => Vec::new(),
        };
        keys.push(PeerKey::Anyone);
        keys
    }

    /// Whether the peer certainly contains `other`. Addresses and pods are not compared, because the enforcer
    /// decides whether an address of the pod network matches a pod.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anyone, _) => true,
            (
                Self::Pods { namespace, pods },
                Self::Pods { namespace: other_namespace, pods: others },
            ) => namespace == other_namespace && pods.covers(others),
            (
                Self::Block { network, except },
                Self::Block { network: inner, except: inner_except },
            ) => {
                let hidden = |hole: &IpNet| inner_except.iter().any(|it| it.contains(hole));
                let meets = |hole: &IpNet| hole.contains(inner) || inner.contains(hole);
                network.contains(inner) && !except.iter().any(|it| meets(it) && !hidden(it))
            }
            (Self::Pods { .. }, Self::Block { .. } | Self::Anyone)
            | (Self::Block { .. }, Self::Pods { .. } | Self::Anyone) => false,
        }
    }

    /// Returns a network without exceptions.
    pub(super) fn block(network: IpNet) -> Self {
        Self::Block { network, except: Arc::from([]) }
    }
}

/// Converts a selector of the model to one of a policy.
pub(super) fn selector(pods: &Selector) -> policy::Selector {
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
    policy::Selector(pods.0.iter().map(requirement).collect())
}

/// Returns a peer for pods of the policy's own namespace.
pub(super) fn own_pods(pods: &Selector) -> policy::Peer {
    policy::Peer::Pods { namespaces: None, pods: Some(selector(pods)) }
}

/// Returns a peer for pods of other namespaces, which must be sorted by name.
pub(super) fn pods_of(namespaces: &[&str], pods: &Selector) -> policy::Peer {
    let names = namespaces.iter().map(|it| (*it).to_owned()).collect();
    let is_one = policy::Requirement { key: NAMESPACE_LABEL.to_owned(), test: Test::In(names) };
    policy::Peer::Pods {
        namespaces: Some(policy::Selector(vec![is_one])),
        pods: (!pods.0.is_empty()).then(|| selector(pods)),
    }
}
