//! The BGP settings of a metallb block: peers, BFD profiles, and how BGP announces a pool.

use super::expand::description;
use super::fields::{Body, is_dns_label};
use super::resolver::Resolver;
use super::scope::ScopeId;
use super::{report, report_bgp, report_values};
use crate::model::{
    BfdProfile, BgpMode, BgpPeer, BgpRoutes, PeerOptions, Pool, RemoteAsn, Selector,
};
use crate::source::{Name, Spanned};
use crate::syntax::ast::{Block, Field, Item, Value, ValueKind};

/// The BGP settings of a metallb block.
#[derive(Default)]
pub(super) struct Bgp {
    pub(super) peers: Vec<BgpPeer>,
    pub(super) profiles: Vec<BfdProfile>,
    /// Names of all declared peers and of all declared profiles, invalid declarations included.
    names: [Vec<Spanned<Name>>; 2],
}

/// The fields of a `peer`.
const PEER: &[&str] = &[
    "address",
    "asn",
    "dynamic-asn",
    "my-asn",
    "port",
    "source-address",
    "router-id",
    "hold-time",
    "keepalive-time",
    "connect-time",
    "ebgp-multi-hop",
    "vrf",
    "nodes",
    "bfd",
    "password-secret",
    "disable-mp",
    "dual-stack",
];

/// The fields of a `bfd`.
const BFD: &[&str] = &[
    "receive-interval",
    "transmit-interval",
    "detect-multiplier",
    "echo-interval",
    "echo-mode",
    "passive-mode",
    "minimum-ttl",
];

/// Fields of a pool that control how BGP announces it.
pub(super) const ROUTES: [&str; 5] =
    ["peers", "communities", "local-preference", "aggregation-length", "aggregation-length-v6"];

const ASN: &str = "an AS number: 64512 (1 to 4294967295)";

impl<'a> Resolver<'a> {
    /// Reads `bgp = native` or `bgp = frr`.
    pub(super) fn bgp_mode(&mut self, body: &Body<'a>) -> Option<Spanned<BgpMode>> {
        self.choice(body, "bgp", &[("native", BgpMode::Native), ("frr", BgpMode::Frr)])
    }

    /// Reads `peer NAME { … }`.
    pub(super) fn bgp_peer(&mut self, block: &'a Block, bgp: &mut Bgp) {
        if self.is_twice(block, "peer", &mut bgp.names[0]) {
            return;
        }
        let is_password =
            |it: &Item| matches!(it, Item::Field(it) if it.name.node.as_str() == "password");
        let mut known = PEER.to_vec();
        known.extend(block.items.iter().any(is_password).then_some("password"));
        let body = self.body(&block.items, ScopeId::TOP, "a peer", &known);
        self.only_fields(&body, "a peer");
        if let Some(field) = body.fields.get("password") {
            self.diagnostics.push(report_bgp::password(&block.name, field.name.span));
        }
        let address = self.address_field(&body, "address");
        if !body.fields.contains_key("address") {
            let hint = "the address of the router: `address = 192.0.2.1`";
            self.missing(&body, block.name.span, "peer", "address", hint);
        }
        let my_asn = self.whole(&body, "my-asn", (1, u32::MAX), ASN);
        if !body.fields.contains_key("my-asn") {
            let hint = "the AS number of the nodes: `my-asn = 64512`";
            self.missing(&body, block.name.span, "peer", "my-asn", hint);
        }
        let asn = self.remote_asn(block, &body);
        let rest = self.peer_options(&body);
        if let (Some(address), Some(my_asn), Some(asn)) = (address, my_asn, asn) {
            bgp.peers.push(BgpPeer {
                name: block.name.clone(),
                address,
                asn,
                my_asn,
                options: rest,
                span: block.name.span,
                description: description(&block.doc),
            });
        }
    }

    fn peer_options(&mut self, body: &Body<'a>) -> PeerOptions {
        let port = "a port of a router: 179 (MetalLB accepts 1 to 16384)";
        let seconds = "a number of seconds: 90 (1 to 65535)";
        PeerOptions {
            port: self.whole(body, "port", (1, 16_384), port),
            source_address: self.address_field(body, "source-address"),
            router_id: self.address_field(body, "router-id"),
            hold_time: self.whole(body, "hold-time", (0, u16::MAX), seconds),
            keepalive_time: self.whole(body, "keepalive-time", (1, u16::MAX), seconds),
            connect_time: self.whole(body, "connect-time", (1, u16::MAX), seconds),
            ebgp_multi_hop: self.flag(body, "ebgp-multi-hop"),
            vrf: body.fields.get("vrf").and_then(|it| self.interface(&it.value)),
            nodes: self.node_selectors(body),
            bfd: body.fields.get("bfd").and_then(|it| self.profile_name(it)),
            password_secret: self.secret(body),
            disable_mp: self.flag(body, "disable-mp"),
            dual_stack: self.flag(body, "dual-stack"),
        }
    }

