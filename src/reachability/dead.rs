//! Peers that match no pod, and the reason.

use std::fmt;

use super::ends::Ends;
use crate::policy::{NAMESPACE_LABEL, Peer, Selector, Test};

/// The reason that a peer matches no pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dead<'c> {
    /// No namespace has these labels.
    NoNamespace(&'c Selector),
    /// Such namespaces exist, but none of their pods has these labels.
    NoPod {
        /// The required labels.
        pods: &'c Selector,
        /// The namespaces.
        namespaces: Vec<String>,
    },
    /// Such namespaces exist, but without pods.
    Empty(Vec<String>),
}

impl<'c> Ends<'c> {
    /// The reason that a peer of a policy in a namespace matches no pod; `None` if it matches one, or is
    /// addresses.
    pub fn dead(&self, own: &str, peer: &'c Peer) -> Option<Dead<'c>> {
        let Peer::Pods { namespaces, pods } = peer else { return None };
        let selected: Vec<String> = match namespaces {
            None => vec![own.to_owned()],
            Some(selector) => self.namespaces_with(selector).map(str::to_owned).collect(),
        };
        if selected.is_empty() {
            return namespaces.as_ref().map(Dead::NoNamespace);
        }
        if !self.of_peer(own, peer).is_empty() {
            return None;
        }
        match pods {
            Some(pods) if !pods.0.is_empty() => Some(Dead::NoPod { pods, namespaces: selected }),
            _ => Some(Dead::Empty(selected)),
        }
    }

    /// A suggested label `key=value` for a selector with a single label whose value is the name of a namespace: the
    /// label that the API server sets on that namespace.
    pub fn meant_namespace(&self, selector: &Selector) -> Option<String> {
        let [only] = selector.0.as_slice() else { return None };
        let Test::In(values) = &only.test else { return None };
        let [value] = values.as_slice() else { return None };
        let is_there = only.key != NAMESPACE_LABEL && self.has_namespace(value);
        is_there.then(|| format!("{NAMESPACE_LABEL}={value}"))
    }
}

impl fmt::Display for Dead<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNamespace(selector) => write!(out, "no namespace has `{selector}`"),
            Self::NoPod { pods, namespaces } => {
                write!(out, "no pod of {} has `{pods}`", listed(namespaces))
            }
            Self::Empty(namespaces) => write!(out, "there are no pods in {}", listed(namespaces)),
        }
    }
}

fn listed(namespaces: &[String]) -> String {
    match namespaces {
        [one] => format!("namespace `{one}`"),
        [one, two] => format!("namespaces `{one}` and `{two}`"),
        several => format!("{} namespaces", several.len()),
    }
}
