//! `networking.k8s.io/v1` NetworkPolicy.
//!
//! The difference between a missing list and an empty one has meaning there: a rule without `from`
//! is open to everybody. So `None` is everybody, and an empty `Vec` is never emitted for peers.

use std::borrow::Cow;

use serde::Serialize;

use super::{Meta, StringMap};
use crate::policy::{self, Test};

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicy {
    /// `networking.k8s.io/v1`
    pub api_version: &'static str,
    /// `NetworkPolicy`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// What it says.
    pub spec: NetworkPolicySpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// The pods that it isolates and opens; always written (`{}`: all of the namespace).
    pub pod_selector: LabelSelector,
    /// The directions, always written.
    pub policy_types: Vec<&'static str>,
    /// Who may come in; not written where there is no rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress: Vec<Ingress>,
    /// Where the pods may go; not written where there is no rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<Egress>,
}

/// One ingress rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ingress {
    /// Who; `None`: everybody (only where the source says `anyone`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<Peer>>,
    /// On which pod ports; `None`: every port of every protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PolicyPort>>,
}

/// One egress rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Egress {
    /// Where to; `None`: anywhere (only where the source says `anyone`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Peer>>,
    /// On which pod ports; `None`: every port of every protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PolicyPort>>,
}

/// One end of a rule: pods, or addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Addresses; excludes the selectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_block: Option<IpBlock>,
    /// Namespaces; `None` with a pod selector: the policy's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Pods; `None` with a namespace selector: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<LabelSelector>,
}

/// A network with holes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct IpBlock {
    /// The network, host bits zero.
    pub cidr: String,
    /// Networks inside it that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// A pod port of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPort {
    /// `TCP`, `UDP` or `SCTP`; always written.
    pub protocol: &'static str,
    /// The port, or the first of a range; `None`: every port of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The last port of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_port: Option<u16>,
}

/// A label selector; empty: everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels with their values.
    #[serde(skip_serializing_if = "StringMap::is_empty")]
    pub match_labels: StringMap,
    /// Other requirements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Expression>,
}

/// A requirement on a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Expression {
    /// The label.
    pub key: Cow<'static, str>,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: &'static str,
    /// The values of `In` and `NotIn`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

impl NetworkPolicy {
    /// A policy.
    pub fn new(metadata: Meta, spec: NetworkPolicySpec) -> Self {
        Self { api_version: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec }
    }
}

impl LabelSelector {
    /// The selector as Kubernetes writes it: a label with one value is a `matchLabels`.
    pub fn of(of: &policy::Selector) -> Self {
        let mut selector = Self::default();
        for it in &of.0 {
            let (operator, values) = match &it.test {
                Test::In(values) => match values.as_slice() {
                    [value] => {
                        selector.match_labels.0.push((it.key.clone().into(), value.clone()));
                        continue;
                    }
                    several => ("In", several),
                },
                Test::NotIn(values) => ("NotIn", values.as_slice()),
                Test::Exists => ("Exists", [].as_slice()),
                Test::DoesNotExist => ("DoesNotExist", [].as_slice()),
            };
            let (key, values) = (it.key.clone().into(), values.to_vec());
            selector.match_expressions.push(Expression { key, operator, values });
        }
        selector
    }
}
