//! MetalLB's objects: pools, their advertisements, and annotations of Services. A load balancer whose Service
//! cannot be annotated gets its address from a small pool of its own, which is cut out of the declared pool.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::metadata::Metadata;
use super::metallb_objects::{at, node_selectors, traced};
use super::{Input, bgp, report};
use crate::diagnostics::Diagnostics;
use crate::model::{Announce, Metallb, Model, NamespaceId, Pool, Taker, Workload, WorkloadId};
use crate::objects::{
    Advertisement, AdvertisementSpec, IpAddressPool, IpAddressPoolSpec, LabelSelector, Object,
    ServiceAllocation, StringMap,
};
use crate::origin::{Origins, Traced};
use crate::scalar::{AddressRange, cut, field_path};
use crate::source::Site;

/// Upper bound on the length of a pool's name, which is a DNS subdomain.
const LONGEST_NAME: usize = 253;

/// A load balancer that gets its address from a pool of its own.
struct Pinned<'m> {
    workload: &'m Workload,
    /// The labels by which the pool selects the Service.
    labels: BTreeMap<&'m str, &'m str>,
    address: IpAddr,
    site: Site,
    /// The name of the pool.
    name: String,
}

/// Returns the annotations that give a Service its address, each with its origin; none if the service has no
/// address.
pub(super) fn annotations(input: Input<'_>, id: WorkloadId) -> Vec<(&'static str, String, Site)> {
    let workload = input.model.workload(id);
    let (Some(metallb), Some(address)) =
        (&input.model.cluster.metallb, input.allocated.address(id))
    else {
        return Vec::new();
    };
    // Every release up to 0.16 reads the old prefix. No release before 0.14.9 reads the new prefix.
    let (addresses, shared) = if metallb.version.node.at_least([0, 14, 9]) {
        ("metallb.io/loadBalancerIPs", "metallb.io/allow-shared-ip")
    } else {
        ("metallb.universe.tf/loadBalancerIPs", "metallb.universe.tf/allow-shared-ip")
    };
    let site = input.fixed.get(&id).copied().unwrap_or(workload.site);
    let mut annotations = vec![(addresses, address.to_string(), site)];
    if let Some(share) = workload.service.as_ref().and_then(|it| it.share.as_ref()) {
        let site = Site { span: share.span, via: workload.site.via };
        annotations.push((shared, share.node.clone(), site));
    }
    annotations
}

/// Makes the pools, each followed by the pools that are cut out of it, and their advertisements.
pub(super) fn pools(input: Input<'_>, diagnostics: &mut Diagnostics) -> Vec<Traced> {
    let Some(metallb) = &input.model.cluster.metallb else { return Vec::new() };
    let mut declared: Vec<&Pool> = metallb.pools.iter().collect();
    declared.sort_unstable_by_key(|it| &it.name.node);
    let (pinned, choosing) = pinned(input, metallb, &declared, diagnostics);
    // A Service that is created before its own pool would get an address of another pool, and keep it.
    let waiting = !pinned.is_empty() && !choosing;
    check_version(metallb, pinned.values().flatten().next(), diagnostics);
    let mut written: Vec<AddressRange> = Vec::new();
    let mut pools = bgp::sessions(input, metallb);
    let mut advertisements = Vec::new();
    for pool in declared {
        let own = pinned.get(pool.name.node.as_str()).map_or(&[][..], Vec::as_slice);
        let mut names = Vec::new();
        let mut pieces: Vec<AddressRange> = own.iter().map(|it| it.address.into()).collect();
        if let Some((main, left)) = main_pool(input, metallb, pool, own, waiting, &mut written) {
            names.push(pool.name.node.as_str().to_owned());
            pools.push(main);
            pieces.splice(0..0, left);
        }
        bgp::check_lengths(pool, &pieces, diagnostics);
        pools.extend(own.iter().map(|it| small_pool(input, metallb, it)));
        names.extend(own.iter().map(|it| it.name.clone()));
        if !names.is_empty() {
            advertisements.push(advertisement(input, metallb, pool, names));
        }
    }
    pools.extend(advertisements);
    pools
}

