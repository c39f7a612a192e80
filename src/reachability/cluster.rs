//! The parts of a cluster that determine allowed connections. `read` builds them from manifests; a caller may
//! add pods that no manifest describes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::ids::{PolicyId, RuleId};
use crate::policy::{Labels, Policy, Port, Rule, Selector};
use crate::scalar::{PortRange, Protocol};

/// A cluster: the input of the evaluation.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// The namespaces.
    pub namespaces: Vec<Namespace>,
    /// The pods.
    pub pods: Vec<Pods>,
    /// The Services.
    pub services: Vec<Service>,
    /// The policies.
    pub policies: Vec<Policy>,
    /// Possible addresses of pods that are `anywhere`.
    pub pod_networks: PodNetworks,
}

impl Cluster {
    /// The policy with an id.
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.get(id.at())
    }

    /// The policies with their ids.
    pub fn policies_by_id(&self) -> impl Iterator<Item = (PolicyId, &Policy)> {
        self.policies.iter().enumerate().map(|(at, it)| (PolicyId::new(at), it))
    }

    /// The rule with an id.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.policy(id.policy)?.rules(id.direction)?.get(id.rule)
    }

    /// Removes the pods of workload templates whose actual pods are in the snapshot.
    pub fn without_templates_of_pods(&mut self) {
        let (pods, templates): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pods).into_iter().partition(|it| it.is_one);
        let mut by_namespace = BTreeMap::<&str, Vec<&Pods>>::new();
        for it in &pods {
            by_namespace.entry(&it.namespace).or_default().push(it);
        }
        let is_there = |template: &Pods| {
            let pods = by_namespace.get(template.namespace.as_str());
            pods.into_iter().flatten().any(|pod| {
                template.labels.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
            })
        };
        let unseen: Vec<Pods> = templates.into_iter().filter(|it| !is_there(it)).collect();
        self.pods = pods;
        self.pods.extend(unseen);
    }
}

/// Possible addresses of pods. A block that overlaps them matches every pod that is `anywhere`.
#[derive(Debug, Clone, Default)]
pub struct PodNetworks {
    /// The networks.
    pub networks: Vec<IpNet>,
    /// Networks inside the pod networks that belong to other hosts.
    pub except: Vec<IpNet>,
}

/// A namespace with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Name of the namespace.
    pub name: String,
    /// Labels of the namespace, including the label that the API server sets.
    pub labels: Labels,
}

/// Pods that are alike: a single pod, or the pods of a workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pods {
    /// Namespace of the pods.
    pub namespace: String,
    /// Name in messages: `deployment/web`, or the name of a pod.
    pub name: String,
    /// The workload of the pods: `deployment/web`; `None` for a standalone pod.
    pub workload: Option<String>,
    /// Labels of the pods.
    pub labels: Labels,
    /// The named ports of their containers.
    pub ports: Vec<NamedPort>,
    /// The ports that their containers declare, with or without a name.
    pub listens: Vec<PortRange>,
    /// Known addresses of the pods.
    pub addresses: Vec<IpAddr>,
    /// Whether the pods may have any address of the cluster's `pod_networks`.
    pub anywhere: bool,
    /// Whether the pods use the network of their node: no policy and no peer selects them.
    pub host_network: bool,
    /// Whether this is a single pod; a workload may have several.
    pub is_one: bool,
}

/// A named port of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedPort {
    /// The name.
    pub name: String,
    /// The protocol; a rule matches the name only with this protocol.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Namespace of the Service.
    pub namespace: String,
    /// Name of the Service.
    pub name: String,
    /// Selector of its pods; `None`: the Service has no selector.
    pub pods: Option<Selector>,
    /// Ports of the Service.
    pub ports: Vec<ServicePort>,
    /// Whether it has no address of its own: DNS returns the addresses of the pods, and nothing translates ports.
    pub is_headless: bool,
    /// The addresses of the Service.
    pub addresses: Vec<IpAddr>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Name of the port.
    pub name: Option<String>,
    /// The ports that clients dial.
    pub dialed: PortRange,
    /// The ports on which the pods listen.
    pub target: Port,
}
