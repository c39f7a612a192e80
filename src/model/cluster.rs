//! The target: networks, nodes, Calico, MetalLB.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{BfdProfile, BgpMode, BgpPeer, BgpRoutes, Cni, Owner, Selector, WorkloadId};
use crate::policy::DialectName;
use crate::scalar::{AddressRange, Addresses, PortRange, Version};
use crate::source::{Name, Site, Span, Spanned};

/// One target.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its name; also its folder in the output.
    pub name: Spanned<Name>,
    /// What installed it.
    pub distribution: Distribution,
    /// The pod networks: one IPv4, one IPv6, or both.
    pub pods: Vec<Spanned<IpNet>>,
    /// The Service networks.
    pub services: Vec<Spanned<IpNet>>,
    /// The node addresses; `None` where the source does not say.
    pub nodes: Option<Spanned<Addresses>>,
    /// The API server's endpoints: addresses with their port.
    pub apiserver: Option<Spanned<Vec<(IpAddr, PortRange)>>>,
    /// The nodes' tunnel addresses; `None` where the source does not say.
    pub tunnels: Option<Spanned<Addresses>>,
    /// The link-local address of the DNS cache that runs on each node, if one does.
    pub node_local_dns: Option<Spanned<IpAddr>>,
    /// The cluster's DNS domain, `cluster.local` unless the source says otherwise.
    pub domain: String,
    /// The field `cni`: the network plugin that enforces the policies.
    pub cni: Option<Spanned<Cni>>,
    /// The kind of objects in which its policies are written.
    pub dialect: DialectName,
    /// The Installation to emit.
    pub calico: Option<Calico>,
    /// MetalLB's configuration to emit.
    pub metallb: Option<Metallb>,
    /// `cluster NAME { … }`.
    pub span: Span,
    /// Its doc comment.
    pub description: Option<String>,
}

/// What installed the cluster: fills defaults, never overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distribution {
    /// k3s
    K3s,
    /// kubeadm
    Kubeadm,
    /// Amazon EKS
    Eks,
    /// Anything else: no defaults.
    Generic,
}

/// How pods of different nodes reach each other.
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
    /// Plain routing.
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
    /// Prefix length of the blocks that nodes take; the operator's default where it is not given.
    pub block_size: Option<Spanned<u8>>,
    /// Whether pods leave the cluster with their node's address.
    pub nat_outgoing: Option<Spanned<bool>>,
    /// `containerIPForwarding`; on k3s enabled unless the source says otherwise.
    pub container_ip_forwarding: Option<Spanned<bool>>,
    /// `flexVolumePath`, with its trailing slash.
    pub flex_volume_path: Option<Spanned<String>>,
    /// `mtu`
    pub mtu: Option<Spanned<u16>>,
    /// `calico { … }`.
    pub span: Span,
    /// Its doc comment.
    pub description: Option<String>,
}

/// The `metallb` block.
#[derive(Debug, Clone)]
pub struct Metallb {
    /// MetalLB's version: decides which annotations it reads.
    pub version: Spanned<Version>,
    /// Where MetalLB runs; `metallb-system` unless the source says otherwise.
    pub namespace: String,
    /// Its implementation of BGP, where the source says it.
    pub bgp: Option<Spanned<BgpMode>>,
    /// Its pools.
    pub pools: Vec<Pool>,
    /// Whether the source has no pool, and no range of a pool, that could not be read. Otherwise no check may conclude
    /// that an address is in no pool or in another one.
    pub has_all_pools: bool,
    /// The routers that it announces pools to.
    pub peers: Vec<BgpPeer>,
    /// The profiles of BFD sessions with them.
    pub bfd_profiles: Vec<BfdProfile>,
    /// The registry of fixed addresses.
    pub addresses: Vec<FixedAddress>,
    /// Addresses that nobody may take.
    pub reserved: Vec<Reserved>,
    /// `metallb { … }`.
    pub span: Span,
}

/// How MetalLB makes a pool's addresses known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Announce {
    /// By ARP and NDP.
    L2,
    /// By BGP.
    Bgp,
}

/// A pool of load-balancer addresses.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its name, and the name of its `IPAddressPool`.
    pub name: Spanned<Name>,
    /// Its ranges as they were written.
    pub ranges: Vec<Spanned<AddressRange>>,
    /// How they are announced.
    pub announce: Spanned<Announce>,
    /// The nodes' interfaces on which they are announced (L2); empty: all.
    pub interfaces: Vec<Spanned<String>>,
    /// The nodes that announce them: those that one of the selectors selects; empty: all.
    pub nodes: Vec<Spanned<Selector>>,
    /// How they are announced by BGP.
    pub routes: BgpRoutes,
    /// Whether MetalLB gives out no IPv4 address that ends with 0 or 255.
    pub avoid_buggy_ips: Option<Spanned<bool>>,
    /// Who may take addresses from it; empty: everybody.
    pub takers: Vec<Spanned<Taker>>,
    /// `pool NAME { … }`.
    pub span: Span,
    /// Its doc comment.
    pub description: Option<String>,
}