/// Reports options that the declared MetalLB would silently drop, and options that no MetalLB accepts: release
/// notes of 0.13, and the types in `api/`.
fn check_version(metallb: &Metallb, pinned: Option<&Pinned<'_>>, diagnostics: &mut Diagnostics) {
    let interfaces = metallb.pools.iter().find_map(|it| it.interfaces.first()).map(|it| it.span);
    let takers = metallb.pools.iter().find_map(|it| it.takers.first()).map(|it| it.span);
    let takers = takers.or(pinned.map(|it| it.workload.site.span));
    let avoids = metallb.pools.iter().find_map(|it| it.avoid_buggy_ips.as_ref()).map(|it| it.span);
    let needs = [
        ([0, 13, 8], "pools for some services only", takers),
        ([0, 13, 6], "`interfaces`", interfaces),
        ([0, 13, 4], "`avoid-buggy-ips`", avoids),
        ([0, 13, 0], "objects of kind IPAddressPool", Some(metallb.span)),
    ];
    let needs = bgp::needs(metallb).into_iter().chain(needs);
    let missing = needs.into_iter().find_map(|(since, what, span)| {
        let span = span.filter(|_| !metallb.version.node.at_least(since))?;
        Some((since, what, span))
    });
    if let Some((since, what, span)) = missing {
        diagnostics.push(report::old_metallb(metallb, since, what, span));
    }
    for pool in &metallb.pools {
        let interfaces = pool.interfaces.first().map(|it| it.span);
        let strange = match pool.announce.node {
            Announce::Bgp => interfaces.map(|it| report::interfaces_of_bgp(pool, it)),
            Announce::L2 => {
                pool.routes.first().map(|(field, it)| report::routes_of_l2(pool, field, it))
            }
        };
        if let Some(it) = strange {
            diagnostics.push(it);
        }
    }
    bgp::check_old(metallb, diagnostics);
}

