//! The target cluster: networks, nodes, Calico, MetalLB.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{BfdProfile, BgpMode, BgpPeer, BgpRoutes, Cni, Owner, Selector, WorkloadId};
use crate::policy::DialectName;
use crate::scalar::{AddressRange, Addresses, PortRange, Version};
use crate::source::{Name, Site, Span, Spanned};

/// A target cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Name of the cluster and of its folder in the output.
    pub name: Spanned<Name>,
    /// The Kubernetes distribution.
    pub distribution: Distribution,
    /// The pod networks: one IPv4, one IPv6, or both.
    pub pods: Vec<Spanned<IpNet>>,
    /// The Service networks.
    pub services: Vec<Spanned<IpNet>>,
    /// The node addresses; `None` if the source does not give them.
    pub nodes: Option<Spanned<Addresses>>,
    /// The API server's endpoints: addresses with their port.
    pub apiserver: Option<Spanned<Vec<(IpAddr, PortRange)>>>,
    /// The nodes' tunnel addresses; `None` if the source does not give them.
    pub tunnels: Option<Spanned<Addresses>>,
    /// The link-local address of the DNS cache on each node (NodeLocal DNSCache), if the cluster has one.
    pub node_local_dns: Option<Spanned<IpAddr>>,
    /// The cluster's DNS domain; by default `cluster.local`.
    pub domain: String,
    /// The field `cni`: the network plugin that enforces the policies.
    pub cni: Option<Spanned<Cni>>,
    /// The kind of objects in which the network policies are written.
    pub dialect: DialectName,
    /// The Installation to emit.
    pub calico: Option<Calico>,
    /// MetalLB's configuration to emit.
    pub metallb: Option<Metallb>,
    /// Place of the declaration `cluster NAME { … }`.
    pub span: Span,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// The Kubernetes distribution of a cluster. It provides defaults, and never overrides the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distribution {
    /// k3s
    K3s,
    /// kubeadm
    Kubeadm,
    /// Amazon EKS
    Eks,
    /// Any other distribution; it has no defaults.
    Generic,
}

/// Encapsulation of packets between pods of different nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encapsulation {
    /// VXLAN everywhere.
    Vxlan,
    /// VXLAN between subnets only.
    VxlanCrossSubnet,
    /// IP-in-IP everywhere.
    Ipip,
    /// IP-in-IP between subnets only.
    IpipCrossSubnet,
    /// No encapsulation: plain routing.
    None,
}

/// The `calico` block.
#[derive(Debug, Clone)]
pub struct Calico {
    /// Calico's version (not the operator's).
    pub version: Spanned<Version>,
    /// The encapsulation of the pod network.
    pub encapsulation: Spanned<Encapsulation>,
    /// Whether BIRD runs.
    pub bgp: Spanned<bool>,
    /// Prefix length of the address blocks of nodes; `None`: the operator's default.
    pub block_size: Option<Spanned<u8>>,
    /// Whether packets from pods leave the cluster with the address of their node.
    pub nat_outgoing: Option<Spanned<bool>>,
    /// `containerIPForwarding`; on k3s enabled by default.
    pub container_ip_forwarding: Option<Spanned<bool>>,
    /// `flexVolumePath`, with its trailing slash.
    pub flex_volume_path: Option<Spanned<String>>,
    /// `mtu`, in bytes.
    pub mtu: Option<Spanned<u16>>,
    /// Place of the declaration `calico { … }`.
    pub span: Span,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// The `metallb` block.
#[derive(Debug, Clone)]
pub struct Metallb {
    /// MetalLB's version; it determines the annotations that MetalLB reads.
    pub version: Spanned<Version>,
    /// The namespace of MetalLB; by default `metallb-system`.
    pub namespace: String,
    /// MetalLB's BGP implementation, if the source sets it.
    pub bgp: Option<Spanned<BgpMode>>,
    /// The address pools.
    pub pools: Vec<Pool>,
    /// Whether the source has no pool, and no range of a pool, that could not be read. Otherwise no check may conclude
    /// that an address is in no pool or in another one.
    pub has_all_pools: bool,
    /// The routers that it announces pools to.
    pub peers: Vec<BgpPeer>,
    /// The profiles of the BFD sessions with the peers.
    pub bfd_profiles: Vec<BfdProfile>,
    /// The fixed addresses of services.
    pub addresses: Vec<FixedAddress>,
    /// Addresses that no service may use.
    pub reserved: Vec<Reserved>,
    /// Place of the declaration `metallb { … }`.
    pub span: Span,
}

/// The protocol by which MetalLB announces a pool's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Announce {
    /// ARP and NDP.
    L2,
    /// BGP.
    Bgp,
}

