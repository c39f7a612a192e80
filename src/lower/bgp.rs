//! MetalLB's BGP: sessions with routers, attributes of the routes of a pool, and options that the declared
//! version of MetalLB does not support.

use super::metadata::Metadata;
use super::metallb_objects::{at, node_selectors, traced};
use super::{Input, report};
use crate::diagnostics::Diagnostics;
use crate::model::{self, Announce, Metallb, Pool, RemoteAsn};
use crate::objects::{
    AdvertisementSpec, BfdProfile, BfdProfileSpec, BgpPeer, BgpPeerSpec, Object, SecretReference,
};
use crate::origin::{Origins, Traced};
use crate::scalar::{AddressRange, Addresses, field_path};
use crate::source::{Span, Spanned};

/// An option that needs a version of MetalLB: the version, the option for messages, and the place that uses it.
pub(super) type Need = ([u64; 3], &'static str, Option<Span>);

/// Returns the BFD profiles and then the peers, each sorted by name.
pub(super) fn sessions(input: Input<'_>, metallb: &Metallb) -> Vec<Traced> {
    let mut profiles: Vec<&model::BfdProfile> = metallb.bfd_profiles.iter().collect();
    profiles.sort_unstable_by_key(|it| &it.name.node);
    let mut peers: Vec<&model::BgpPeer> = metallb.peers.iter().collect();
    peers.sort_unstable_by_key(|it| &it.name.node);
    let profiles = profiles.into_iter().map(|it| profile(input, metallb, it));
    profiles.chain(peers.into_iter().map(|it| peer(input, metallb, it))).collect()
}

fn profile(input: Input<'_>, metallb: &Metallb, it: &model::BfdProfile) -> Traced {
    let mut origins = Origins::of(&[at(it.span)]);
    let mut part = |name: &'static str, place: Option<Span>| {
        if let Some(place) = place {
            origins.part(&field_path!["spec", name], &[at(place)]);
        }
    };
    let spec = BfdProfileSpec {
        receive_interval: value(it.receive_interval.as_ref(), "receiveInterval", &mut part),
        transmit_interval: value(it.transmit_interval.as_ref(), "transmitInterval", &mut part),
        detect_multiplier: value(it.detect_multiplier.as_ref(), "detectMultiplier", &mut part),
        echo_interval: value(it.echo_interval.as_ref(), "echoInterval", &mut part),
        echo_mode: value(it.echo_mode.as_ref(), "echoMode", &mut part),
        passive_mode: value(it.passive_mode.as_ref(), "passiveMode", &mut part),
        minimum_ttl: value(it.minimum_ttl.as_ref(), "minimumTtl", &mut part),
    };
    let (name, namespace) = (it.name.node.as_str(), Some(metallb.namespace.as_str()));
    let description = it.description.as_deref();
    let metadata = Metadata::of(input, name, namespace, at(it.span), description).done();
    traced(Object::BfdProfile(BfdProfile::new(metadata, spec)), origins)
}

fn peer(input: Input<'_>, metallb: &Metallb, it: &model::BgpPeer) -> Traced {
    let mut origins = Origins::of(&[at(it.span)]);
    let options = &it.options;
    let node_selectors = node_selectors(&options.nodes, &mut origins);
    let mut part = |name: &'static str, place: Option<Span>| {
        if let Some(place) = place {
            origins.part(&field_path!["spec", name], &[at(place)]);
        }
    };
    part("peerAddress", Some(it.address.span));
    part("myASN", Some(it.my_asn.span));
    let (peer_asn, dynamic_asn) = match it.asn.node {
        RemoteAsn::Number(number) => (Some(number), None),
        RemoteAsn::Internal => (None, Some("internal")),
        RemoteAsn::External => (None, Some("external")),
    };
    part(if peer_asn.is_some() { "peerASN" } else { "dynamicASN" }, Some(it.asn.span));
    let seconds = |it: Option<u16>| it.map(|it| format!("{it}s"));
    let name = |it: Option<String>| it.map(|name| SecretReference { name });
    let spec = BgpPeerSpec {
        peer_address: it.address.node.to_string(),
        peer_asn,
        dynamic_asn,
        my_asn: it.my_asn.node,
        peer_port: value(options.port.as_ref(), "peerPort", &mut part),
        source_address: value(options.source_address.as_ref(), "sourceAddress", &mut part)
            .map(|it| it.to_string()),
        router_id: value(options.router_id.as_ref(), "routerID", &mut part)
            .map(|it| it.to_string()),
        hold_time: seconds(value(options.hold_time.as_ref(), "holdTime", &mut part)),
        keepalive_time: seconds(value(options.keepalive_time.as_ref(), "keepaliveTime", &mut part)),
        connect_time: seconds(value(options.connect_time.as_ref(), "connectTime", &mut part)),
        ebgp_multi_hop: value(options.ebgp_multi_hop.as_ref(), "ebgpMultiHop", &mut part),
        vrf: value(options.vrf.as_ref(), "vrf", &mut part),
        node_selectors,
        bfd_profile: value(options.bfd.as_ref(), "bfdProfile", &mut part).map(|it| it.to_string()),
        password_secret: name(value(options.password_secret.as_ref(), "passwordSecret", &mut part)),
        disable_mp: value(options.disable_mp.as_ref(), "disableMP", &mut part),
        dual_stack_address_family: value(
            options.dual_stack.as_ref(),
            "dualStackAddressFamily",
            &mut part,
        ),
    };
    let (name, namespace) = (it.name.node.as_str(), Some(metallb.namespace.as_str()));
    let description = it.description.as_deref();
    let metadata = Metadata::of(input, name, namespace, at(it.span), description).done();
    traced(Object::BgpPeer(Box::new(BgpPeer::new(metadata, spec))), origins)
}

