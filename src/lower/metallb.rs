//! MetalLB: pools and how they are announced, and what it reads on Services. A load balancer whose
//! Service nobody can annotate gets its address by a pool of its own, cut out of the declared one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::metadata::Metadata;
use super::{Input, report};
use crate::diagnostics::Diagnostics;
use crate::model::{Announce, Metallb, Model, Pool, Taker, Workload, WorkloadId};
use crate::objects::{
    Advertisement, AdvertisementSpec, IpAddressPool, IpAddressPoolSpec, LabelSelector, Object,
    ServiceAllocation, StringMap,
};
use crate::origin::{Origins, Traced};
use crate::scalar::{AddressRange, cut};
use crate::source::{Site, Span};

/// The file that everything here lies in.
const FILE: &str = "metallb/pools.yaml";

/// Names of pools are DNS subdomains.
const LONGEST_NAME: usize = 253;

/// A load balancer that is told its address by a pool of its own.
struct Pinned<'m> {
    workload: &'m Workload,
    address: IpAddr,
    site: Site,
    /// The name of its pool.
    name: String,
}

/// The annotations that give a Service its address, each with the place that it comes from; none
/// where it has no address.
pub(super) fn annotations(input: Input<'_>, id: WorkloadId) -> Vec<(String, String, Site)> {
    let workload = input.model.workload(id);
    let (Some(metallb), Some(address)) =
        (&input.model.cluster.metallb, input.allocated.address(id))
    else {
        return Vec::new();
    };
    // The old prefix is read by every release up to 0.16, the new one by none before 0.14.9.
    let prefix = if metallb.version.node.at_least([0, 14, 9]) {
        "metallb.io"
    } else {
        "metallb.universe.tf"
    };
    let site = input.fixed.get(&id).copied().unwrap_or(workload.site);
    let mut annotations = vec![(format!("{prefix}/loadBalancerIPs"), address.to_string(), site)];
    if let Some(share) = workload.service.as_ref().and_then(|it| it.share.as_ref()) {
        let site = Site { span: share.span, via: workload.site.via };
        annotations.push((format!("{prefix}/allow-shared-ip"), share.node.clone(), site));
    }
    annotations
}

/// The pools, each with the pools cut out of it, and its advertisement.
pub(super) fn pools(input: Input<'_>, said: &mut Diagnostics) -> Vec<Traced> {
    let Some(metallb) = &input.model.cluster.metallb else { return Vec::new() };
    let mut declared: Vec<&Pool> = metallb.pools.iter().collect();
    declared.sort_unstable_by_key(|it| &it.name.node);
    let pinned = pinned(input, metallb, &declared, said);
    let mut written: Vec<AddressRange> = Vec::new();
    let mut pools = Vec::new();
    let mut advertisements = Vec::new();
    for pool in declared {
        let own = pinned.get(pool.name.node.as_str()).map_or(&[][..], Vec::as_slice);
        let mut names = Vec::new();
        if let Some(main) = main_pool(input, metallb, pool, own, &mut written) {
            names.push(pool.name.node.as_str().to_owned());
            pools.push(main);
        }
        pools.extend(own.iter().map(|it| small_pool(input, metallb, it)));
        names.extend(own.iter().map(|it| it.name.clone()));
        if !names.is_empty() {
            advertisements.push(advertisement(input, metallb, pool, names));
        }
    }
    pools.extend(advertisements);
    pools
}

