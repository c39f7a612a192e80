//! The parts of a cluster that decide who reaches whom. `read` makes them from manifests; a caller may add pods that
//! no manifest describes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::ids::{PolicyId, RuleId};
use crate::policy::{Labels, Policy, Port, Rule, Selector};
use crate::scalar::{PortRange, Protocol};

/// A cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Its namespaces.
    pub namespaces: Vec<Namespace>,
    /// Its pods.
    pub pods: Vec<Pods>,
    /// Its Services.
    pub services: Vec<Service>,
    /// Its policies.
    pub policies: Vec<Policy>,
    /// Where pods that are `anywhere` have their addresses.
    pub pod_networks: PodNetworks,
}

impl Cluster {
    /// A policy.
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.get(id.at())
    }

    /// The policies with their ids.
    pub fn policies_by_id(&self) -> impl Iterator<Item = (PolicyId, &Policy)> {
        self.policies.iter().enumerate().map(|(at, it)| (PolicyId::new(at), it))
    }

    /// A rule of a policy.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.policy(id.policy)?.rules(id.direction)?.get(id.rule)
    }

    /// Where a snapshot has pods and their workloads, the pods are what is there.
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

/// Where pods may have their addresses. A block that holds one of these is for every pod.
#[derive(Debug, Clone, Default)]
pub struct PodNetworks {
    /// The networks.
    pub networks: Vec<IpNet>,
    /// What is somebody else's inside of them.
    pub except: Vec<IpNet>,
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels, with the one that the API server sets.
    pub labels: Labels,
}

/// Pods that are alike: one, or those of a workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pods {
    /// Their namespace.
    pub namespace: String,
    /// What a person calls them: `deployment/web`, or a pod's name.
    pub name: String,
    /// What makes them: `deployment/web`; nothing for a pod by itself.
    pub workload: Option<String>,
    /// Their labels.
    pub labels: Labels,
    /// The ports that their containers name.
    pub ports: Vec<NamedPort>,
    /// The ports that their containers declare, named or not.
    pub listens: Vec<PortRange>,
    /// Their addresses, where they are known.
    pub addresses: Vec<IpAddr>,
    /// Whether they stand for pods that have some address of the cluster's `pod_networks`.
    pub anywhere: bool,
    /// Whether they live on their node's address: no policy selects them, no selector of a peer
    /// matches them.
    pub host_network: bool,
    /// Whether it is one pod; a workload may have several.
    pub is_one: bool,
}

/// A container's port with a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedPort {
    /// The name.
    pub name: String,
    /// The protocol; a name counts for one only.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its pods; `None`: it selects none by itself.
    pub pods: Option<Selector>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// The addresses at which it is dialed.
    pub addresses: Vec<IpAddr>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name.
    pub name: Option<String>,
    /// What clients dial.
    pub dialed: PortRange,
    /// Where the pods listen.
    pub target: Port,
}