/// Returns the attributes that an advertisement gives to the routes of a pool.
pub(super) fn routes(pool: &Pool, origins: &mut Origins) -> AdvertisementSpec {
    if pool.announce.node != Announce::Bgp {
        return AdvertisementSpec::default();
    }
    let routes = &pool.routes;
    for (idx, it) in routes.peers.iter().enumerate() {
        origins.part(&field_path!["spec", "peers", idx], &[at(it.span)]);
    }
    for (idx, it) in routes.communities.iter().enumerate() {
        origins.part(&field_path!["spec", "communities", idx], &[at(it.span)]);
    }
    let mut part = |name: &'static str, place: Option<Span>| {
        if let Some(place) = place {
            origins.part(&field_path!["spec", name], &[at(place)]);
        }
    };
    AdvertisementSpec {
        peers: routes.peers.iter().map(|it| it.node.to_string()).collect(),
        communities: routes.communities.iter().map(|it| it.node.clone()).collect(),
        local_pref: value(routes.local_preference.as_ref(), "localPref", &mut part),
        aggregation_length: value(
            routes.aggregation_length.as_ref(),
            "aggregationLength",
            &mut part,
        ),
        aggregation_length_v6: value(
            routes.aggregation_length_v6.as_ref(),
            "aggregationLengthV6",
            &mut part,
        ),
        ..AdvertisementSpec::default()
    }
}

/// Returns a value, and records its place as the origin of the field.
fn value<T: Clone>(
    of: Option<&Spanned<T>>,
    name: &'static str,
    part: &mut impl FnMut(&'static str, Option<Span>),
) -> Option<T> {
    part(name, of.map(|it| it.span));
    of.map(|it| it.node.clone())
}

/// Returns the options with the versions that introduced them, the newest first: tags of
/// `api/v1beta2/bgppeer_types.go`, and the release notes. Options of 0.13.0 are not listed.
pub(super) fn needs(metallb: &Metallb) -> Vec<Need> {
    let peers = || metallb.peers.iter().map(|it| &it.options);
    let dynamic = |it: &&model::BgpPeer| !matches!(it.asn.node, RemoteAsn::Number(_));
    // Before 0.14.9 a hold time of 0 is treated as missing: 90 seconds.
    let no_hold = peers().filter_map(|it| it.hold_time.as_ref()).find(|it| it.node == 0);
    let communities = metallb.pools.iter().flat_map(|it| &it.routes.communities);
    vec![
        (
            [0, 15, 0],
            "`dual-stack`",
            peers().find_map(|it| it.dual_stack.as_ref()).map(|it| it.span),
        ),
        ([0, 14, 9], "`dynamic-asn`", metallb.peers.iter().find(dynamic).map(|it| it.asn.span)),
        ([0, 14, 9], "a hold time of 0", no_hold.map(|it| it.span)),
        (
            [0, 14, 4],
            "`connect-time`",
            peers().find_map(|it| it.connect_time.as_ref()).map(|it| it.span),
        ),
        (
            [0, 14, 4],
            "`disable-mp`",
            peers().find_map(|it| it.disable_mp.as_ref()).map(|it| it.span),
        ),
        (
            [0, 13, 10],
            "large communities",
            communities.into_iter().find(|it| it.node.starts_with("large")).map(|it| it.span),
        ),
        ([0, 13, 8], "`vrf`", peers().find_map(|it| it.vrf.as_ref()).map(|it| it.span)),
    ]
}

/// Reports `disable-mp`, which has no effect since 0.15.0: `validatePeerCreate` in internal/k8s/webhooks.
pub(super) fn check_old(metallb: &Metallb, diagnostics: &mut Diagnostics) {
    if metallb.version.node.at_least([0, 15, 0]) {
        let found = metallb.peers.iter().find_map(|it| it.options.disable_mp.as_ref());
        if let Some(it) = found {
            diagnostics.push(report::no_disable_mp(metallb, it.span));
        }
    }
}

/// Reports aggregation lengths for which a written range of a pool has no part as large as a route:
/// `validateBGPAdvPerPool` in internal/config/config.go.
pub(super) fn check_lengths(pool: &Pool, pieces: &[AddressRange], diagnostics: &mut Diagnostics) {
    if pool.announce.node != Announce::Bgp {
        return;
    }
    let lengths = [&pool.routes.aggregation_length, &pool.routes.aggregation_length_v6];
    for (length, is_ipv4) in lengths.into_iter().zip([true, false]) {
        let Some(length) = length else { continue };
        let found = pieces.iter().filter(|it| it.from.is_ipv4() == is_ipv4).find_map(|piece| {
            let networks = Addresses::range(piece.from, piece.to);
            let shortest = networks.0.iter().map(ipnet::IpNet::prefix_len).min()?;
            (length.node < shortest).then_some((*piece, shortest))
        });
        if let Some((piece, shortest)) = found {
            diagnostics.push(report::unfilled(pool, length, piece, shortest));
        }
    }
}