    /// Reads `bfd NAME { … }`.
    pub(super) fn bfd_profile(&mut self, block: &'a Block, bgp: &mut Bgp) {
        if self.is_twice(block, "bfd", &mut bgp.names[1]) {
            return;
        }
        let body = self.body(&block.items, ScopeId::TOP, "a bfd profile", BFD);
        self.only_fields(&body, "a bfd profile");
        // The bounds are those of api/v1beta1/bfdprofile_types.go.
        let milliseconds = "a number of milliseconds: 300 (10 to 60000)";
        let profile = BfdProfile {
            name: block.name.clone(),
            receive_interval: self.whole(&body, "receive-interval", (10, 60_000), milliseconds),
            transmit_interval: self.whole(&body, "transmit-interval", (10, 60_000), milliseconds),
            detect_multiplier: self.whole(
                &body,
                "detect-multiplier",
                (2, 255),
                "a number of packets: 3 (2 to 255)",
            ),
            echo_interval: self.whole(&body, "echo-interval", (10, 60_000), milliseconds),
            echo_mode: self.flag(&body, "echo-mode"),
            passive_mode: self.flag(&body, "passive-mode"),
            minimum_ttl: self.whole(&body, "minimum-ttl", (1, 254), "a TTL: 254 (1 to 254)"),
            span: block.name.span,
            description: description(&block.doc),
        };
        bgp.profiles.push(profile);
    }

    /// The BGP settings of a pool.
    pub(super) fn bgp_routes(&mut self, body: &Body<'a>) -> BgpRoutes {
        let mut routes = BgpRoutes {
            local_preference: self.whole(
                body,
                "local-preference",
                (0, u32::MAX),
                "a local preference: 200 (0 to 4294967295)",
            ),
            aggregation_length: self.whole(
                body,
                "aggregation-length",
                (1, 32),
                "a prefix length for IPv4: 32 (1 to 32)",
            ),
            aggregation_length_v6: self.whole(
                body,
                "aggregation-length-v6",
                (1, 128),
                "a prefix length for IPv6: 128 (1 to 128)",
            ),
            ..BgpRoutes::default()
        };
        for member in body.fields.get("peers").map_or(&[][..], |it| it.value.members()) {
            let Some(name) = member.word() else {
                self.wrong_kind(member, "the name of a peer: `router`");
                continue;
            };
            if let Some(first) = routes.peers.iter().find(|it| it.node == name.node) {
                self.diagnostics.push(report_bgp::listed_twice(name, first.span));
            } else {
                routes.peers.push(name.clone());
            }
        }
        for member in body.fields.get("communities").map_or(&[][..], |it| it.value.members()) {
            let Some(text) = self.text_of(member, body.scope) else { continue };
            if !is_community(&text.node) {
                self.diagnostics.push(report_bgp::no_community(&text));
            } else if let Some(first) = routes.communities.iter().find(|it| it.node == text.node) {
                self.diagnostics.push(report_bgp::community_twice(&text, first.span));
            } else {
                routes.communities.push(text);
            }
        }
        routes
    }

    /// Reads `nodes = { … }`, or a list of such selectors.
    pub(super) fn node_selectors(&mut self, body: &Body<'a>) -> Vec<Spanned<Selector>> {
        let Some(field) = body.fields.get("nodes") else { return Vec::new() };
        let mut selectors: Vec<Spanned<Selector>> = Vec::new();
        for member in field.value.members() {
            let Some(selector) = self.node_selector(member, body.scope) else { continue };
            if selector.0.is_empty() {
                // An empty list means every node, whatever else is listed.
                return Vec::new();
            }
            if selectors.iter().all(|it| it.node != selector) {
                selectors.push(Spanned::new(selector, member.span));
            }
        }
        selectors
    }

    fn node_selector(&mut self, value: &'a Value, scope: ScopeId) -> Option<Selector> {
        let is_selector = match &value.kind {
            ValueKind::Map(entries) => !entries.is_empty(),
            _kind => value.is_word("all"),
        };
        if is_selector {
            return self.selector(value, scope);
        }
        self.wrong_kind(value, "a selector of nodes: `{ rack = \"a\" }`");
        None
    }

