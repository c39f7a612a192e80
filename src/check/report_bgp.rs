//! What the checks say about BGP: one function for each mistake.

use std::net::IpAddr;

use crate::diagnostics::{Code, Diagnostic};
use crate::model::{BfdProfile, BgpPeer, Metallb, Pool};
use crate::scalar::AddressRange;
use crate::source::{Span, Spanned};

/// `ebgp-multi-hop` inside an AS.
pub(super) fn multi_hop_inside(peer: &BgpPeer, place: Span) -> Diagnostic {
    let message = format!(
        "peer `{}` is in the AS of the nodes, so `ebgp-multi-hop` does not apply",
        peer.name
    );
    Diagnostic::new(Code::E0708, place, message)
        .here("only for a peer in another AS")
        .label(peer.asn.span, "the router's AS")
        .label(peer.my_asn.span, "the nodes' AS")
        .note("a session inside an AS may always take several hops")
        .help("remove `ebgp-multi-hop`")
}

/// A hold time that BGP does not have.
pub(super) fn short_hold_time(time: &Spanned<u16>) -> Diagnostic {
    Diagnostic::new(
        Code::E0708,
        time.span,
        format!("BGP does not allow a hold time of {} s", time.node),
    )
    .help("write 3 or more, or 0 for a session without keepalives (RFC 4271, 4.2)")
}

/// A keepalive time that is longer than the hold time.
pub(super) fn long_keepalive(
    keepalive: &Spanned<u16>,
    hold: u16,
    place: Option<Span>,
) -> Diagnostic {
    let message = format!(
        "the session ends after {hold} s, before the first keepalive after {} s",
        keepalive.node
    );
    let help = if hold == 0 {
        "remove `keepalive-time`: a hold time of 0 means no keepalives".to_owned()
    } else {
        format!("write at most {}: a third of the hold time is usual", (hold / 3).max(1))
    };
    let default = place.is_none().then_some(());
    Diagnostic::new(Code::E0708, keepalive.span, message)
        .here("longer than the hold time")
        .label_if(place, "the hold time")
        .note_if(default, |()| "this MetalLB uses 90 s if there is no `hold-time`".to_owned())
        .help(help)
}

/// A source address of another family.
pub(super) fn other_family(peer: &BgpPeer, source: &Spanned<IpAddr>) -> Diagnostic {
    let family = |it: IpAddr| if it.is_ipv4() { "IPv4" } else { "IPv6" };
    let message = format!(
        "the session to peer `{}` uses {} and cannot start from {}",
        peer.name,
        family(peer.address.node),
        source.node
    );
    Diagnostic::new(Code::E0708, source.span, message)
        .here(format!("an {} address", family(source.node)))
        .label(peer.address.span, format!("an {} address", family(peer.address.node)))
        .help("use addresses of one family, or remove `source-address`")
}

/// A router id that is no IPv4 address.
pub(super) fn wide_router_id(id: &Spanned<IpAddr>) -> Diagnostic {
    Diagnostic::new(Code::E0708, id.span, format!("{} is not a router ID", id.node))
        .here("an IPv6 address")
        .help(
            "write four bytes in the form of an IPv4 address, also for a session over IPv6 (RFC 6286)",
        )
}

/// Two router ids for one FRR.
pub(super) fn two_router_ids(first: &BgpPeer, peer: &BgpPeer) -> Diagnostic {
    let id = |it: &BgpPeer| it.options.router_id.as_ref().map(|it| it.span);
    let message =
        format!("the nodes have two router IDs, for `{}` and for `{}`", first.name, peer.name);
    let text = |it: &BgpPeer| {
        let is_given = it.options.router_id.is_some();
        if is_given {
            "this router ID"
        } else {
            "the default router ID of the node: this peer has no `router-id`"
        }
    };
    Diagnostic::new(Code::E0710, id(peer).unwrap_or(peer.span), message)
        .here(text(peer))
        .label(id(first).unwrap_or(first.span), text(first))
        .note("one FRR on each node runs all sessions, with one router ID")
        .help(
            "give all peers the same `router-id`, or none: without it, each node uses one of its \
         own addresses",
        )
}

/// Two sessions with one router.
pub(super) fn one_address(first: &BgpPeer, peer: &BgpPeer) -> Diagnostic {
    let message = format!(
        "the peers `{}` and `{}` have the same address: {}",
        first.name, peer.name, peer.address.node
    );
    Diagnostic::new(Code::E0710, peer.address.span, message)
        .here("the second session")
        .label(first.address.span, "the first session")
        .note("each node runs one FRR, which can have only one session for each peer address")
        .help("remove one of them; `nodes = [{ … }, { … }]` selects the nodes of both selectors")
}