/// A pool of load-balancer addresses.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Name of the pool and of its `IPAddressPool`.
    pub name: Spanned<Name>,
    /// The address ranges as written in the source.
    pub ranges: Vec<Spanned<AddressRange>>,
    /// How the addresses are announced.
    pub announce: Spanned<Announce>,
    /// The nodes' interfaces that announce the addresses (L2); empty: all interfaces.
    pub interfaces: Vec<Spanned<String>>,
    /// The nodes that announce the addresses: those selected by at least one selector; empty: all nodes.
    pub nodes: Vec<Spanned<Selector>>,
    /// BGP announcement settings.
    pub routes: BgpRoutes,
    /// Whether MetalLB skips IPv4 addresses that end in 0 or 255.
    pub avoid_buggy_ips: Option<Spanned<bool>>,
    /// Tenants and services that may use the pool; empty: all.
    pub takers: Vec<Spanned<Taker>>,
    /// Place of the declaration `pool NAME { … }`.
    pub span: Span,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// An entry of a pool's `for`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taker {
    /// Every service of a tenant.
    Owner(Owner),
    /// The services of a component's use, or one service.
    Workloads(Vec<WorkloadId>),
}

/// `address SERVICE = ADDRESS`.
#[derive(Debug, Clone)]
pub struct FixedAddress {
    /// The service; `None` if its name is not resolved (already reported).
    pub workload: Option<WorkloadId>,
    /// The address.
    pub address: Spanned<IpAddr>,
    /// Place of the declaration.
    pub site: Site,
}

/// `reserve RANGE "why"`.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// The addresses.
    pub range: AddressRange,
    /// The reason.
    pub reason: Option<String>,
    /// Place of the declaration.
    pub span: Span,
}

impl Pool {
    /// Whether MetalLB never assigns this address of the pool: internal/allocator/allocator.go,
    /// `ipConfusesBuggyFirmwares`. `poolFor` there does not find the pool for such an address, so MetalLB also
    /// rejects requests for it.
    pub fn avoids(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        self.avoid_buggy_ips.as_ref().is_some_and(|it| it.node)
            && matches!(address.octets(), [.., 0 | 255])
    }

    /// Number of addresses in a range that MetalLB never assigns.
    pub fn avoided_in(&self, range: AddressRange) -> u128 {
        let (IpAddr::V4(from), IpAddr::V4(to)) = (range.from, range.to) else { return 0 };
        // Number of such addresses among the first `below` addresses.
        let among = |below: u64| below / 256 * 2 + u64::from(!below.is_multiple_of(256));
        let avoids = self.avoid_buggy_ips.as_ref().is_some_and(|it| it.node);
        let (from, below) = (u64::from(u32::from(from)), u64::from(u32::from(to)) + 1);
        if avoids { u128::from(among(below) - among(from)) } else { 0 }
    }
}

impl Metallb {
    /// Whether FRR is the BGP implementation: as the source sets it, else as the chart installs it (FRR since
    /// 0.14.0; earlier versions count as native).
    pub fn runs_frr(&self) -> bool {
        match &self.bgp {
            Some(mode) => mode.node == BgpMode::Frr,
            None => self.version.node.at_least([0, 14, 0]),
        }
    }

    /// The peers that receive the routes of a pool.
    pub fn peers_of<'m>(&'m self, pool: &'m Pool) -> impl Iterator<Item = &'m BgpPeer> {
        let named = &pool.routes.peers;
        let learns =
            |it: &&BgpPeer| named.is_empty() || named.iter().any(|name| name.node == it.name.node);
        self.peers.iter().filter(move |it| learns(it))
    }
}

impl Cluster {
    /// The network plugin: the field `cni`, else Calico if a `calico` block installs it.
    pub fn network_plugin(&self) -> Option<Cni> {
        let installed = self.calico.as_ref().map(|_| Cni::Calico);
        self.cni.as_ref().map(|it| it.node).or(installed)
    }

    /// Whether no `ipBlock` matches the address of a node or a pod.
    pub fn ignores_own_addresses(&self) -> bool {
        self.network_plugin().is_some_and(Cni::ignores_own_addresses)
    }

    /// Whether a Service without a requested IP family gets IPv4: the family of the first Service network.
    pub fn gives_ipv4(&self) -> bool {
        let network = self.services.first().or(self.pods.first());
        network.is_none_or(|it| it.node.addr().is_ipv4())
    }

    /// Whether hosts other than pods also have addresses of a pod network, as in Amazon's VPC.
    pub fn shares(&self, pods: IpNet) -> bool {
        let nodes = self.nodes.as_ref();
        let with_nodes = nodes.is_some_and(|it| it.node.overlaps(&Addresses::of([pods])));
        self.distribution == Distribution::Eks || with_nodes
    }

    /// Whether nodes may reach pods of other nodes from a tunnel address (`docs/language.md`, `tunnels`): with
    /// Calico's encapsulation, and with a network that this source does not describe, since most encapsulate.
    /// The network of EKS, the VPC's, does not.
    pub fn may_encapsulate(&self) -> bool {
        match (&self.calico, &self.cni) {
            (Some(calico), _) => calico.encapsulation.node != Encapsulation::None,
            (None, Some(cni)) => cni.node.may_encapsulate(),
            (None, None) => self.distribution != Distribution::Eks,
        }
    }
}
