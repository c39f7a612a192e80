//! Addresses and networks given in the source: of nodes and other hosts, of public address space, of externals
//! and of ends of flows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::model::{Cluster, Endpoint, Model};
use crate::scalar::{Addresses, PortRange};

/// Every network that the source names. Address space is split at their borders.
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

/// The networks of externals, and the networks at the ends of flows and assertions.
pub(super) fn named(model: &Model) -> impl Iterator<Item = IpNet> {
    let ends = model.flows.iter().map(|it| (&it.clients, &it.servers));
    let ends = ends.chain(model.asserts.iter().map(|it| (&it.clients, &it.servers)));
    let addresses = ends.flat_map(|(clients, servers)| {
        let clients = clients.iter().map(|it| &it.endpoint);
        clients.chain(servers.iter().map(|it| &it.endpoint)).filter_map(Endpoint::as_addresses)
    });
    let externals = model.externals.iter().map(|it| &it.cidrs);
    externals.chain(addresses).flat_map(|it| &it.0).copied()
}

/// The networks of hosts: nodes, their tunnels and DNS caches, the API server.
pub(super) fn machines(cluster: &Cluster) -> Vec<IpNet> {
    let mut all = nodes(cluster);
    all.extend(cluster.tunnels.iter().flat_map(|it| &it.node.0));
    all.extend(dns_cache(cluster));
    all.extend(apiserver(cluster).map(|(address, _)| IpNet::from(address)));
    all
}

pub(super) fn nodes(cluster: &Cluster) -> Vec<IpNet> {
    cluster.nodes.as_ref().map_or_else(Vec::new, |it| it.node.0.clone())
}

/// The networks of tunnel addresses; if the source does not give them, all pod networks.
pub(super) fn tunnels(cluster: &Cluster) -> Vec<IpNet> {
    if !cluster.may_encapsulate() {
        return Vec::new();
    }
    let pods = || cluster.pods.iter().map(|it| it.node.trunc()).collect();
    cluster.tunnels.as_ref().map_or_else(pods, |it| it.node.0.clone())
}

pub(super) fn apiserver(cluster: &Cluster) -> impl Iterator<Item = (IpAddr, PortRange)> {
    cluster.apiserver.iter().flat_map(|it| it.node.iter().copied())
}

/// The addresses of the DNS cache on each node: its own address and that of the DNS Service, which every
/// installer places at the tenth address of the Service network.
pub(super) fn dns_cache(cluster: &Cluster) -> Vec<IpNet> {
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

/// Public address space of each IP family that pods have, with the networks to exclude: private networks and
/// the cluster's own.
pub(super) fn internet(cluster: &Cluster) -> Vec<(IpNet, Vec<IpNet>)> {
    let mut own: Vec<IpNet> = Vec::new();
    own.extend(cluster.pods.iter().chain(&cluster.services).map(|it| it.node));
    own.extend(nodes(cluster));
    own.extend(cluster.tunnels.iter().flat_map(|it| &it.node.0));
    own.extend(apiserver(cluster).map(|(address, _)| IpNet::from(address)));
    for range in cluster.metallb.iter().flat_map(|it| &it.pools).flat_map(|it| &it.ranges) {
        own.extend(Addresses::from(range.node).0);
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
