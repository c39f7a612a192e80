//! Addresses of load balancers: annotations that MetalLB reads, conflicting claims, and address pools.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;

use super::places::Collector;
use super::report::services as report;
use super::snapshot::{View, name, namespace, text};
use crate::reachability::Service;
use crate::scalar::{AddressRange, Version, field_path};
use crate::source::Span;

/// The annotations of MetalLB, without their prefix; MetalLB itself writes the last one.
/// <https://metallb.io/release-notes/#version-0-14-9>
const KEYS: &[&str] =
    &["address-pool", "loadBalancerIPs", "allow-shared-ip", "ip-allocated-from-pool"];
const OLD: &str = "metallb.universe.tf/";
const NEW: &str = "metallb.io/";

/// The requests of a Service to MetalLB.
#[derive(Default)]
struct Wish<'s> {
    /// The addresses that it requests, each with its place, and whether MetalLB reads the request.
    asked: Vec<(IpAddr, String, bool)>,
    /// The addresses that it has.
    has: Vec<IpAddr>,
    share: Option<&'s str>,
}

/// A pool: its name, its manifest, its ranges with their pointers.
struct Pool<'s> {
    name: &'s str,
    manifest: usize,
    ranges: Vec<(AddressRange, String)>,
    /// Whether the pool assigns no IPv4 address that ends with 0 or 255: `ipConfusesBuggyFirmwares` in MetalLB's
    /// internal/allocator/allocator.go; a request for such an address is rejected, too.
    avoids: bool,
}

impl Pool<'_> {
    fn avoids(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        self.avoids && matches!(address.octets(), [.., 0 | 255])
    }
}

/// Checks the Services of type `LoadBalancer`, and the objects of MetalLB.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let version = version(view);
    let pools = pools(view, diagnostics);
    advertisements(view, diagnostics, &pools);
    let mut wishes = Vec::new();
    for (manifest, service) in view.services() {
        let wish = wish(view, diagnostics, manifest, service, version.as_ref(), &pools);
        if is_load_balancer(view, manifest) {
            wishes.push((manifest, service, wish));
        }
    }
    claims(diagnostics, &wishes);
    outside(diagnostics, &wishes, &pools);
    shares(view, diagnostics, &wishes);
    if !pools.is_empty() {
        unasked(diagnostics, &wishes);
    }
    node_ports(view, diagnostics, &wishes);
}

fn is_load_balancer(view: &View<'_>, manifest: usize) -> bool {
    view.field(manifest, "/spec/type").and_then(Value::as_str) == Some("LoadBalancer")
}

/// Returns the version of MetalLB, from the image of its controller or the labels of its chart.
fn version(view: &View<'_>) -> Option<Version> {
    let workloads = view.objects("apps", "Deployment").map(|(_, it)| it);
    let mut found = workloads.filter_map(|it| {
        let containers = it.pointer("/spec/template/spec/containers").and_then(Value::as_array);
        let images = containers.into_iter().flatten().filter_map(|it| it.get("image")?.as_str());
        let mut tags = images.filter_map(|it| {
            let (path, tag) = it.split('@').next()?.rsplit_once(':')?;
            path.ends_with("metallb/controller").then_some(tag)
        });
        tags.next().and_then(Version::parse)
    });
    found.next()
}

/// The pool from which MetalLB took the address of a Service, by its annotation.
pub(super) fn pool_of<'s>(view: &View<'s>, manifest: usize) -> Option<&'s str> {
    let keys = [OLD, NEW].map(|it| format!("{it}ip-allocated-from-pool"));
    keys.into_iter().find_map(|it| view.field(manifest, &annotation(it))?.as_str())
}

/// The JSON pointer of an annotation of an object.
fn annotation(key: String) -> String {
    field_path!["metadata", "annotations", key].to_string()
}

