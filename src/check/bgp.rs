//! BGP: sessions that can come up, that can stand side by side, and that MetalLB's implementation has.
//!
//! MetalLB's own rules: internal/config/config.go (`peerFromCR`, `parseTimers`) and
//! internal/config/validation.go (`DiscardFRROnly`, `DiscardNativeOnly`, `validateConfig`).

use std::net::IpAddr;

use super::report_bgp as report;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::{Announce, BgpMode, BgpPeer, Metallb, Model, Pool, RemoteAsn};
use crate::source::{Span, Spanned};

/// What MetalLB takes where neither hold time nor keepalive time are given, until 0.14.8.
const HOLD_TIME: u16 = 90;

/// Reports sessions that cannot be, and pairs that MetalLB refuses.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let Some(metallb) = &model.cluster.metallb else { return };
    for (at, peer) in metallb.peers.iter().enumerate() {
        session(metallb, peer, diagnostics);
        let others = metallb.peers.iter().take(at);
        let mut others = others.filter(|it| share_nodes(metallb, it, peer));
        if let Some(it) = others.find_map(|it| conflict(it, peer)) {
            diagnostics.push(it);
        }
    }
    echo(metallb, diagnostics);
    if metallb.bgp.as_ref().is_some_and(|it| it.node == BgpMode::Native) {
        native(metallb, diagnostics);
    }
}

/// Warns of what is announced to nobody, and of what has no effect.
pub(super) fn effects(model: &Model, diagnostics: &mut Diagnostics) {
    let Some(metallb) = &model.cluster.metallb else { return };
    let mut alone = Vec::new();
    for pool in bgp_pools(metallb) {
        if metallb.peers_of(pool).next().is_none() {
            alone.push(pool);
        } else if let Some(it) = &pool.routes.local_preference
            && !metallb.peers_of(pool).any(BgpPeer::is_internal)
        {
            diagnostics.push(report::no_internal_peer(metallb, pool, it.span));
        }
        if let Some(it) = family_without_peer(metallb, pool) {
            diagnostics.push(it);
        }
    }
    if let [first, others @ ..] = alone.as_slice() {
        diagnostics.push(report::no_peer(first, others));
    }
    for peer in &metallb.peers {
        let learns = |it: &Pool| metallb.peers_of(it).any(|it| it.name.node == peer.name.node);
        if !bgp_pools(metallb).any(learns) {
            diagnostics.push(report::no_pool(metallb, peer));
        }
    }
    for profile in &metallb.bfd_profiles {
        let uses =
            |it: &BgpPeer| it.options.bfd.as_ref().is_some_and(|it| it.node == profile.name.node);
        if !metallb.peers.iter().any(uses) {
            diagnostics.push(report::unused_profile(profile));
        }
    }
}

fn bgp_pools(metallb: &Metallb) -> impl Iterator<Item = &Pool> {
    metallb.pools.iter().filter(|it| it.announce.node == Announce::Bgp)
}

fn session(metallb: &Metallb, peer: &BgpPeer, diagnostics: &mut Diagnostics) {
    let options = &peer.options;
    if let Some(it) = options.ebgp_multi_hop.as_ref().filter(|it| it.node && peer.is_internal()) {
        diagnostics.push(report::multi_hop_inside(peer, it.span));
    }
    if let Some(it) = options.hold_time.as_ref().filter(|it| matches!(it.node, 1 | 2)) {
        diagnostics.push(report::short_hold_time(it));
    } else if let Some(keepalive) = &options.keepalive_time {
        // Since 0.14.9 it is three keepalive times.
        let default = (!metallb.version.node.at_least([0, 14, 9])).then_some(HOLD_TIME);
        let hold = options.hold_time.as_ref().map(|it| it.node).or(default);
        if let Some(hold) = hold.filter(|it| keepalive.node > *it) {
            let place = options.hold_time.as_ref().map(|it| it.span);
            diagnostics.push(report::long_keepalive(keepalive, hold, place));
        }
    }
    let is_ipv4 = peer.address.node.is_ipv4();
    if let Some(it) = options.source_address.as_ref().filter(|it| it.node.is_ipv4() != is_ipv4) {
        diagnostics.push(report::other_family(peer, it));
    }
    if let Some(it) = options.router_id.as_ref().filter(|it| !it.node.is_ipv4()) {
        diagnostics.push(report::wide_router_id(it));
    }
}

/// Whether one FRR may have both sessions. Since 0.16.0 MetalLB looks at the nodes, whose labels the source
/// does not say.
fn share_nodes(metallb: &Metallb, one: &BgpPeer, other: &BgpPeer) -> bool {
    let is_told = !one.options.nodes.is_empty() && !other.options.nodes.is_empty();
    metallb.runs_frr() && !(is_told && metallb.version.node.at_least([0, 16, 0]))
}

