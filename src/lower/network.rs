//! The cluster's addresses in the form that rules need.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;

use crate::model::{Cluster, Requirement, Selector};
use crate::scalar::{Addresses, PodPort, PortRange, PortSet, Protocol};

/// Addresses of a cluster.
pub(super) struct Network {
    /// The nodes, in as few networks as possible; `None` if the source does not declare them.
    pub(super) nodes: Option<Vec<IpNet>>,
    /// Other addresses with which nodes connect to the pods of other nodes.
    pub(super) tunnels: Tunnels,
    /// The API server's endpoints, each with its port; `None` if the source does not declare them.
    pub(super) apiserver: Option<Vec<(IpNet, PortSet)>>,
    /// All public addresses: a network for each address family of the pods, and its exceptions.
    pub(super) internet: Vec<(IpNet, Arc<[IpNet]>)>,
    /// The pods of the cluster's DNS, in `kube-system`.
    pub(super) dns_pods: Selector,
    /// Addresses at which the DNS cache of each node answers: its own one and that of the DNS Service; empty
    /// without a cache.
    pub(super) dns_cache: Vec<IpNet>,
    /// 53, UDP and TCP: if an answer is too long for UDP, clients repeat the query over TCP.
    pub(super) dns_ports: PortSet,
    /// Whether the enforcer does not match nodes and pods by their addresses.
    pub(super) ignores_own_addresses: bool,
}

/// Addresses of the nodes' tunnel interfaces.
pub(super) enum Tunnels {
    /// The pod network has no tunnels.
    None,
    /// The declared addresses.
    Known(Vec<IpNet>),
    /// Undeclared addresses, somewhere in the pod networks.
    Unknown(Vec<IpNet>),
}

/// The namespace of the cluster's DNS.
pub(super) const DNS_NAMESPACE: &str = "kube-system";

impl Network {
    /// Collects the addresses of a cluster.
    pub(super) fn of(cluster: &Cluster) -> Self {
        let pods: Vec<IpNet> = cluster.pods.iter().map(|it| it.node.trunc()).collect();
        let tunnels = match &cluster.tunnels {
            _ if !cluster.may_encapsulate() => Tunnels::None,
            Some(tunnels) => Tunnels::Known(IpNet::aggregate(&tunnels.node.0)),
            None => Tunnels::Unknown(pods),
        };
        let apiserver = cluster.apiserver.as_ref().map(|it| {
            let endpoints = it.node.iter();
            endpoints.map(|(at, port)| (IpNet::from(*at), PortSet::of([PodPort(*port)]))).collect()
        });
        let dns_cache = cluster.node_local_dns.as_ref().map_or_else(Vec::new, |it| {
            let service = cluster.services.iter().filter_map(|it| tenth(it.node));
            std::iter::once(it.node).chain(service).map(IpNet::from).collect()
        });
        let dns = |protocol| PodPort(PortRange { protocol, from: 53, to: 53 });
        Self {
            nodes: cluster.nodes.as_ref().map(|it| IpNet::aggregate(&it.node.0)),
            tunnels,
            apiserver,
            internet: internet(cluster),
            dns_pods: Selector(vec![(
                "k8s-app".to_owned(),
                Requirement::Is("kube-dns".to_owned()),
            )]),
            dns_cache,
            dns_ports: PortSet::of([dns(Protocol::Udp), dns(Protocol::Tcp)]),
            ignores_own_addresses: cluster.ignores_own_addresses(),
        }
    }
}

/// Returns the address with number 10 in the Service network, which every installer gives to the DNS Service.
fn tenth(services: IpNet) -> Option<IpAddr> {
    let address = match services.network() {
        IpAddr::V4(it) => IpAddr::V4(Ipv4Addr::from(u32::from(it).checked_add(10)?)),
        IpAddr::V6(it) => IpAddr::V6(Ipv6Addr::from(u128::from(it).checked_add(10)?)),
    };
    services.contains(&address).then_some(address)
}

/// Returns all public addresses, except for the cluster's own public addresses.
fn internet(cluster: &Cluster) -> Vec<(IpNet, Arc<[IpNet]>)> {
    let own = own_addresses(cluster);
    let family = |everything: IpNet, private: &Addresses| {
        let ipv4 = everything.addr().is_ipv4();
        let own = own.iter().filter(|it| it.addr().is_ipv4() == ipv4);
        let holes = Addresses::of(private.0.iter().chain(own).copied());
        (everything, Arc::from(holes.0))
    };
    let has = |ipv4: bool| cluster.pods.iter().any(|it| it.node.addr().is_ipv4() == ipv4);
    let mut networks = Vec::new();
    if has(true) || !has(false) {
        let everything = IpNet::new_assert(Ipv4Addr::UNSPECIFIED.into(), 0);
        networks.push(family(everything, &Addresses::not_public_v4()));
    }
    if has(false) {
        let everything = IpNet::new_assert(Ipv6Addr::UNSPECIFIED.into(), 0);
        networks.push(family(everything, &Addresses::not_public_v6()));
    }
    networks
}

fn own_addresses(cluster: &Cluster) -> Vec<IpNet> {
    let mut own: Vec<IpNet> = Vec::new();
    own.extend(cluster.pods.iter().chain(&cluster.services).map(|it| it.node));
    own.extend(cluster.nodes.iter().chain(&cluster.tunnels).flat_map(|it| &it.node.0));
    for (address, _) in cluster.apiserver.iter().flat_map(|it| &it.node) {
        own.push(IpNet::from(*address));
    }
    for range in cluster.metallb.iter().flat_map(|it| &it.pools).flat_map(|it| &it.ranges) {
        own.extend(Addresses::from(range.node).0);
    }
    IpNet::aggregate(&own)
}
