//! The ends of a rule, and how Kubernetes writes them.

use std::sync::Arc;

use ipnet::IpNet;

use crate::model::{Mark, Requirement, Selector};
use crate::objects::{self, Expression, IpBlock, LabelSelector, StringMap};
use crate::scalar::around;

/// The label that the API server sets on every namespace itself, and lets nobody change.
const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";

/// Whom a rule lets in or out, before merging.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer<'m> {
    /// Pods of a namespace (by its real name).
    Pods { namespace: &'m str, pods: &'m Selector },
    /// A network and its holes.
    Block { network: IpNet, except: Arc<[IpNet]> },
    /// Everybody.
    Anyone,
}

/// What a peer that covers another shares with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'m> {
    /// Pods of a namespace, which may have a label.
    Pods(&'m str, Option<Mark<'m>>),
    /// A network, or one around it.
    Network(IpNet),
    /// Everybody.
    Anyone,
}

impl<'m> Peer<'m> {
    /// Where an index has it, so that `keys_of_wider` of whatever it covers finds it.
    pub(super) fn keys(&self) -> Vec<Key<'m>> {
        match self {
            Self::Pods { namespace, pods } => {
                pods.marks().into_iter().map(|it| Key::Pods(namespace, it)).collect()
            }
            Self::Block { network, .. } => vec![Key::Network(network.trunc())],
            Self::Anyone => vec![Key::Anyone],
        }
    }

    /// Where an index has the peers that may cover it.
    pub(super) fn keys_of_wider(&self) -> Vec<Key<'m>> {
        let mut keys: Vec<Key<'m>> = match self {
            Self::Pods { namespace, pods } => {
                pods.marks_of_wider().into_iter().map(|it| Key::Pods(namespace, it)).collect()
            }
            Self::Block { network, .. } => around(*network).map(Key::Network).collect(),
            Self::Anyone => Vec::new(),
        };
        keys.push(Key::Anyone);
        keys
    }

    /// Whether everybody in `other` is surely in it too. Addresses and pods are not compared: whether
    /// an address in the pod network means a pod is the enforcer's choice.
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

    /// A network without holes.
    pub(super) fn block(network: IpNet) -> Self {
        Self::Block { network, except: Arc::from([]) }
    }
}

/// A model's selector as Kubernetes writes it.
pub(super) fn label_selector(pods: &Selector) -> LabelSelector {
    let mut selector = LabelSelector::default();
    for (key, requirement) in &pods.0 {
        let (operator, values) = match requirement {
            Requirement::Is(value) => {
                selector.match_labels.0.push((key.clone().into(), value.clone()));
                continue;
            }
            Requirement::In(values) => ("In", values.clone()),
            Requirement::NotIn(values) => ("NotIn", values.clone()),
            Requirement::Exists => ("Exists", Vec::new()),
            Requirement::Absent => ("DoesNotExist", Vec::new()),
        };
        selector.match_expressions.push(Expression { key: key.clone().into(), operator, values });
    }
    selector
}

/// Pods of the policy's own namespace.
pub(super) fn own_pods(pods: &Selector) -> objects::Peer {
    objects::Peer {
        ip_block: None,
        namespace_selector: None,
        pod_selector: Some(label_selector(pods)),
    }
}

/// Pods of other namespaces, which are sorted.
pub(super) fn pods_of(namespaces: &[&str], pods: &Selector) -> objects::Peer {
    let mut selector = LabelSelector::default();
    match namespaces {
        [namespace] => {
            let label = (NAMESPACE_LABEL.into(), (*namespace).to_owned());
            selector.match_labels = StringMap(vec![label]);
        }
        _ => selector.match_expressions.push(Expression {
            key: NAMESPACE_LABEL.into(),
            operator: "In",
            values: namespaces.iter().map(|it| (*it).to_owned()).collect(),
        }),
    }
    objects::Peer {
        ip_block: None,
        namespace_selector: Some(selector),
        pod_selector: (!pods.0.is_empty()).then(|| label_selector(pods)),
    }
}

/// A network with holes.
pub(super) fn ip_block(network: IpNet, except: &[IpNet]) -> objects::Peer {
    let block = IpBlock {
        cidr: network.trunc().to_string(),
        except: except.iter().map(ToString::to_string).collect(),
    };
    objects::Peer { ip_block: Some(block), namespace_selector: None, pod_selector: None }
}