/// Two AS numbers for one FRR.
pub(super) fn two_asns(first: &BgpPeer, peer: &BgpPeer) -> Diagnostic {
    let message =
        format!("the nodes have two AS numbers, for `{}` and for `{}`", first.name, peer.name);
    Diagnostic::new(Code::E0710, peer.my_asn.span, message)
        .here("another AS number")
        .label(first.my_asn.span, "the first AS number")
        .note("one FRR on each node runs all sessions; it has one AS number in each VRF")
        .help(
            "give both peers the same `my-asn`, or put one of them into a `vrf`; if the speakers \
         run without FRR, write `bgp = native`",
        )
}

/// BFD's echo mode for routes of IPv6.
pub(super) fn echo_of_ipv6(echo: Span, peer: &BgpPeer, range: Span) -> Diagnostic {
    let message = format!("peer `{}` uses BFD's echo mode and receives IPv6 routes", peer.name);
    Diagnostic::new(Code::E0710, echo, message)
        .here("works for IPv4 only")
        .label_if(peer.options.bfd.as_ref().map(|it| it.span), "the peer's profile")
        .label(range, "announced to this peer")
        .note("MetalLB rejects its whole configuration while both exist")
        .help("remove `echo-mode`, or set `peers` of this pool to peers without the profile")
}

/// What MetalLB's own BGP does not have.
pub(super) fn not_native(what: &str, place: Span, mode: Span) -> Diagnostic {
    let message = format!("MetalLB's native BGP mode does not support {what}");
    Diagnostic::new(Code::E0714, place, message)
        .here("only FRR supports it")
        .label(mode, "without FRR")
        .help("remove it, or run the speakers with FRR and write `bgp = frr`")
}

/// Pools that are announced to nobody.
pub(super) fn no_peer(first: &Pool, others: &[&Pool]) -> Diagnostic {
    let message = format!("pool `{}` is announced by BGP, and there is no peer", first.name);
    let diagnostic = Diagnostic::new(Code::W0715, first.announce.span, message)
        .here("no router receives routes to its addresses");
    let diagnostic = others.iter().fold(diagnostic, |diagnostic, it| {
        diagnostic.label(it.announce.span, format!("pool `{}` has no peer either", it.name))
    });
    diagnostic.help(
        "declare the router in the same block: `peer router { address = 192.0.2.1, asn = 64513, \
         my-asn = 64512 }`",
    )
}

/// Addresses of a family that no peer learns.
pub(super) fn no_peer_of_family(
    peer: &BgpPeer,
    range: &Spanned<AddressRange>,
    is_narrow: bool,
) -> Diagnostic {
    let (family, other) =
        if range.node.from.is_ipv4() { ("IPv4", "IPv6") } else { ("IPv6", "IPv4") };
    let message = format!(
        "no peer receives routes to these addresses: the sessions over {other} carry no {family} routes"
    );
    let diagnostic = Diagnostic::new(Code::W0715, range.span, message)
        .here(format!("{family} addresses"))
        .label(peer.address.span, format!("a session over {other}"));
    if is_narrow {
        diagnostic
            .note("since MetalLB 0.15, a session carries only routes of its own family")
            .help(format!("write `dual-stack = true` in the peer, or declare the router's {family} address as a peer"))
    } else {
        diagnostic
            .label_if(
                peer.options.disable_mp.as_ref().map(|it| it.span),
                "only routes of its own family",
            )
            .help(format!(
                "remove `disable-mp`, or declare the router's {family} address as a peer"
            ))
    }
}

/// A peer that learns nothing.
pub(super) fn no_pool(metallb: &Metallb, peer: &BgpPeer) -> Diagnostic {
    let message = format!("peer `{}` receives no routes", peer.name);
    let diagnostic =
        Diagnostic::new(Code::W0716, peer.name.span, message).here("a session without routes");
    let named = metallb.pools.iter().find_map(|it| it.routes.peers.first()).map(|it| it.span);
    let is_named = named.is_some();
    diagnostic.label_if(named, "announced to other peers only").help(if is_named {
        format!("add the peer to a pool's `peers`: `peers = [{}]`, or remove the peer", peer.name)
    } else {
        "announce a pool by BGP: `announce = bgp`, or remove the peer".to_owned()
    })
}

/// A profile that no peer names.
pub(super) fn unused_profile(profile: &BfdProfile) -> Diagnostic {
    let message = format!("no peer uses the profile `{}`", profile.name);
    Diagnostic::new(Code::W0716, profile.name.span, message)
        .here("a profile without sessions")
        .help(format!("write `bfd = {}` in a peer, or remove the profile", profile.name))
}

/// A local preference for routers of other AS.
pub(super) fn no_internal_peer(metallb: &Metallb, pool: &Pool, place: Span) -> Diagnostic {
    let message = format!("no peer of pool `{}` receives its local preference", pool.name);
    let peer = metallb.peers_of(pool).next();
    Diagnostic::new(Code::W0716, place, message)
        .here("a local preference is not sent to another AS")
        .label_if(peer.map(|it| it.asn.span), "a peer in another AS")
        .help("remove it; to influence a router of another AS, agree on communities with its operator")
}