fn wish<'s>(
    view: &View<'s>,
    diagnostics: &mut Collector<'_>,
    manifest: usize,
    service: &'s Service,
    version: Option<&Version>,
    pools: &[Pool<'_>],
) -> Wish<'s> {
    let mut wish = Wish::default();
    let reads_new = version.is_none_or(|it| it.at_least([0, 14, 9]));
    let annotations = view.field(manifest, "/metadata/annotations").and_then(Value::as_object);
    let mut read = None;
    for (key, value) in annotations.into_iter().flatten() {
        let Some(rest) = key.strip_prefix(OLD).or_else(|| key.strip_prefix(NEW)) else { continue };
        let value = value.as_str().unwrap_or_default();
        let pointer = annotation(key.clone());
        let is_read = KEYS.contains(&rest) && (reads_new || key.starts_with(OLD));
        let asks = rest.to_lowercase().replace('-', "").starts_with("loadbalancerip");
        if asks {
            let addresses = value.split(',').filter_map(|it| it.trim().parse().ok());
            wish.asked.extend(addresses.map(|it| (it, pointer.clone(), is_read)));
        }
        if rest == "allow-shared-ip" && is_read {
            wish.share = Some(value).filter(|it| !it.is_empty());
        }
        if asks && is_read {
            read = Some(pointer.clone());
        }
        if !is_read {
            let place = diagnostics.key(manifest, &pointer);
            let has = service_address(view, manifest);
            let asked: Option<IpAddr> = value.trim().parse().ok().filter(|_| asks);
            let luck =
                (asked.is_some() && asked == has).then(|| lowest_free(view, pools)).flatten();
            let luck = luck.filter(|it| Some(*it) < has);
            let unread = report::Unread { key, rest, version, asked, has, lower: luck };
            diagnostics.push(report::unread(&unread, service, place));
        }
    }
    let old = view.field(manifest, "/spec/loadBalancerIP").and_then(Value::as_str);
    if let Some(old) = old.filter(|it| !it.is_empty()) {
        let pointer = "/spec/loadBalancerIP";
        if let Ok(address) = old.parse() {
            wish.asked.push((address, pointer.to_owned(), true));
        }
        if let Some(annotation) = read {
            let (field, annotation) =
                (diagnostics.entry(manifest, pointer), diagnostics.entry(manifest, &annotation));
            diagnostics.push(report::asked_twice(service, field, annotation));
        }
    }
    let assigned = view.field(manifest, "/status/loadBalancer/ingress").and_then(Value::as_array);
    let assigned = assigned.into_iter().flatten();
    wish.has = assigned.filter_map(|it| it.get("ip")?.as_str()?.parse().ok()).collect();
    wish
}

fn service_address(view: &View<'_>, manifest: usize) -> Option<IpAddr> {
    view.field(manifest, "/status/loadBalancer/ingress/0/ip")?.as_str()?.parse().ok()
}

/// Returns the lowest address of the pools that no Service has: a Service without a request would get it.
fn lowest_free(view: &View<'_>, pools: &[Pool<'_>]) -> Option<IpAddr> {
    let [pool] = pools else { return None };
    let taken: BTreeSet<IpAddr> =
        view.services().filter_map(|(it, _)| service_address(view, it)).collect();
    let mut ranges: Vec<AddressRange> = pool.ranges.iter().map(|(range, _)| *range).collect();
    ranges.sort_unstable();
    let all = ranges
        .into_iter()
        .flat_map(|it| (0..it.count().min(65_536)).filter_map(move |at| it.nth(at)));
    all.into_iter().find(|it| !taken.contains(it) && !pool.avoids(*it))
}

