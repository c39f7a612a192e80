//! BGP: MetalLB's peers, the profiles of their BFD sessions, and how a pool is announced to the peers.

use std::net::IpAddr;

use super::Selector;
use crate::source::{Name, Span, Spanned};

/// The BGP implementation of MetalLB's speakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BgpMode {
    /// MetalLB's own implementation.
    Native,
    /// FRR, in the speaker's pod or as frr-k8s.
    Frr,
}

/// The AS number of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoteAsn {
    /// A fixed number.
    Number(u32),
    /// Any AS number equal to the nodes' own.
    Internal,
    /// Any AS number other than the nodes' own.
    External,
}

/// `peer NAME { … }`: a router that has a session with every node that `nodes` selects.
#[derive(Debug, Clone)]
pub struct BgpPeer {
    /// Name of the peer and of its `BGPPeer`.
    pub name: Spanned<Name>,
    /// The router's address.
    pub address: Spanned<IpAddr>,
    /// The router's AS number.
    pub asn: Spanned<RemoteAsn>,
    /// The nodes' AS number.
    pub my_asn: Spanned<u32>,
    /// Optional settings of the peer.
    pub options: PeerOptions,
    /// Place of the declaration `peer NAME { … }`.
    pub span: Span,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// Optional settings of a `peer`.
#[derive(Debug, Clone, Default)]
pub struct PeerOptions {
    /// The router's TCP port; `None`: 179.
    pub port: Option<Spanned<u16>>,
    /// Address of the nodes for the session.
    pub source_address: Option<Spanned<IpAddr>>,
    /// Router ID of the nodes.
    pub router_id: Option<Spanned<IpAddr>>,
    /// Hold time in seconds.
    pub hold_time: Option<Spanned<u16>>,
    /// Keepalive time in seconds.
    pub keepalive_time: Option<Spanned<u16>>,
    /// Interval between connection attempts, in seconds.
    pub connect_time: Option<Spanned<u16>>,
    /// Whether the router may be more than one hop away.
    pub ebgp_multi_hop: Option<Spanned<bool>>,
    /// The VRF that contains the router.
    pub vrf: Option<Spanned<String>>,
    /// The nodes that have the session: those selected by at least one selector; empty: all nodes.
    pub nodes: Vec<Spanned<Selector>>,
    /// The profile of the BFD session.
    pub bfd: Option<Spanned<Name>>,
    /// Name of the Secret with the password, in MetalLB's namespace.
    pub password_secret: Option<Spanned<String>>,
    /// Whether a session carries the routes of its own family only (before 0.15).
    pub disable_mp: Option<Spanned<bool>>,
    /// Whether a session carries the routes of both families (since 0.15).
    pub dual_stack: Option<Spanned<bool>>,
}

/// `bfd NAME { … }`: settings that BFD sessions share.
#[derive(Debug, Clone)]
pub struct BfdProfile {
    /// Name of the profile and of its `BFDProfile`.
    pub name: Spanned<Name>,
    /// Minimum interval between received packets, in milliseconds.
    pub receive_interval: Option<Spanned<u32>>,
    /// Minimum interval between sent packets, in milliseconds.
    pub transmit_interval: Option<Spanned<u32>>,
    /// Number of lost packets after which the session is down.
    pub detect_multiplier: Option<Spanned<u32>>,
    /// Minimum interval between echo packets, in milliseconds.
    pub echo_interval: Option<Spanned<u32>>,
    /// Whether echo packets are sent.
    pub echo_mode: Option<Spanned<bool>>,
    /// Whether the session is passive: the router starts it.
    pub passive_mode: Option<Spanned<bool>>,
    /// Minimum TTL of packets that arrive over several hops.
    pub minimum_ttl: Option<Spanned<u32>>,
    /// Place of the declaration `bfd NAME { … }`.
    pub span: Span,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// BGP announcement settings of a pool.
#[derive(Debug, Clone, Default)]
pub struct BgpRoutes {
    /// The peers that receive the pool's routes; empty: all peers.
    pub peers: Vec<Spanned<Name>>,
    /// The communities of the pool's routes, as MetalLB writes them.
    pub communities: Vec<Spanned<String>>,
    /// The local preference of the pool's routes.
    pub local_preference: Option<Spanned<u32>>,
    /// The prefix length of the pool's IPv4 routes; `None`: 32.
    pub aggregation_length: Option<Spanned<u8>>,
    /// The prefix length of the pool's IPv6 routes; `None`: 128.
    pub aggregation_length_v6: Option<Spanned<u8>>,
}

impl BgpPeer {
    /// Whether both ends are in one AS.
    pub fn is_internal(&self) -> bool {
        match self.asn.node {
            RemoteAsn::Number(asn) => asn == self.my_asn.node,
            RemoteAsn::Internal => true,
            RemoteAsn::External => false,
        }
    }
}

impl BgpRoutes {
    /// The first setting that is present: its field and its place.
    pub fn first(&self) -> Option<(&'static str, Span)> {
        let peers = self.peers.first().map(|it| ("peers", it.span));
        let communities = self.communities.first().map(|it| ("communities", it.span));
        let preference = self.local_preference.as_ref().map(|it| ("local-preference", it.span));
        let v4 = self.aggregation_length.as_ref().map(|it| ("aggregation-length", it.span));
        let v6 = self.aggregation_length_v6.as_ref().map(|it| ("aggregation-length-v6", it.span));
        [peers, communities, preference, v4, v6].into_iter().flatten().min_by_key(|it| it.1)
    }
}
