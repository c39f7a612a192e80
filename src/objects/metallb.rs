//! `metallb.io/v1beta1`: pools and how they are announced.

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
    /// What it says.
    pub spec: IpAddressPoolSpec,
}

/// `spec` of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPoolSpec {
    /// `FIRST-LAST`, both in full.
    pub addresses: Vec<String>,
    /// Whether Services that ask for nothing may get one; written only where it is `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
    /// Whether it gives out no IPv4 address that ends with 0 or 255; written only where the source says it.
    #[serde(rename = "avoidBuggyIPs", skip_serializing_if = "Option::is_none")]
    pub avoid_buggy_ips: Option<bool>,
    /// Whose Services it serves; `None`: everybody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_allocation: Option<ServiceAllocation>,
}

/// `serviceAllocation`: enforced for Services that ask for an address too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAllocation {
    /// Lower is tried first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Their namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Their labels; a Service must meet one selector, and be in one of the namespaces.
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
    /// What it says.
    pub spec: AdvertisementSpec,
}

/// `spec` of an advertisement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdvertisementSpec {
    /// The pools.
    pub ip_address_pools: Vec<String>,
    /// The nodes' interfaces (L2); empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
    /// The nodes that announce; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
    /// The peers that learn the routes (BGP); empty: all.
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
    /// What it says.
    pub spec: BgpPeerSpec,
}

/// `spec` of a peer. Times are durations as Go writes them: `90s`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BgpPeerSpec {
    /// The router's address.
    pub peer_address: String,
    /// The router's AS number.
    #[serde(rename = "peerASN", skip_serializing_if = "Option::is_none")]
    pub peer_asn: Option<u32>,
    /// `internal` or `external`, in place of the number.
    #[serde(rename = "dynamicASN", skip_serializing_if = "Option::is_none")]
    pub dynamic_asn: Option<&'static str>,
    /// The nodes' AS number.
    #[serde(rename = "myASN")]
    pub my_asn: u32,
    /// The router's port, where it is not 179.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_port: Option<u16>,
    /// The nodes' address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The nodes' router id.
    #[serde(rename = "routerID", skip_serializing_if = "Option::is_none")]
    pub router_id: Option<String>,
    /// The hold time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<String>,
    /// The keepalive time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keepalive_time: Option<String>,
    /// How long to wait between attempts to connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_time: Option<String>,
    /// Whether the router is further than one hop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ebgp_multi_hop: Option<bool>,
    /// The VRF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vrf: Option<String>,
    /// The nodes that have the session; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
    /// The BFDProfile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bfd_profile: Option<String>,
    /// The Secret with the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_secret: Option<SecretReference>,
    /// Whether the session carries its own family only.
    #[serde(rename = "disableMP", skip_serializing_if = "Option::is_none")]
    pub disable_mp: Option<bool>,
    /// Whether the session carries both families.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual_stack_address_family: Option<bool>,
}

/// `passwordSecret`: a Secret in MetalLB's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretReference {
    /// Its name.
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
    /// What it says.
    pub spec: BfdProfileSpec,
}

/// `spec` of a profile. Intervals are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BfdProfileSpec {
    /// Between packets that are received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_interval: Option<u32>,
    /// Between packets that are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transmit_interval: Option<u32>,
    /// So many packets may be lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect_multiplier: Option<u32>,
    /// Between echo packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo_interval: Option<u32>,
    /// Whether echo packets are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo_mode: Option<bool>,
    /// Whether the router begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passive_mode: Option<bool>,
    /// The least TTL over several hops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ttl: Option<u32>,
}

impl IpAddressPool {
    /// A pool.
    pub fn new(metadata: Meta, spec: IpAddressPoolSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec }
    }
}

impl Advertisement {
    /// An advertisement of this kind.
    pub fn new(kind: &'static str, metadata: Meta, spec: AdvertisementSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind, metadata, spec }
    }
}

impl BgpPeer {
    /// A peer.
    pub fn new(metadata: Meta, spec: BgpPeerSpec) -> Self {
        Self { api_version: "metallb.io/v1beta2", kind: "BGPPeer", metadata, spec }
    }
}

impl BfdProfile {
    /// A profile.
    pub fn new(metadata: Meta, spec: BfdProfileSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind: "BFDProfile", metadata, spec }
    }
}