/// What one FRR refuses of two peers: `peersCanRunOnSameNode`.
fn conflict(first: &BgpPeer, peer: &BgpPeer) -> Option<Diagnostic> {
    let vrf = |it: &BgpPeer| it.options.vrf.as_ref().map(|it| it.node.clone());
    let router_id = |it: &BgpPeer| it.options.router_id.as_ref().map(|it| it.node);
    let same_vrf = vrf(first) == vrf(peer);
    if router_id(first) != router_id(peer) {
        return Some(report::two_router_ids(first, peer));
    }
    if same_vrf && first.address.node == peer.address.node {
        return Some(report::one_address(first, peer));
    }
    (same_vrf && first.my_asn.node != peer.my_asn.node).then(|| report::two_asns(first, peer))
}

/// BFD's echo mode and IPv6: `validateConfig`.
fn echo(metallb: &Metallb, diagnostics: &mut Diagnostics) {
    for profile in &metallb.bfd_profiles {
        let Some(echo) = profile.echo_mode.as_ref().filter(|it| it.node) else { continue };
        let uses =
            |it: &&BgpPeer| it.options.bfd.as_ref().is_some_and(|it| it.node == profile.name.node);
        let found = bgp_pools(metallb).find_map(|pool| {
            let range = ipv6(pool)?;
            Some((metallb.peers_of(pool).find(uses)?, range))
        });
        if let Some((peer, range)) = found {
            diagnostics.push(report::echo_of_ipv6(echo.span, peer, range));
        }
    }
}

/// The first IPv6 range of a pool.
fn ipv6(pool: &Pool) -> Option<Span> {
    pool.ranges.iter().find(|it| it.node.from.is_ipv6()).map(|it| it.span)
}

/// What only FRR has: `DiscardFRROnly`.
fn native(metallb: &Metallb, diagnostics: &mut Diagnostics) {
    let Some(mode) = &metallb.bgp else { return };
    let mut found: Vec<(&str, Span)> = Vec::new();
    for peer in &metallb.peers {
        let options = &peer.options;
        let dynamic = !matches!(peer.asn.node, RemoteAsn::Number(_));
        let set = |it: &Option<Spanned<bool>>| it.as_ref().filter(|it| it.node).map(|it| it.span);
        let places = [
            ("BFD", options.bfd.as_ref().map(|it| it.span)),
            ("`keepalive-time`", options.keepalive_time.as_ref().map(|it| it.span)),
            ("`connect-time`", options.connect_time.as_ref().map(|it| it.span)),
            ("`vrf`", options.vrf.as_ref().map(|it| it.span)),
            ("`disable-mp`", set(&options.disable_mp)),
            ("`dual-stack`", set(&options.dual_stack)),
            ("`dynamic-asn`", dynamic.then_some(peer.asn.span)),
        ];
        found.extend(places.into_iter().filter_map(|(what, place)| Some((what, place?))));
    }
    let has_bfd = found.iter().any(|(what, _)| *what == "BFD");
    if let Some(it) = metallb.bfd_profiles.first().filter(|_| !has_bfd) {
        found.push(("BFD", it.span));
    }
    for pool in bgp_pools(metallb) {
        found.extend(ipv6(pool).map(|it| ("routes for IPv6", it)));
        let large = pool.routes.communities.iter().find(|it| it.node.starts_with("large"));
        found.extend(large.map(|it| ("large communities", it.span)));
    }
    for (what, place) in found {
        diagnostics.push(report::not_native(what, place, mode.span));
    }
}

/// Addresses of one family that no peer of their pool learns: `IPFamily` in internal/bgp/frr/frr.go. Until
/// 0.14 a session carries both unless `disable-mp` is set; since 0.15 its own alone unless `dual-stack` is.
fn family_without_peer(metallb: &Metallb, pool: &Pool) -> Option<Diagnostic> {
    if !metallb.runs_frr() || metallb.peers_of(pool).next().is_none() {
        return None;
    }
    let is_narrow = metallb.version.node.at_least([0, 15, 0]);
    let carries = |peer: &BgpPeer, of: IpAddr| {
        let set = if is_narrow { &peer.options.dual_stack } else { &peer.options.disable_mp };
        let is_set = set.as_ref().is_some_and(|it| it.node);
        is_set == is_narrow || peer.address.node.is_ipv4() == of.is_ipv4()
    };
    let range = pool
        .ranges
        .iter()
        .find(|range| !metallb.peers_of(pool).any(|it| carries(it, range.node.from)))?;
    let peer = metallb.peers_of(pool).next()?;
    Some(report::no_peer_of_family(peer, range, is_narrow))
}