/// Makes the rest of a declared pool; `None` if nothing is left. If load balancers wait for pools of their own,
/// this pool assigns addresses only to Services that request one.
fn main_pool(
    input: Input<'_>,
    metallb: &Metallb,
    pool: &Pool,
    pinned: &[Pinned<'_>],
    waiting: bool,
    written: &mut Vec<AddressRange>,
) -> Option<(Traced, Vec<AddressRange>)> {
    let reserved = metallb.reserved.iter().map(|it| (it.range, at(it.span)));
    let own = pinned.iter().map(|it| (AddressRange::from(it.address), it.site));
    let holes: Vec<(AddressRange, Site)> = reserved.chain(own).collect();
    let mut origins = Origins::of(&[at(pool.span)]);
    let mut pieces = Vec::new();
    for declared in &pool.ranges {
        let whole = declared.node;
        // MetalLB would reject addresses of another range as an overlap.
        let unwritten = cut([whole], written.iter().copied());
        let left = cut(unwritten, holes.iter().map(|(hole, _)| *hole));
        let mut sites = vec![at(declared.span)];
        let cutting = holes.iter().filter(|(hole, _)| whole.without(*hole) != [whole]);
        sites.extend(cutting.map(|(_, site)| *site));
        for piece in left {
            origins.part(&field_path!["spec", "addresses", pieces.len()], &sites);
            pieces.push(piece);
        }
        written.push(whole);
    }
    if pieces.is_empty() {
        return None;
    }
    let (service_allocation, open) = allocation(input.model, pool);
    let auto_assign = (!open || waiting).then_some(false);
    if !pool.takers.is_empty() {
        let takers: Vec<Site> = pool.takers.iter().map(|it| at(it.span)).collect();
        origins.part(&field_path!["spec", "serviceAllocation"], &takers);
    }
    let avoids = pool.avoid_buggy_ips.as_ref();
    if let Some(it) = avoids {
        origins.part(&field_path!["spec", "avoidBuggyIPs"], &[at(it.span)]);
    }
    let spec = IpAddressPoolSpec {
        addresses: pieces.iter().map(ToString::to_string).collect(),
        auto_assign,
        avoid_buggy_ips: avoids.map(|it| it.node),
        service_allocation,
    };
    let description = pool.description.as_deref();
    let name = pool.name.node.as_str();
    let metadata =
        Metadata::of(input, name, Some(&metallb.namespace), at(pool.span), description).done();
    Some((traced(Object::IpAddressPool(IpAddressPool::new(metadata, spec)), origins), pieces))
}

/// Returns the namespaces whose Services a pool serves, and whether it serves any Service.
fn allocation(model: &Model, pool: &Pool) -> (Option<ServiceAllocation>, bool) {
    if pool.takers.is_empty() {
        return (None, true);
    }
    let mut namespaces = BTreeSet::new();
    for taker in &pool.takers {
        match &taker.node {
            Taker::Owner(owner) => {
                let owned = model.namespaces.iter().filter(|it| it.owner == *owner);
                namespaces.extend(owned.map(|it| it.name.clone()));
            }
            Taker::Workloads(ids) => {
                let all = || ids.iter().map(|id| model.workload(*id));
                let exposed = all().any(Workload::is_load_balancer);
                let some = all().filter(|it| !exposed || it.is_load_balancer());
                namespaces.extend(some.map(|it| model.namespace(it.namespace).name.clone()));
            }
        }
    }
    if namespaces.is_empty() {
        // MetalLB would treat an allocation without namespaces as one for all Services.
        return (None, false);
    }
    let allocation = ServiceAllocation {
        priority: None,
        namespaces: namespaces.into_iter().collect(),
        service_selectors: Vec::new(),
    };
    (Some(allocation), true)
}

/// Makes the pool of one load balancer whose Service cannot be annotated.
fn small_pool(input: Input<'_>, metallb: &Metallb, pinned: &Pinned<'_>) -> Traced {
    let workload = pinned.workload;
    let labels = pinned.labels.iter();
    let labels = labels.map(|(key, value)| ((*key).to_owned().into(), (*value).to_owned()));
    let selector =
        LabelSelector { match_labels: StringMap(labels.collect()), match_expressions: Vec::new() };
    let spec = IpAddressPoolSpec {
        addresses: vec![AddressRange::from(pinned.address).to_string()],
        auto_assign: None,
        avoid_buggy_ips: None,
        service_allocation: Some(ServiceAllocation {
            priority: Some(1),
            namespaces: vec![input.model.namespace(workload.namespace).name.clone()],
            service_selectors: vec![selector],
        }),
    };
    let description = format!("The address of {}, whose Service has no annotations", workload.path);
    let namespace = Some(metallb.namespace.as_str());
    let metadata =
        Metadata::of(input, &pinned.name, namespace, pinned.site, Some(&description)).done();
    let mut origins = Origins::of(&[pinned.site]);
    origins.part(&field_path!["spec", "serviceAllocation"], &[workload.site]);
    traced(Object::IpAddressPool(IpAddressPool::new(metadata, spec)), origins)
}

fn advertisement(
    input: Input<'_>,
    metallb: &Metallb,
    pool: &Pool,
    ip_address_pools: Vec<String>,
) -> Traced {
    let (kind, interfaces) = match pool.announce.node {
        Announce::L2 => ("L2Advertisement", pool.interfaces.as_slice()),
        Announce::Bgp => ("BGPAdvertisement", [].as_slice()),
    };
    let mut origins = Origins::of(&[at(pool.announce.span)]);
    origins.part(&field_path!["metadata"], &[at(pool.span)]);
    origins.part(&field_path!["spec", "ipAddressPools"], &[at(pool.span)]);
    for (idx, interface) in interfaces.iter().enumerate() {
        origins.part(&field_path!["spec", "interfaces", idx], &[at(interface.span)]);
    }
    let node_selectors = node_selectors(&pool.nodes, &mut origins);
    let spec = AdvertisementSpec {
        ip_address_pools,
        interfaces: interfaces.iter().map(|it| it.node.clone()).collect(),
        node_selectors,
        ..bgp::routes(pool, &mut origins)
    };
    let name = pool.name.node.as_str();
    let metadata = Metadata::of(input, name, Some(&metallb.namespace), at(pool.span), None).done();
    traced(Object::Advertisement(Advertisement::new(kind, metadata, spec)), origins)
}

/// Returns the load balancers whose Services cannot be annotated, by the pool that contains their address, and
/// whether MetalLB must choose an address for one of them.
fn pinned<'m>(
    input: Input<'m>,
    metallb: &Metallb,
    declared: &[&Pool],
    diagnostics: &mut Diagnostics,
) -> (BTreeMap<String, Vec<Pinned<'m>>>, bool) {
    let model = input.model;
    let bare = bare_services(input);
    let mut names: BTreeSet<String> =
        metallb.pools.iter().map(|it| it.name.node.as_str().to_owned()).collect();
    let mut pinned: BTreeMap<String, Vec<Pinned<'m>>> = BTreeMap::new();
    let mut choosing = false;
    for it in &bare {
        let fixed = it.ids.iter().find_map(|id| input.fixed.get(id).copied());
        if it.labels.is_empty() {
            diagnostics.push(match fixed {
                Some(site) => report::cannot_pin(model, it.workload, site),
                None => report::metallb_chooses(model, it.workload),
            });
            choosing = true;
            continue;
        }
        if let Some(share) = it.workload.service.as_ref().and_then(|it| it.share.as_ref()) {
            diagnostics.push(report::cannot_share(model, it.workload, share.span));
            choosing = true;
            continue;
        }
        if let Some(other) = bare.iter().find(|other| it.selects(other)) {
            diagnostics.push(report::same_labels(model, it.workload, other.workload));
            choosing = true;
            continue;
        }
        let Some(address) = it.ids.iter().find_map(|id| input.allocated.address(*id)) else {
            continue;
        };
        let has = |pool: &&&Pool| pool.ranges.iter().any(|it| it.node.contains(address));
        let Some(pool) = declared.iter().find(has) else { continue };
        let pool = pool.name.node.as_str();
        let name = pool_name(pool, it.workload, &mut names);
        let site = fixed.unwrap_or(it.workload.site);
        let labels = it.labels.clone();
        let one = Pinned { workload: it.workload, labels, address, site, name };
        pinned.entry(pool.to_owned()).or_default().push(one);
    }
    (pinned, choosing)
}

