//! Resolves the ends that the source names to sets of ends of the reachability engine.

use ipnet::IpNet;

use super::addresses::{apiserver, dns_cache, internet, nodes, tunnels};
use super::pods::{DNS, selector};
use crate::model::{Endpoint, Model};
use crate::policy::{Labels, Selector};
use crate::reachability::{EndsOnPorts, Reach, Set};
use crate::scalar::{EVERY_PORT, PodPort, PortRange, PortSet, Protocol};

/// The sets of ends for the endpoints of a program.
pub struct Places<'p> {
    model: &'p Model,
    reach: &'p Reach<'p>,
    /// The addresses of the nodes.
    nodes: Set,
    /// Other source addresses of nodes in connections to pods.
    tunnels: Set,
    /// The API server's endpoints, each with its port.
    apiserver: Vec<(PortRange, Set)>,
    internet: Set,
    /// The pods of the cluster's DNS.
    dns_pods: Set,
    /// The DNS pods, and the cache on each node.
    dns: Set,
}

impl<'p> Places<'p> {
    /// Resolves the endpoints of a program.
    pub fn of(model: &'p Model, reach: &'p Reach<'p>) -> Self {
        let cluster = &model.cluster;
        let (namespace, key, value) = DNS;
        let labels = Labels::from([(key.to_owned(), value.to_owned())]);
        let dns_pods = reach.ends().of_pods(namespace, &Selector::of_labels(&labels));
        let blocks = |networks: Vec<IpNet>| blocks(reach, &networks);
        let everywhere: Vec<Set> = internet(cluster)
            .iter()
            .map(|(whole, holes)| reach.ends().of_block(whole, holes))
            .collect();
        let endpoint = |(address, port)| (port, blocks(vec![IpNet::from(address)]));
        Self {
            model,
            reach,
            nodes: blocks(nodes(cluster)),
            tunnels: blocks(tunnels(cluster)),
            apiserver: apiserver(cluster).map(endpoint).collect(),
            internet: Set::union(&everywhere),
            dns: Set::union([&dns_pods, &blocks(dns_cache(cluster))]),
            dns_pods,
        }
    }

    /// The pods of an endpoint; empty for addresses.
    pub fn pods(&self, endpoint: &Endpoint) -> Set {
        match endpoint {
            Endpoint::Workload(id) => {
                let workload = self.model.workload(*id);
                if workload.host_network {
                    return Set::default();
                }
                let namespace = &self.model.namespace(workload.namespace).name;
                self.reach.ends().of_pods(namespace, &selector(&workload.pods))
            }
            Endpoint::Namespace(id) => {
                self.reach.ends().of_namespace(&self.model.namespace(*id).name)
            }
            Endpoint::Dns => self.dns_pods.clone(),
            Endpoint::External(_)
            | Endpoint::Addresses(_)
            | Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes
            | Endpoint::Apiserver => Set::default(),
        }
    }

    /// The destinations of connections to an endpoint, by pod ports.
    pub fn as_server(&self, endpoint: &Endpoint, ports: &PortSet) -> Vec<EndsOnPorts> {
        match endpoint {
            Endpoint::Dns => vec![(dns_ports(), self.dns.clone())],
            Endpoint::Apiserver => {
                self.apiserver.iter().map(|(port, at)| (vec![*port], at.clone())).collect()
            }
            Endpoint::Workload(_)
            | Endpoint::Namespace(_)
            | Endpoint::External(_)
            | Endpoint::Addresses(_)
            | Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes => vec![(ranges(ports), self.named(endpoint))],
        }
    }

    /// The sources of connections from a client.
    pub fn as_client(&self, endpoint: &Endpoint) -> Set {
        match endpoint {
            Endpoint::Dns => self.dns_pods.clone(),
            Endpoint::Apiserver => {
                Set::union(self.apiserver.iter().map(|(_, at)| at).chain([&self.tunnels]))
            }
            Endpoint::Nodes => self.as_node(),
            Endpoint::Workload(id) if self.model.workload(*id).host_network => self.as_node(),
            Endpoint::Workload(_)
            | Endpoint::Namespace(_)
            | Endpoint::External(_)
            | Endpoint::Addresses(_)
            | Endpoint::Internet
            | Endpoint::Anyone => self.named(endpoint),
        }
    }

    /// Every class of pods.
    pub(super) fn every_pod(&self) -> Set {
        self.reach.ends().pods()
    }

    /// A set of ends, with the pods that may have one of its addresses.
    pub(super) fn with_pods(&self, ends: &Set) -> Set {
        self.reach.ends().with_pods(ends)
    }

    /// The tunnel addresses of the nodes.
    pub(super) fn tunnels(&self) -> &Set {
        &self.tunnels
    }

    /// The addresses of the nodes.
    pub(super) fn nodes(&self) -> &Set {
        &self.nodes
    }

    /// All source addresses of nodes in connections to pods.
    pub(super) fn as_node(&self) -> Set {
        Set::union([&self.nodes, &self.tunnels])
    }

    fn named(&self, endpoint: &Endpoint) -> Set {
        match endpoint {
            Endpoint::Workload(id) if self.model.workload(*id).host_network => self.nodes.clone(),
            Endpoint::Workload(_) | Endpoint::Namespace(_) | Endpoint::Dns => self.pods(endpoint),
            Endpoint::External(id) => blocks(self.reach, &self.model.external(*id).cidrs.0),
            Endpoint::Addresses(addresses) => blocks(self.reach, &addresses.0),
            Endpoint::Internet => self.internet.clone(),
            Endpoint::Anyone => self.reach.ends().everybody().clone(),
            Endpoint::Nodes => self.nodes.clone(),
            Endpoint::Apiserver => Set::union(self.apiserver.iter().map(|(_, at)| at)),
        }
    }
}

/// The ports of the cluster's DNS: UDP, and TCP for long answers.
pub(super) fn dns_ports() -> Vec<PortRange> {
    [Protocol::Tcp, Protocol::Udp].map(|protocol| PortRange { protocol, from: 53, to: 53 }).into()
}

/// A set of pod ports as port ranges.
pub fn ranges(ports: &PortSet) -> Vec<PortRange> {
    match ports {
        PortSet::Any => EVERY_PORT.to_vec(),
        PortSet::Some(ports) => ports.iter().map(|PodPort(range)| *range).collect(),
    }
}

fn blocks(reach: &Reach<'_>, networks: &[IpNet]) -> Set {
    let sets: Vec<Set> = networks.iter().map(|it| reach.ends().of_block(it, &[])).collect();
    Set::union(&sets)
}
