//! The ends that the source names, as sets of the engine's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::pods::{DNS, selector};
use crate::model::{Cluster, Endpoint, Model};
use crate::policy::{Labels, Selector};
use crate::reachability::{EVERY_PORT, Reach, Set};
use crate::scalar::{Addresses, PodPort, PortRange, PortSet, Protocol};

/// Some ends on some ports.
pub type Place = (Vec<PortRange>, Set);

/// Where the source's ends are.
pub struct Places<'p> {
    model: &'p Model,
    reach: &'p Reach<'p>,
    /// The nodes.
    nodes: Set,
    /// With which other addresses nodes come to pods.
    tunnels: Set,
    /// The API server's endpoints, each with its port.
    apiserver: Vec<(PortRange, Set)>,
    internet: Set,
    /// The pods of the cluster's DNS.
    dns_pods: Set,
    /// Those, and the cache on each node.
    dns: Set,
}

/// Every network that the source names: address space is cut there.
pub fn networks(model: &Model) -> Vec<IpNet> {
    let cluster = &model.cluster;
    let mut all: Vec<IpNet> = Vec::new();
    all.extend(nodes(cluster).into_iter().chain(tunnels(cluster)).chain(dns_cache(cluster)));
    all.extend(apiserver(cluster).map(|(address, _)| IpNet::from(address)));
    all.extend(
        internet(cluster).into_iter().flat_map(|(whole, holes)| [vec![whole], holes].concat()),
    );
    all.extend(named(model));
    all
}

/// The networks of externals, and those at the ends of flows and assertions.
pub(super) fn named(model: &Model) -> impl Iterator<Item = IpNet> {
    let ends = model.flows.iter().map(|it| (&it.clients, &it.servers));
    let ends = ends.chain(model.asserts.iter().map(|it| (&it.clients, &it.servers)));
    let addresses = ends.flat_map(|(clients, servers)| {
        let clients = clients.iter().map(|it| &it.endpoint);
        clients.chain(servers.iter().map(|it| &it.endpoint)).filter_map(|it| match it {
            Endpoint::Addresses(addresses) => Some(addresses),
            Endpoint::Workload(_)
            | Endpoint::Namespace(_)
            | Endpoint::External(_)
            | Endpoint::Internet
            | Endpoint::Anyone
            | Endpoint::Nodes
            | Endpoint::Apiserver
            | Endpoint::Dns => None,
        })
    });
    let externals = model.externals.iter().map(|it| &it.cidrs);
    externals.chain(addresses).flat_map(|it| &it.0).copied()
}

impl<'p> Places<'p> {
    /// The places of a program.
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

    /// The pods of an end; none where it is addresses.
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

    /// Where a client of an end connects to, on ports of pods.
    pub fn as_server(&self, endpoint: &Endpoint, ports: &PortSet) -> Vec<Place> {
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

    /// As whom a client comes to a server.
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

    /// Some ends, and the pods that may have an address among them.
    pub(super) fn with_pods(&self, ends: &Set) -> Set {
        self.reach.ends().with_pods(ends)
    }

    /// The other addresses of the nodes.
    pub(super) fn tunnels(&self) -> &Set {
        &self.tunnels
    }

    /// The addresses of the nodes.
    pub(super) fn nodes(&self) -> &Set {
        &self.nodes
    }

    /// With which addresses a node comes to pods.
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

/// The cluster's DNS is asked over UDP, and over TCP for what is too long.
pub(super) fn dns_ports() -> Vec<PortRange> {
    [Protocol::Tcp, Protocol::Udp].map(|protocol| PortRange { protocol, from: 53, to: 53 }).into()
}

/// A set of pod ports as ranges.
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

/// What machines have: nodes, their tunnels and DNS caches, the API server.
pub(super) fn machines(cluster: &Cluster) -> Vec<IpNet> {
    let mut all = nodes(cluster);
    all.extend(cluster.tunnels.iter().flat_map(|it| &it.node.0));
    all.extend(dns_cache(cluster));
    all.extend(apiserver(cluster).map(|(address, _)| IpNet::from(address)));
    all
}

fn nodes(cluster: &Cluster) -> Vec<IpNet> {
    cluster.nodes.as_ref().map_or_else(Vec::new, |it| it.node.0.clone())
}

/// Where they are not known, somewhere in the pod networks.
fn tunnels(cluster: &Cluster) -> Vec<IpNet> {
    if !cluster.may_encapsulate() {
        return Vec::new();
    }
    let pods = || cluster.pods.iter().map(|it| it.node.trunc()).collect();
    cluster.tunnels.as_ref().map_or_else(pods, |it| it.node.0.clone())
}

fn apiserver(cluster: &Cluster) -> impl Iterator<Item = (IpAddr, PortRange)> {
    cluster.apiserver.iter().flat_map(|it| it.node.iter().copied())
}

/// The cache on each node answers at its own address and at the DNS Service's, which every installer
/// makes the tenth of the Service network.
fn dns_cache(cluster: &Cluster) -> Vec<IpNet> {
    let Some(cache) = &cluster.node_local_dns else { return Vec::new() };
    let service = cluster.services.iter().filter_map(|it| {
        let tenth = match it.node.network() {
            IpAddr::V4(first) => IpAddr::V4(Ipv4Addr::from(u32::from(first).checked_add(10)?)),
            IpAddr::V6(first) => IpAddr::V6(Ipv6Addr::from(u128::from(first).checked_add(10)?)),
        };
        it.node.contains(&tenth).then_some(tenth)
    });
    std::iter::once(cache.node).chain(service).map(IpNet::from).collect()
}

/// Every public address of the families that pods have, without what is the cluster's own.
fn internet(cluster: &Cluster) -> Vec<(IpNet, Vec<IpNet>)> {
    let mut own: Vec<IpNet> = Vec::new();
    own.extend(cluster.pods.iter().chain(&cluster.services).map(|it| it.node));
    own.extend(nodes(cluster));
    own.extend(cluster.tunnels.iter().flat_map(|it| &it.node.0));
    own.extend(apiserver(cluster).map(|(address, _)| IpNet::from(address)));
    for range in cluster.metallb.iter().flat_map(|it| &it.pools).flat_map(|it| &it.ranges) {
        own.extend(Addresses::range(range.node.0, range.node.1).0);
    }
    let has = |v4: bool| cluster.pods.iter().any(|it| it.node.addr().is_ipv4() == v4);
    let family = |whole: IpNet, private: Addresses| {
        let own = own.iter().filter(|it| it.addr().is_ipv4() == whole.addr().is_ipv4());
        (whole, private.0.iter().chain(own).copied().collect())
    };
    let mut families = Vec::new();
    if has(true) || !has(false) {
        let whole = IpNet::new_assert(Ipv4Addr::UNSPECIFIED.into(), 0);
        families.push(family(whole, Addresses::not_public_v4()));
    }
    if has(false) {
        let whole = IpNet::new_assert(Ipv6Addr::UNSPECIFIED.into(), 0);
        families.push(family(whole, Addresses::not_public_v6()));
    }
    families
}