/// Somebody in a pool's `for`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taker {
    /// Everything of a tenant.
    Owner(Owner),
    /// The services of a component's use, or one service.
    Workloads(Vec<WorkloadId>),
}

/// `address SERVICE = ADDRESS`.
#[derive(Debug, Clone)]
pub struct FixedAddress {
    /// The service; `None` if it could not be resolved (said already).
    pub workload: Option<WorkloadId>,
    /// The address.
    pub address: Spanned<IpAddr>,
    /// All of it.
    pub site: Site,
}

/// `reserve RANGE "why"`.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// The addresses.
    pub range: AddressRange,
    /// Why.
    pub reason: Option<String>,
    /// All of it.
    pub span: Span,
}

impl Pool {
    /// Whether MetalLB refuses to give out this address of it: internal/allocator/allocator.go,
    /// `ipConfusesBuggyFirmwares`. `poolFor` there knows no pool that has it, so a request for it is refused, too.
    pub fn avoids(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        self.avoid_buggy_ips.as_ref().is_some_and(|it| it.node)
            && matches!(address.octets(), [.., 0 | 255])
    }

    /// How many addresses of a range it avoids.
    pub fn avoided_in(&self, range: AddressRange) -> u128 {
        let (IpAddr::V4(from), IpAddr::V4(to)) = (range.from, range.to) else { return 0 };
        // Of the first `below` addresses that there are.
        let among = |below: u64| below / 256 * 2 + u64::from(!below.is_multiple_of(256));
        let avoids = self.avoid_buggy_ips.as_ref().is_some_and(|it| it.node);
        let (from, below) = (u64::from(u32::from(from)), u64::from(u32::from(to)) + 1);
        if avoids { u128::from(among(below) - among(from)) } else { 0 }
    }
}

impl Metallb {
    /// Whether FRR speaks BGP for it: as the source says it, else as the chart installs it (since 0.14.0
    /// with FRR; what came before is not guessed).
    pub fn runs_frr(&self) -> bool {
        match &self.bgp {
            Some(mode) => mode.node == BgpMode::Frr,
            None => self.version.node.at_least([0, 14, 0]),
        }
    }

    /// The peers that learn the routes of a pool.
    pub fn peers_of<'m>(&'m self, pool: &'m Pool) -> impl Iterator<Item = &'m BgpPeer> {
        let named = &pool.routes.peers;
        let learns =
            |it: &&BgpPeer| named.is_empty() || named.iter().any(|name| name.node == it.name.node);
        self.peers.iter().filter(move |it| learns(it))
    }
}

impl Cluster {
    /// The network plugin: the field `cni`, else Calico where a `calico` block installs it.
    pub fn network_plugin(&self) -> Option<Cni> {
        let installed = self.calico.as_ref().map(|_| Cni::Calico);
        self.cni.as_ref().map(|it| it.node).or(installed)
    }

    /// Whether no `ipBlock` matches the address of a node or a pod.
    pub fn ignores_own_addresses(&self) -> bool {
        self.network_plugin().is_some_and(Cni::ignores_own_addresses)
    }

    /// Whether a Service that asks for no family gets IPv4: the family of the first Service network.
    pub fn gives_ipv4(&self) -> bool {
        let network = self.services.first().or(self.pods.first());
        network.is_none_or(|it| it.node.addr().is_ipv4())
    }

    /// Whether others than pods have addresses of a pod network, too, as in Amazon's VPC.
    pub fn shares(&self, pods: IpNet) -> bool {
        let nodes = self.nodes.as_ref();
        let with_nodes = nodes.is_some_and(|it| it.node.overlaps(&Addresses::of([pods])));
        self.distribution == Distribution::Eks || with_nodes
    }

    /// Whether some node reaches another node's pods from a tunnel address (`docs/language.md`,
    /// `tunnels`): with Calico's encapsulation, and with a network that this source does not
    /// describe, since most encapsulate. EKS' own network, the VPC's, does not.
    pub fn may_encapsulate(&self) -> bool {
        match (&self.calico, &self.cni) {
            (Some(calico), _) => calico.encapsulation.node != Encapsulation::None,
            (None, Some(cni)) => cni.node.may_encapsulate(),
            (None, None) => self.distribution != Distribution::Eks,
        }
    }
}
