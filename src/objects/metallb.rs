//! `metallb.io` objects: pools, advertisements, BGP peers and BFD profiles.

use serde::Serialize;

use super::{LabelSelector, Meta};

/// An IPAddressPool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPool {
    /// `metallb.io/v1beta1`
    pub api_version: &'static str,
    /// `IPAddressPool`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Configuration of the pool.
    pub spec: IpAddressPoolSpec,
}

/// `spec` of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPoolSpec {
    /// Ranges as `FIRST-LAST`, with complete addresses.
    pub addresses: Vec<String>,
    /// Whether Services that request no address or pool get an address of this pool. Written only if `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
    /// Whether the pool assigns no IPv4 address that ends with 0 or 255. Written only if the source sets it.
    #[serde(rename = "avoidBuggyIPs", skip_serializing_if = "Option::is_none")]
    pub avoid_buggy_ips: Option<bool>,
    /// The Services that may use the pool; `None` stands for all Services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_allocation: Option<ServiceAllocation>,
}

/// `serviceAllocation`. It also restricts Services that request an address of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAllocation {
    /// Priority; pools with lower numbers are tried first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Namespaces of the Services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Selectors of the Services' labels. A Service must match one of them, and be in one of the namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_selectors: Vec<LabelSelector>,
}

/// An L2Advertisement or a BGPAdvertisement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advertisement {
    /// `metallb.io/v1beta1`
    pub api_version: &'static str,
    /// `L2Advertisement` or `BGPAdvertisement`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Configuration of the advertisement.
    pub spec: AdvertisementSpec,
}

/// `spec` of an advertisement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdvertisementSpec {
    /// Names of the pools that are advertised.
    pub ip_address_pools: Vec<String>,
    /// Network interfaces of the nodes that announce the addresses (L2); empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
    /// The nodes that announce the addresses; empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
    /// The peers that receive the routes (BGP); empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// The communities of the routes (BGP).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// The local preference of the routes (BGP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_pref: Option<u32>,
    /// The prefix length of IPv4 routes (BGP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregation_length: Option<u8>,
    /// The prefix length of IPv6 routes (BGP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregation_length_v6: Option<u8>,
}

/// A BGPPeer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BgpPeer {
    /// `metallb.io/v1beta2`
    pub api_version: &'static str,
    /// `BGPPeer`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Configuration of the peer.
    pub spec: BgpPeerSpec,
}

/// `spec` of a peer. Times are Go durations: `90s`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BgpPeerSpec {
    /// The router's address.
    pub peer_address: String,
    /// The router's AS number.
    #[serde(rename = "peerASN", skip_serializing_if = "Option::is_none")]
    pub peer_asn: Option<u32>,
    /// `internal` or `external`, instead of a number.
    #[serde(rename = "dynamicASN", skip_serializing_if = "Option::is_none")]
    pub dynamic_asn: Option<&'static str>,
    /// The nodes' AS number.
    #[serde(rename = "myASN")]
    pub my_asn: u32,
    /// The router's port, if it is not 179.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_port: Option<u16>,
    /// The nodes' address in the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The nodes' router id.
    #[serde(rename = "routerID", skip_serializing_if = "Option::is_none")]
    pub router_id: Option<String>,
    /// Hold time, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<String>,
    /// Keepalive time, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keepalive_time: Option<String>,
    /// Time between attempts to connect, as a Go duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_time: Option<String>,
    /// Whether the router is more than one hop away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ebgp_multi_hop: Option<bool>,
    /// The VRF in which the session is established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vrf: Option<String>,
    /// The nodes that establish the session; empty stands for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
    /// The name of the BFDProfile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_profile: Option<String>,
    /// The Secret that contains the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_secret: Option<SecretReference>,
    /// Whether the session carries only routes of its own address family.
    #[serde(rename = "disableMP", skip_serializing_if = "Option::is_none")]
    pub disable_mp: Option<bool>,
    /// Whether the session carries routes of both address families.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual_stack_address_family: Option<bool>,
}

/// `passwordSecret`: a Secret in MetalLB's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretReference {
    /// Name of the Secret.
    pub name: String,
}

/// A BFDProfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BfdProfile {
    /// `metallb.io/v1beta1`
    pub api_version: &'static str,
    /// `BFDProfile`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Configuration of the profile.
    pub spec: BfdProfileSpec,
}

/// `spec` of a profile. Intervals are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BfdProfileSpec {
    /// Interval between received packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_interval: Option<u32>,
    /// Interval between sent packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transmit_interval: Option<u32>,
    /// Number of lost packets after which the session is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect_multiplier: Option<u32>,
    /// Interval between echo packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo_interval: Option<u32>,
    /// Whether echo packets are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo_mode: Option<bool>,
    /// Whether nodes wait until the router starts the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passive_mode: Option<bool>,
    /// Minimum TTL of packets in sessions over several hops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ttl: Option<u32>,
}

impl IpAddressPool {
    /// Creates a pool.
    pub fn new(metadata: Meta, spec: IpAddressPoolSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec }
    }
}

impl Advertisement {
    /// Creates an advertisement of this kind.
    pub fn new(kind: &'static str, metadata: Meta, spec: AdvertisementSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind, metadata, spec }
    }
}

impl BgpPeer {
    /// Creates a peer.
    pub fn new(metadata: Meta, spec: BgpPeerSpec) -> Self {
        Self { api_version: "metallb.io/v1beta2", kind: "BGPPeer", metadata, spec }
    }
}

impl BfdProfile {
    /// Creates a profile.
    pub fn new(metadata: Meta, spec: BfdProfileSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind: "BFDProfile", metadata, spec }
    }
}
