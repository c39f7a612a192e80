//! BGP: the peers of MetalLB, the profiles of their BFD sessions, and how a pool is announced to them.

use std::net::IpAddr;

use super::Selector;
use crate::source::{Name, Span, Spanned};

/// Which implementation of BGP MetalLB's speakers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BgpMode {
    /// MetalLB's own.
    Native,
    /// FRR, beside the speaker or as frr-k8s.
    Frr,
}

/// The AS number of the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoteAsn {
    /// This one.
    Number(u32),
    /// Any that is the own one.
    Internal,
    /// Any that is not the own one.
    External,
}

/// `peer NAME { … }`: a router, with which every node that `nodes` selects has a session.
#[derive(Debug, Clone)]
pub struct BgpPeer {
    /// Its name, and the name of its `BGPPeer`.
    pub name: Spanned<Name>,
    /// The router's address.
    pub address: Spanned<IpAddr>,
    /// The router's AS number.
    pub asn: Spanned<RemoteAsn>,
    /// The nodes' AS number.
    pub my_asn: Spanned<u32>,
    /// What else is said of it.
    pub options: PeerOptions,
    /// `peer NAME { … }`.
    pub span: Span,
    /// Its doc comment.
    pub description: Option<String>,
}

/// What a `peer` may say.
#[derive(Debug, Clone, Default)]
pub struct PeerOptions {
    /// The router's port, where it is not 179.
    pub port: Option<Spanned<u16>>,
    /// The nodes' address for the session.
    pub source_address: Option<Spanned<IpAddr>>,
    /// The nodes' router id.
    pub router_id: Option<Spanned<IpAddr>>,
    /// Hold time in seconds.
    pub hold_time: Option<Spanned<u16>>,
    /// Keepalive time in seconds.
    pub keepalive_time: Option<Spanned<u16>>,
    /// Seconds between attempts to connect.
    pub connect_time: Option<Spanned<u16>>,
    /// Whether the router is further than one hop.
    pub ebgp_multi_hop: Option<Spanned<bool>>,
    /// The VRF in which the router is.
    pub vrf: Option<Spanned<String>>,
    /// The nodes that have the session: those that one of the selectors selects; empty: all.
    pub nodes: Vec<Spanned<Selector>>,
    /// The profile of the BFD session.
    pub bfd: Option<Spanned<Name>>,
    /// The Secret with the password, in MetalLB's namespace.
    pub password_secret: Option<Spanned<String>>,
    /// Whether a session carries the routes of its own family only (before 0.15).
    pub disable_mp: Option<Spanned<bool>>,
    /// Whether a session carries the routes of both families (since 0.15).
    pub dual_stack: Option<Spanned<bool>>,
}

/// `bfd NAME { … }`: what BFD sessions have in common.
#[derive(Debug, Clone)]
pub struct BfdProfile {
    /// Its name, and the name of its `BFDProfile`.
    pub name: Spanned<Name>,
    /// Least milliseconds between packets that are received.
    pub receive_interval: Option<Spanned<u32>>,
    /// Least milliseconds between packets that are sent.
    pub transmit_interval: Option<Spanned<u32>>,
    /// So many packets may be lost.
    pub detect_multiplier: Option<Spanned<u32>>,
    /// Least milliseconds between echo packets.
    pub echo_interval: Option<Spanned<u32>>,
    /// Whether echo packets are sent.
    pub echo_mode: Option<Spanned<bool>>,
    /// Whether the router begins.
    pub passive_mode: Option<Spanned<bool>>,
    /// The least TTL of packets that come over several hops.
    pub minimum_ttl: Option<Spanned<u32>>,
    /// `bfd NAME { … }`.
    pub span: Span,
    /// Its doc comment.
    pub description: Option<String>,
}

/// How a pool is announced by BGP.
#[derive(Debug, Clone, Default)]
pub struct BgpRoutes {
    /// The peers that learn its routes; empty: all.
    pub peers: Vec<Spanned<Name>>,
    /// The communities of its routes, as MetalLB writes them.
    pub communities: Vec<Spanned<String>>,
    /// The local preference of its routes.
    pub local_preference: Option<Spanned<u32>>,
    /// The prefix length of its IPv4 routes, where it is not 32.
    pub aggregation_length: Option<Spanned<u8>>,
    /// The prefix length of its IPv6 routes, where it is not 128.
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
    /// The first thing that is said of routes: its field, and its place.
    pub fn first(&self) -> Option<(&'static str, Span)> {
        let peers = self.peers.first().map(|it| ("peers", it.span));
        let communities = self.communities.first().map(|it| ("communities", it.span));
        let preference = self.local_preference.as_ref().map(|it| ("local-preference", it.span));
        let v4 = self.aggregation_length.as_ref().map(|it| ("aggregation-length", it.span));
        let v6 = self.aggregation_length_v6.as_ref().map(|it| ("aggregation-length-v6", it.span));
        [peers, communities, preference, v4, v6].into_iter().flatten().min_by_key(|it| it.1)
    }
}
