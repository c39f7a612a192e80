//! `networking.k8s.io/v1` NetworkPolicy.
//!
//! A missing list and an empty list have different meanings: a rule without `from` allows every client. So
//! `None` is every peer, and an empty `Vec` is never emitted for peers.

use std::borrow::Cow;

use serde::Serialize;

use super::{Meta, StringMap};
use crate::policy::{self, NAMESPACE_LABEL, Test};

/// A NetworkPolicy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicy {
    /// `networking.k8s.io/v1`
    pub api_version: &'static str,
    /// `NetworkPolicy`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Subject and rules of the policy.
    pub spec: NetworkPolicySpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// The pods that the policy isolates. Always written; `{}` selects all pods of the namespace.
    pub pod_selector: LabelSelector,
    /// Directions that the policy isolates: `Ingress`, `Egress`. Always written.
    pub policy_types: Vec<&'static str>,
    /// Rules for incoming connections; empty ones are not written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress: Vec<Ingress>,
    /// Rules for outgoing connections; empty ones are not written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<Egress>,
}

/// An ingress rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ingress {
    /// Clients that may connect; `None` is every peer (only if the source says `anyone`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<Peer>>,
    /// Pod ports that the rule opens; `None` is every port of every protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PolicyPort>>,
}

/// An egress rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Egress {
    /// Servers that pods may connect to; `None` is every peer (only if the source says `anyone`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Peer>>,
    /// Pod ports that the rule opens; `None` is every port of every protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PolicyPort>>,
}

/// A peer of a rule: pods or addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Addresses. Excludes both selectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_block: Option<IpBlock>,
    /// Namespaces of the pods; `None` with a pod selector is the policy's own namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Pods; `None` with a namespace selector is all of their pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<LabelSelector>,
}

/// A network with exceptions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct IpBlock {
    /// The network in CIDR notation; host bits are zero.
    pub cidr: String,
    /// Networks inside `cidr` that do not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// A port, or a range of ports, of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPort {
    /// `TCP`, `UDP` or `SCTP`; always written.
    pub protocol: &'static str,
    /// The port, or the first port of a range; `None` is every port of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The last port of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_port: Option<u16>,
}

/// A label selector; an empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Required values of labels.
    #[serde(skip_serializing_if = "StringMap::is_empty")]
    pub match_labels: StringMap,
    /// Other requirements on labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Expression>,
}

/// A requirement on a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Expression {
    /// Key of the label.
    pub key: Cow<'static, str>,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: &'static str,
    /// The values of `In` and `NotIn`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

impl NetworkPolicy {
    /// Creates a NetworkPolicy.
    pub fn new(metadata: Meta, spec: NetworkPolicySpec) -> Self {
        Self { api_version: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec }
    }
}

impl LabelSelector {
    /// Converts a selector as Kubernetes writes it: a label with one value becomes a `matchLabels`.
    pub fn of(of: policy::Selector) -> Self {
        let is_label =
            |it: &&policy::Requirement| matches!(&it.test, Test::In(values) if values.len() == 1);
        let labels = of.0.iter().filter(is_label).count();
        let mut selector = Self {
            match_labels: StringMap(Vec::with_capacity(labels)),
            match_expressions: Vec::with_capacity(of.0.len() - labels),
        };
        for policy::Requirement { key, test } in of.0 {
            // Large programs have this key hundreds of thousands of times.
            let key = if key == NAMESPACE_LABEL { NAMESPACE_LABEL.into() } else { Cow::from(key) };
            let (operator, mut values) = match test {
                Test::In(values) => ("In", values),
                Test::NotIn(values) => ("NotIn", values),
                Test::Exists => ("Exists", Vec::new()),
                Test::DoesNotExist => ("DoesNotExist", Vec::new()),
            };
            match values.pop() {
                Some(value) if operator == "In" && values.is_empty() => {
                    selector.match_labels.0.push((key, value));
                }
                last => {
                    values.extend(last);
                    selector.match_expressions.push(Expression { key, operator, values });
                }
            }
        }
        selector
    }
}