    /// Reports references to peers and profiles that do not exist.
    pub(super) fn check_bgp_names(&mut self, pools: &[Pool], bgp: &Bgp) {
        let known = |at: usize| -> Vec<_> {
            let names = bgp.names.get(at).into_iter().flatten();
            names.map(|it| (it.node.to_string(), Some(it.span))).collect()
        };
        let is_known = |name: &Spanned<Name>, at: usize| {
            bgp.names.get(at).into_iter().flatten().any(|it| it.node == name.node)
        };
        for name in pools.iter().flat_map(|it| &it.routes.peers).filter(|it| !is_known(it, 0)) {
            self.diagnostics.push(report_bgp::unknown(name, "peer", &known(0)));
        }
        for name in
            bgp.peers.iter().filter_map(|it| it.options.bfd.as_ref()).filter(|it| !is_known(it, 1))
        {
            self.diagnostics.push(report_bgp::unknown(name, "bfd profile", &known(1)));
        }
    }

    fn is_twice(
        &mut self,
        block: &Block,
        word: &'static str,
        names: &mut Vec<Spanned<Name>>,
    ) -> bool {
        let first = names.iter().find(|it| it.node == block.name.node).map(|it| it.span);
        match first {
            Some(first) => {
                self.diagnostics.push(report::declared_twice(&block.name, word, word, first));
            }
            None => names.push(block.name.clone()),
        }
        first.is_some()
    }

    /// The AS number of a peer: `asn`, or `dynamic-asn` instead.
    fn remote_asn(&mut self, block: &Block, body: &Body<'a>) -> Option<Spanned<RemoteAsn>> {
        let words = [("internal", RemoteAsn::Internal), ("external", RemoteAsn::External)];
        let number = self.whole(body, "asn", (1, u32::MAX), ASN);
        let dynamic = self.choice(body, "dynamic-asn", &words);
        match (body.fields.get("asn"), body.fields.get("dynamic-asn")) {
            (Some(asn), Some(dynamic)) => {
                self.diagnostics.push(report_bgp::two_numbers(&block.name, asn.span, dynamic.span));
                return None;
            }
            (None, None) => {
                let hint = "the router's AS number: `asn = 64513`";
                self.missing(body, block.name.span, "peer", "asn", hint);
            }
            _ => {}
        }
        dynamic.or(number.map(|it| Spanned::new(RemoteAsn::Number(it.node), it.span)))
    }

    /// An integer field within bounds.
    fn whole<T: TryFrom<i64> + Into<i64> + Copy>(
        &mut self,
        body: &Body<'a>,
        name: &str,
        (least, most): (T, T),
        what: &str,
    ) -> Option<Spanned<T>> {
        let number = self.int::<i64>(body, name, what)?;
        let inside = (least.into()..=most.into()).contains(&number.node);
        match T::try_from(number.node) {
            Ok(it) if inside => Some(Spanned::new(it, number.span)),
            _ => {
                let written = number.node.to_string();
                self.diagnostics.push(report_values::wrong_kind(number.span, &written, what));
                None
            }
        }
    }

    fn address_field(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<std::net::IpAddr>> {
        self.address_of(&body.fields.get(name)?.value, body.scope)
    }

    fn profile_name(&mut self, field: &'a Field) -> Option<Spanned<Name>> {
        let name = field.value.word().cloned();
        if name.is_none() {
            let is_block = matches!(field.value.kind, ValueKind::Map(_));
            let what = if is_block {
                "the name of a profile: `bfd = fast`, and `bfd fast { … }` beside the peers"
            } else {
                "the name of a profile: `bfd = fast`"
            };
            self.wrong_kind(&field.value, what);
        }
        name
    }

    /// The name of a Secret.
    fn secret(&mut self, body: &Body<'a>) -> Option<Spanned<String>> {
        let name = self.text(body, "password-secret")?;
        if name.node.len() > 253 || !name.node.split('.').all(is_dns_label) {
            let rule = "a DNS subdomain: labels of lower-case letters, digits and `-`, with dots between them";
            self.diagnostics.push(report_values::bad_real_name(&name, "Secret", rule));
            return None;
        }
        Some(name)
    }
}

/// Whether MetalLB accepts a text as a community: internal/bgp/community/community.go. Names of Community
/// objects are rejected, since mlnetc does not emit these objects.
fn is_community(text: &str) -> bool {
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["large", parts @ ..] => {
            parts.len() == 3 && parts.iter().all(|it| digits(it) && it.parse::<u32>().is_ok())
        }
        [a, b] => [a, b].iter().all(|it| digits(it) && it.parse::<u16>().is_ok()),
        _ => false,
    }
}