/// Returns the pools, and reports their errors.
fn pools<'s>(view: &View<'s>, diagnostics: &mut Collector<'_>) -> Vec<Pool<'s>> {
    let mut pools = Vec::new();
    for (manifest, object) in view.objects("metallb.io", "IPAddressPool") {
        let addresses = object.pointer("/spec/addresses").and_then(Value::as_array);
        let avoids = object.pointer("/spec/avoidBuggyIPs") == Some(&Value::Bool(true));
        let mut pool = Pool { name: name(object), manifest, ranges: Vec::new(), avoids };
        for (at, it) in addresses.into_iter().flatten().enumerate() {
            let pointer = format!("/spec/addresses/{at}");
            let written = it.as_str().unwrap_or_default();
            match range(written) {
                Some(range) => pool.ranges.push((range, pointer)),
                None => {
                    let place = diagnostics.entry(manifest, &pointer);
                    diagnostics.push(report::no_range(pool.name, written, place));
                }
            }
        }
        pools.push(pool);
    }
    let mut all: Vec<(AddressRange, &Pool<'_>, &String)> = pools
        .iter()
        .flat_map(|pool| pool.ranges.iter().map(move |(range, at)| (*range, pool, at)))
        .collect();
    all.sort_unstable_by_key(|(range, pool, at)| (*range, pool.manifest, at.as_str()));
    for pair in all.windows(2) {
        let [(first, pool, at), (second, other, there)] = pair else { continue };
        if first.contains(second.from) {
            let (one, two) =
                (diagnostics.entry(pool.manifest, at), diagnostics.entry(other.manifest, there));
            diagnostics.push(report::overlap(pool.name, other.name, one, two));
        }
    }
    pools
}

/// Parses a network, or `FIRST-LAST` with two complete addresses: the formats of MetalLB.
fn range(written: &str) -> Option<AddressRange> {
    if let Some((from, to)) = written.split_once('-') {
        let (from, to): (IpAddr, IpAddr) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        return (from <= to && from.is_ipv4() == to.is_ipv4()).then_some(AddressRange { from, to });
    }
    let network: ipnet::IpNet = written.trim().parse().ok()?;
    Some(AddressRange { from: network.network(), to: network.broadcast() })
}

/// Reports advertisements of pools that do not exist, and advertisements in a namespace that MetalLB does not read.
fn advertisements(view: &View<'_>, diagnostics: &mut Collector<'_>, pools: &[Pool<'_>]) {
    if pools.is_empty() {
        return;
    }
    let own: BTreeSet<&str> =
        view.objects("metallb.io", "IPAddressPool").map(|(_, it)| namespace(it)).collect();
    let peers: Vec<&str> = view.objects("metallb.io", "BGPPeer").map(|(_, it)| name(it)).collect();
    for kind in ["L2Advertisement", "BGPAdvertisement"] {
        for (manifest, object) in view.objects("metallb.io", kind) {
            if !own.contains(namespace(object)) {
                let place = diagnostics.name(manifest);
                let place = if text(object, "/metadata/namespace").is_some() {
                    diagnostics.entry(manifest, "/metadata/namespace")
                } else {
                    place
                };
                let own: Vec<&str> = own.iter().copied().collect();
                diagnostics.push(report::elsewhere(
                    kind,
                    name(object),
                    namespace(object),
                    &own,
                    place,
                ));
                continue;
            }
            let named = object.pointer("/spec/ipAddressPools").and_then(Value::as_array);
            for (at, it) in named.into_iter().flatten().enumerate() {
                let Some(wanted) = it.as_str() else { continue };
                if !pools.iter().any(|it| it.name == wanted) {
                    let place = diagnostics.entry(manifest, &format!("/spec/ipAddressPools/{at}"));
                    let names: Vec<&str> = pools.iter().map(|it| it.name).collect();
                    diagnostics.push(report::no_pool(wanted, &names, place));
                }
            }
            // Without any peer, the snapshot may lack the kind.
            let named = object.pointer("/spec/peers").and_then(Value::as_array);
            let named = named.filter(|_| !peers.is_empty());
            for (at, it) in named.into_iter().flatten().enumerate() {
                let Some(wanted) = it.as_str().filter(|it| !peers.contains(it)) else { continue };
                let place = diagnostics.entry(manifest, &format!("/spec/peers/{at}"));
                diagnostics.push(report::no_peer(wanted, &peers, place));
            }
        }
    }
}

type Wishes<'s> = [(usize, &'s Service, Wish<'s>)];

/// Reports addresses that two Services claim. A request comes before an assigned address, since it is deliberate.
fn claims(diagnostics: &mut Collector<'_>, wishes: &Wishes<'_>) {
    let mut claims = BTreeMap::<IpAddr, BTreeMap<usize, (usize, String, bool)>>::new();
    for (at, (manifest, _, wish)) in wishes.iter().enumerate() {
        for (address, pointer, is_read) in &wish.asked {
            let claim = (*manifest, pointer.clone(), *is_read);
            claims.entry(*address).or_default().entry(at).or_insert(claim);
        }
        for (number, address) in wish.has.iter().enumerate() {
            let pointer = format!("/status/loadBalancer/ingress/{number}/ip");
            claims.entry(*address).or_default().entry(at).or_insert((*manifest, pointer, true));
        }
    }
    for (address, claims) in claims {
        let shares: BTreeSet<Option<&str>> =
            claims.keys().map(|at| wishes.get(*at).and_then(|it| it.2.share)).collect();
        let is_shared = shares.len() == 1 && !shares.contains(&None);
        if claims.len() < 2 || is_shared {
            continue;
        }
        let claims = claims.into_iter().filter_map(|(at, (manifest, pointer, _))| {
            let (_, service, _) = wishes.get(at)?;
            let has = pointer.starts_with("/status");
            let name = format!("{}/{}", service.namespace, service.name);
            Some((diagnostics.entry(manifest, &pointer), name, has))
        });
        let claims: Vec<(Span, String, bool)> = claims.collect();
        diagnostics.push(report::claimed_twice(address, &claims));
    }
}

/// Reports addresses in no pool.
fn outside(diagnostics: &mut Collector<'_>, wishes: &Wishes<'_>, pools: &[Pool<'_>]) {
    if pools.is_empty() {
        return;
    }
    let of = |address: IpAddr| {
        pools.iter().find(|it| it.ranges.iter().any(|(range, _)| range.contains(address)))
    };
    let is_in = |address: IpAddr| of(address).is_some_and(|it| !it.avoids(address));
    for (manifest, service, wish) in wishes {
        for (address, pointer, _) in wish.asked.iter().filter(|it| it.2 && !is_in(it.0)) {
            let place = diagnostics.entry(*manifest, pointer);
            let names: Vec<&str> = pools.iter().map(|it| it.name).collect();
            diagnostics.push(match of(*address) {
                Some(pool) => report::avoided(*address, service, pool.name, place),
                None => report::in_no_pool(*address, service, &names, place),
            });
        }
    }
}

/// Reports sharing keys of an address that no other Service has.
fn shares(view: &View<'_>, diagnostics: &mut Collector<'_>, wishes: &Wishes<'_>) {
    let mut by_key = BTreeMap::<&str, Vec<usize>>::new();
    for (manifest, _, wish) in wishes {
        if let Some(key) = wish.share {
            by_key.entry(key).or_default().push(*manifest);
        }
    }
    for (key, manifests) in by_key {
        let [only] = manifests.as_slice() else { continue };
        let pointers = [OLD, NEW].map(|it| annotation(format!("{it}allow-shared-ip")));
        let pointer = pointers.iter().find(|it| view.field(*only, it).is_some());
        if let Some(pointer) = pointer {
            let place = diagnostics.entry(*only, pointer);
            diagnostics.push(report::shared_by_one(key, place));
        }
    }
}

/// Reports load balancers that request no address while others request one.
fn unasked(diagnostics: &mut Collector<'_>, wishes: &Wishes<'_>) {
    let (asking, others): (Vec<_>, Vec<_>) =
        wishes.iter().partition(|(_, _, wish)| wish.asked.iter().any(|it| it.2));
    if asking.is_empty() || others.is_empty() {
        return;
    }
    // A request that MetalLB does not read has a diagnostic of its own.
    let others = others.into_iter().filter(|(_, _, wish)| wish.asked.is_empty());
    let places: Vec<Span> = others.map(|(manifest, ..)| diagnostics.name(*manifest)).collect();
    if !places.is_empty() {
        diagnostics.push(report::unasked(&places));
    }
}

/// Reports the ports that load balancers open on every node.
fn node_ports(view: &View<'_>, diagnostics: &mut Collector<'_>, wishes: &Wishes<'_>) {
    let (mut places, mut count) = (Vec::new(), 0);
    for (manifest, ..) in wishes {
        let ports = view.field(*manifest, "/spec/ports").and_then(Value::as_array);
        let ports = ports.into_iter().flatten();
        let open = ports.filter(|it| it.get("nodePort").and_then(Value::as_u64).unwrap_or(0) > 0);
        let open = open.count();
        if open > 0 {
            count += open;
            places.push(diagnostics.name(*manifest));
        }
    }
    if count > 0 {
        diagnostics.push(report::node_ports(count, &places));
    }
}