/// A Service of type LoadBalancer that cannot be annotated.
struct Bare<'m> {
    /// The declaration with the fixed address, or the first one.
    workload: &'m Workload,
    ids: Vec<WorkloadId>,
    labels: BTreeMap<&'m str, &'m str>,
}

impl Bare<'_> {
    /// Whether its labels also match another Service of the namespace.
    fn selects(&self, other: &Self) -> bool {
        self.ids != other.ids
            && self.workload.namespace == other.workload.namespace
            && self.labels.iter().all(|(key, value)| other.labels.get(key) == Some(value))
    }
}

/// Returns the Services that cannot be annotated, sorted by path. Several declarations may describe one
/// Service.
fn bare_services(input: Input<'_>) -> Vec<Bare<'_>> {
    let model = input.model;
    let is_bare = |it: &Workload| {
        it.service.as_ref().is_some_and(|it| !it.annotated && !it.managed) && it.is_load_balancer()
    };
    if !model.workloads.iter().any(is_bare) {
        return Vec::new();
    }
    let mut services = BTreeMap::<(NamespaceId, &str), Vec<(&str, WorkloadId)>>::new();
    for (id, workload) in model.workload_ids().filter(|(_, it)| it.is_load_balancer()) {
        if let Some(service) = &workload.service {
            let rows = services.entry((workload.namespace, &service.name)).or_default();
            rows.push((&workload.path, id));
        }
    }
    let mut bare = Vec::new();
    for mut rows in services.into_values() {
        rows.sort_unstable_by_key(|(path, id)| (!input.fixed.contains_key(id), *path));
        let described = || rows.iter().filter_map(|(_, id)| model.workload(*id).service.as_ref());
        if described().any(|it| it.annotated || it.managed) {
            continue;
        }
        let labels = described().flat_map(|it| &it.labels);
        let labels = labels.map(|(key, value, _)| (key.as_str(), value.as_str())).collect();
        if let Some((_, first)) = rows.first() {
            let ids = rows.iter().map(|(_, id)| *id).collect();
            bare.push(Bare { workload: model.workload(*first), ids, labels });
        }
    }
    bare.sort_unstable_by_key(|it| it.workload.path.as_str());
    bare
}

/// Returns a unique name for a small pool: `<pool>-<service>`, with a number if that is taken.
fn pool_name(pool: &str, workload: &Workload, names: &mut BTreeSet<String>) -> String {
    let wish: String = format!("{pool}-{}", workload.path.replace('.', "-"));
    let numbered = (1_u32..).map(|number| {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let front: String = wish.chars().take(LONGEST_NAME - suffix.len()).collect();
        format!("{}{suffix}", front.trim_end_matches('-'))
    });
    let mut free = numbered.filter(|it| !names.contains(it));
    let name = free.next().expect("INVARIANT: there are more numbers than pools");
    names.insert(name.clone());
    name
}
