//! What the engine reads: the few things of a cluster that decide who reaches whom. `read` makes them
//! from manifests; a caller may add pods that nobody has written down.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::{Labels, Policy, Port, Selector};
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
