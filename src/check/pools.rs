//! Pools: they overlap nothing, contain nothing that has another meaning, and lie where a node can
//! announce them.
//!
//! MetalLB's own rule: internal/config/config.go, the ranges of all pools are disjoint. That a pool has
//! none of the cluster's addresses it does not look at (a check came with 0.15.0 and went with 0.15.1).

use ipnet::IpNet;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Announce, Distribution, Metallb, Model, Pool};
use crate::scalar::Addresses;
use crate::source::Span;

/// Networks from which nobody can have an address (RFC 6890, RFC 4291), and what they are for.
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "addresses of \"this network\" (0.0.0.0/8)"),
    ("127.0.0.0/8", "loopback addresses"),
    ("169.254.0.0/16", "link-local addresses"),
    ("224.0.0.0/4", "multicast addresses"),
    ("240.0.0.0/4", "reserved addresses (240.0.0.0/4)"),
    ("::/127", "the unspecified and the loopback address"),
    ("fe80::/10", "link-local addresses"),
    ("ff00::/8", "multicast addresses"),
];

/// Reports what is wrong with a cluster's pools.
pub(super) fn check(model: &Model, metallb: &Metallb, diagnostics: &mut Diagnostics) {
    overlap(metallb, diagnostics);
    for pool in &metallb.pools {
        if !contains(model, pool, diagnostics) {
            far(model, pool, diagnostics);
        }
    }
}

fn overlap(metallb: &Metallb, diagnostics: &mut Diagnostics) {
    let ranges =
        || metallb.pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (pool, it)));
    for (at, (pool, later)) in ranges().enumerate() {
        let found = ranges().take(at).find_map(|(other, first)| {
            Some((other, first, first.node.common(later.node)?.in_words()))
        });
        let Some((other, first, both)) = found else { continue };
        let same = other.name.span == pool.name.span;
        let message = if same {
            format!("two ranges of pool `{}` overlap: both have {both}", pool.name)
        } else {
            format!("the pools `{}` and `{}` overlap: both have {both}", other.name, pool.name)
        };
        let place = |it: &Pool, text: &str| {
            if same { text.to_owned() } else { format!("in `{}`", it.name) }
        };
        diagnostics.push(
            Diagnostic::new(Code::E0324, later.span, message)
                .here(place(pool, "the second"))
                .label(first.span, place(other, "the first"))
                .note("MetalLB rejects every change of its configuration while two ranges share an address")
                .help(if same { "write each address once" } else { "split the range, so that each address is in one pool" }),
        );
    }
}

/// What a pool must not contain: the cluster's own addresses, and those that no machine has. Whether it
/// does.
fn contains(model: &Model, pool: &Pool, diagnostics: &mut Diagnostics) -> bool {
    let cluster = &model.cluster;
    let mut is_wrong = false;
    for written in &pool.ranges {
        let addresses = Addresses::from(written.node);
        let is_inside = |it: &IpNet| addresses.overlaps(&Addresses(vec![*it]));
        let inside = |of: &Addresses| {
            let found: Vec<IpNet> = of.0.iter().filter(|it| is_inside(it)).copied().collect();
            (!found.is_empty()).then(|| Addresses(found).in_words())
        };
        let mut found: Vec<(String, Option<(Span, String)>)> = Vec::new();
        let networks = cluster.pods.iter().map(|it| ("the pod network", it));
        let networks =
            networks.chain(cluster.services.iter().map(|it| ("the Service network", it)));
        for (what, network) in networks.filter(|it| is_inside(&it.1.node)) {
            let place = (network.span, format!("{what} is here"));
            found.push((format!("addresses of {what}, {}", network.node), Some(place)));
        }
        let nodes = cluster.nodes.as_ref().and_then(|it| Some((inside(&it.node)?, it.span)));
        let has_node = nodes.is_some();
        found.extend(nodes.map(|(which, span)| {
            (format!("nodes: {which}"), Some((span, "the nodes are here".to_owned())))
        }));
        let servers = cluster.apiserver.as_ref().filter(|_| !has_node).and_then(|it| {
            let all = Addresses::of(it.node.iter().map(|(it, _)| IpNet::from(*it)));
            Some((inside(&all)?, it.span))
        });
        found.extend(servers.map(|(which, span)| {
            (format!("the API server: {which}"), Some((span, "the API server is here".to_owned())))
        }));
        let cache = cluster.node_local_dns.as_ref();
        found.extend(cache.filter(|it| is_inside(&IpNet::from(it.node))).map(|it| {
            let place = (it.span, "the nodes' DNS cache is here".to_owned());
            (format!("the nodes' DNS cache: {}", it.node), Some(place))
        }));
        if found.is_empty() {
            let special = SPECIAL.iter().find_map(|(network, what)| {
                let network: IpNet = network.parse().ok()?;
                is_inside(&network).then(|| (format!("{what} ({network})"), None))
            });
            found.extend(special);
        }
        is_wrong |= !found.is_empty();
        for (what, place) in found {
            let message = format!("the pool `{}` contains {what}", pool.name);
            let diagnostic = Diagnostic::new(Code::E0325, written.span, message)
                .here("MetalLB would assign these addresses");
            let diagnostic = match place {
                Some((span, text)) => diagnostic.label(span, text),
                None => diagnostic,
            };
            diagnostics.push(diagnostic.help("remove these addresses from the pool's range"));
        }
    }
    is_wrong
}

/// The network of a node: a /24 or a /64, or what the source gives as a network.
pub(super) fn around(nodes: IpNet) -> IpNet {
    let length = if nodes.addr().is_ipv4() { 24 } else { 64 };
    IpNet::new(nodes.addr(), length.min(nodes.prefix_len())).map_or(nodes, |it| it.trunc())
}

/// A node that announces an address by ARP or NDP must be in its network. How large that is, the source
/// does not say: most are a /24 or a /64, and what is given as a network is one.
fn far(model: &Model, pool: &Pool, diagnostics: &mut Diagnostics) {
    let Some(nodes) = &model.cluster.nodes else { return };
    // On EKS nothing can be announced at all; the block is reported.
    let eks = model.cluster.distribution == Distribution::Eks;
    if eks || pool.announce.node != Announce::L2 || nodes.node.0.is_empty() {
        return;
    }
    let near = Addresses::of(nodes.node.0.iter().map(|it| around(*it)));
    for written in &pool.ranges {
        let addresses = Addresses::from(written.node);
        if addresses.overlaps(&near) {
            continue;
        }
        let network = around(IpNet::from(written.node.from));
        let message =
            format!("no node has an address in the network of pool `{}`, {network}", pool.name);
        diagnostics.push(
            Diagnostic::new(Code::W0336, written.span, message)
                .here("announced by ARP or NDP, which routers do not forward")
                .label(nodes.span, "the nodes are here")
                .help(
                    "use addresses of the nodes' network, or write `announce = bgp`; if the \
                 nodes' network is larger than /24 (IPv4) or /64 (IPv6), write `# expect W0336: …` \
                 above",
                ),
        );
        return;
    }
}