/// What is left of a declared pool; nothing if nothing is.
fn main_pool(
    input: Input<'_>,
    metallb: &Metallb,
    pool: &Pool,
    pinned: &[Pinned<'_>],
    written: &mut Vec<AddressRange>,
) -> Option<Traced> {
    let range = |from, to| AddressRange { from, to };
    let reserved = metallb.reserved.iter().map(|it| (range(it.from, it.to), at(it.span)));
    let own = pinned.iter().map(|it| (AddressRange::from(it.address), it.site));
    let holes: Vec<(AddressRange, Site)> = reserved.chain(own).collect();
    let mut origins = Origins::of(vec![at(pool.span)]);
    let mut addresses = Vec::new();
    for declared in &pool.ranges {
        let whole = range(declared.node.0, declared.node.1);
        // What another range has already would be refused as an overlap.
        let unwritten = cut([whole], written.iter().copied());
        let left = cut(unwritten, holes.iter().map(|(hole, _)| *hole));
        let mut sites = vec![at(declared.span)];
        let cutting = holes.iter().filter(|(hole, _)| whole.without(*hole) != [whole]);
        sites.extend(cutting.map(|(_, site)| *site));
        for piece in left {
            origins.part(format!("/spec/addresses/{}", addresses.len()), sites.clone());
            addresses.push(piece.to_string());
        }
        written.push(whole);
    }
    if addresses.is_empty() {
        return None;
    }
    let (service_allocation, auto_assign) = allocation(input.model, pool);
    if !pool.takers.is_empty() {
        let takers = pool.takers.iter().map(|it| at(it.span)).collect();
        origins.part("/spec/serviceAllocation", takers);
    }
    let spec = IpAddressPoolSpec { addresses, auto_assign, service_allocation };
    let description = pool.description.as_deref();
    let name = pool.name.node.as_str();
    let metadata =
        Metadata::of(input, name, Some(&metallb.namespace), at(pool.span), description).done();
    Some(traced(Object::IpAddressPool(IpAddressPool::new(metadata, spec)), origins))
}

/// Whose Services a pool serves: MetalLB knows them by their namespaces.
fn allocation(model: &Model, pool: &Pool) -> (Option<ServiceAllocation>, Option<bool>) {
    if pool.takers.is_empty() {
        return (None, None);
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
        // An allocation that names nobody would be open to everybody.
        return (None, Some(false));
    }
    let allocation = ServiceAllocation {
        priority: None,
        namespaces: namespaces.into_iter().collect(),
        service_selectors: Vec::new(),
    };
    (Some(allocation), None)
}

/// The pool of one load balancer that nobody can annotate.
fn small_pool(input: Input<'_>, metallb: &Metallb, pinned: &Pinned<'_>) -> Traced {
    let workload = pinned.workload;
    let labels = workload.service.iter().flat_map(|it| &it.labels);
    let match_labels = labels.map(|(key, value, _)| (key.clone(), value.clone())).collect();
    let selector =
        LabelSelector { match_labels: StringMap(match_labels), match_expressions: Vec::new() };
    let spec = IpAddressPoolSpec {
        addresses: vec![AddressRange::from(pinned.address).to_string()],
        auto_assign: None,
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
    let mut origins = Origins::of(vec![pinned.site]);
    origins.part("/spec/serviceAllocation", vec![workload.site]);
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
    let mut origins = Origins::of(vec![at(pool.announce.span)]);
    origins.part("/metadata", vec![at(pool.span)]);
    origins.part("/spec/ipAddressPools", vec![at(pool.span)]);
    for (idx, interface) in interfaces.iter().enumerate() {
        origins.part(format!("/spec/interfaces/{idx}"), vec![at(interface.span)]);
    }
    let spec = AdvertisementSpec {
        ip_address_pools,
        interfaces: interfaces.iter().map(|it| it.node.clone()).collect(),
    };
    let name = pool.name.node.as_str();
    let metadata = Metadata::of(input, name, Some(&metallb.namespace), at(pool.span), None).done();
    traced(Object::Advertisement(Advertisement::new(kind, metadata, spec)), origins)
}

/// The load balancers that nobody can annotate, by the pool that has their address.
fn pinned<'m>(
    input: Input<'m>,
    metallb: &Metallb,
    declared: &[&Pool],
    said: &mut Diagnostics,
) -> BTreeMap<String, Vec<Pinned<'m>>> {
    let model = input.model;
    let mut bare: Vec<(WorkloadId, &Workload)> = model
        .workload_ids()
        .filter(|(_, it)| it.is_load_balancer())
        .filter(|(_, it)| it.service.as_ref().is_some_and(|it| !it.annotated && !it.managed))
        .collect();
    // Several declarations may speak of one Service: the one with the fixed address stands for it.
    bare.sort_unstable_by_key(|(id, it)| (!input.fixed.contains_key(id), it.path.as_str()));
    let mut seen = BTreeSet::new();
    bare.retain(|(_, it)| seen.insert((it.namespace, it.service.as_ref().map(|it| &it.name))));
    bare.sort_unstable_by_key(|(_, it)| it.path.as_str());
    let mut names: BTreeSet<String> =
        metallb.pools.iter().map(|it| it.name.node.as_str().to_owned()).collect();
    let mut pinned: BTreeMap<String, Vec<Pinned<'m>>> = BTreeMap::new();
    for (id, workload) in &bare {
        let Some(service) = &workload.service else { continue };
        let fixed = input.fixed.get(id).copied();
        if service.labels.is_empty() {
            said.push(match fixed {
                Some(site) => report::cannot_pin(model, workload, site),
                None => report::metallb_chooses(model, workload),
            });
            continue;
        }
        if let Some(share) = &service.share {
            said.push(report::cannot_share(model, workload, share.span));
            continue;
        }
        if let Some(other) = ambiguous(&bare, *id, workload) {
            said.push(report::same_labels(model, workload, other));
            continue;
        }
        let Some(address) = input.allocated.address(*id) else { continue };
        let has = |pool: &&&Pool| {
            let ranges = pool.ranges.iter().map(|it| it.node);
            ranges.map(|(from, to)| AddressRange { from, to }).any(|it| it.contains(address))
        };
        let Some(pool) = declared.iter().find(has) else { continue };
        let pool = pool.name.node.as_str();
        let name = pool_name(pool, workload, &mut names);
        let site = fixed.unwrap_or(workload.site);
        pinned.entry(pool.to_owned()).or_default().push(Pinned { workload, address, site, name });
    }
    pinned
}

/// Another load balancer of the namespace that the same selector selects.
fn ambiguous<'m>(
    bare: &[(WorkloadId, &'m Workload)],
    id: WorkloadId,
    workload: &Workload,
) -> Option<&'m Workload> {
    let labels = |of: &Workload| -> BTreeMap<String, String> {
        let labels = of.service.iter().flat_map(|it| &it.labels);
        labels.map(|(key, value, _)| (key.clone(), value.clone())).collect()
    };
    let own = labels(workload);
    let selected = |other: &Workload| {
        let others = labels(other);
        own.iter().all(|(key, value)| others.get(key) == Some(value))
    };
    bare.iter()
        .filter(|(other, it)| *other != id && it.namespace == workload.namespace)
        .map(|(_, it)| *it)
        .find(|it| selected(it))
}

/// `<pool>-<service>`, which no other pool has.
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

fn traced(object: Object, origins: Origins) -> Traced {
    Traced { file: FILE.to_owned(), object, origins }
}

/// A place in the cluster's block, which no component can hold.
fn at(span: Span) -> Site {
    Site { span, via: None }
}
