//! Load-balancer addresses: each claimed once, in a pool, not reserved; pools that overlap nothing.
//!
//! MetalLB's own rules: internal/config/config.go (ranges of all pools are disjoint) and
//! internal/allocator/allocator.go (`checkSharing`), v0.14 to v0.16.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{FixedAddress, Metallb, Model, Pool, Reserved, Workload};
use crate::scalar::{AddressRange, Addresses};
use crate::source::{Span, Spanned};

/// Reports what is wrong with a cluster's pools and fixed addresses.
pub(super) fn check(model: &Model, said: &mut Diagnostics) {
    let Some(metallb) = &model.cluster.metallb else { return };
    pools_overlap(metallb, said);
    for pool in &metallb.pools {
        pool_meets_networks(model, pool, said);
    }
    let mut claims: BTreeMap<IpAddr, &FixedAddress> = BTreeMap::new();
    let mut given: BTreeMap<_, &FixedAddress> = BTreeMap::new();
    for fixed in &metallb.addresses {
        let Some(workload) = fixed.workload.map(|it| model.workload(it)) else { continue };
        if let Some(first) = given.insert(fixed.workload, fixed) {
            said.push(two_addresses(workload, first, fixed));
            continue;
        }
        if let Some(first) = claims.get(&fixed.address.node) {
            let other = first.workload.map(|it| model.workload(it));
            if other.is_some_and(|it| !is_one_service(it, workload) && !may_share(it, workload)) {
                said.push(claimed_twice(model, metallb, first, fixed));
            }
            continue;
        }
        claims.insert(fixed.address.node, fixed);
        in_a_pool(metallb, fixed, workload, said);
    }
}

fn range(range: &Spanned<(IpAddr, IpAddr)>) -> AddressRange {
    AddressRange { from: range.node.0, to: range.node.1 }
}

/// Whether two ranges of one family share an address.
fn meet(a: AddressRange, b: AddressRange) -> bool {
    a.contains(b.from) || b.contains(a.from)
}

fn pools_overlap(metallb: &Metallb, said: &mut Diagnostics) {
    let ranges =
        || metallb.pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (pool, it)));
    for (at, (pool, later)) in ranges().enumerate() {
        if let Some((other, first)) =
            ranges().take(at).find(|(_, it)| meet(range(it), range(later)))
        {
            said.push(
                Diagnostic::new(Code::E0324, later.span, format!("the pools `{}` and `{}` overlap", other.name, pool.name))
                    .here(format!("in `{}`", pool.name))
                    .label(first.span, format!("in `{}`", other.name))
                    .note("MetalLB refuses every change of its configuration while two ranges share an address")
                    .help("split the range, so that each address is in one pool"),
            );
        }
    }
}

/// What a pool must not contain: the cluster's own addresses.
fn pool_meets_networks(model: &Model, pool: &Pool, said: &mut Diagnostics) {
    let cluster = &model.cluster;
    for written in &pool.ranges {
        let addresses = Addresses::range(written.node.0, written.node.1);
        let networks = cluster.pods.iter().map(|it| ("the pod network", it));
        let networks =
            networks.chain(cluster.services.iter().map(|it| ("the Service network", it)));
        for (what, network) in networks {
            if addresses.overlaps(&Addresses::of([network.node])) {
                said.push(pool_contains(pool, written.span, what, network.span));
            }
        }
        let nodes = cluster.nodes.iter().map(|it| ("a node", &it.node, it.span));
        for (what, inside, place) in nodes {
            if addresses.overlaps(inside) {
                said.push(pool_contains(pool, written.span, what, place));
            }
        }
    }
}

fn pool_contains(pool: &Pool, span: Span, what: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::E0325, span, format!("the pool `{}` contains {what}", pool.name))
        .here("MetalLB would hand these addresses out")
        .label(place, format!("{what} is here"))
        .help("take these addresses out of the pool's range")
}

/// Whether two declarations speak of one Kubernetes Service.
fn is_one_service(a: &Workload, b: &Workload) -> bool {
    let name = |it: &Workload| it.service.as_ref().map(|it| it.name.clone());
    a.namespace == b.namespace && name(a) == name(b)
}

/// Whether both say that they share, with one key; `sharing` checks MetalLB's own rules.
fn may_share(a: &Workload, b: &Workload) -> bool {
    let key = |it: &Workload| {
        it.service.as_ref().and_then(|it| it.share.as_ref()).map(|it| it.node.clone())
    };
    key(a).is_some() && key(a) == key(b)
}

fn in_a_pool(metallb: &Metallb, fixed: &FixedAddress, workload: &Workload, said: &mut Diagnostics) {
    let address = fixed.address.node;
    if let Some(reserved) = metallb.reserved.iter().find(|it| reserves(it, address)) {
        said.push(is_reserved(metallb, fixed, workload, reserved));
    }
    let pools = &metallb.pools;
    if pools.iter().any(|pool| pool.ranges.iter().any(|it| range(it).contains(address))) {
        return;
    }
    let mut diagnostic =
        Diagnostic::new(Code::E0322, fixed.address.span, format!("{address} is in no pool"))
            .here(format!("MetalLB would leave `{}` pending", workload.path));
    for pool in pools {
        let ranges: Vec<String> = pool.ranges.iter().map(|it| range(it).to_string()).collect();
        diagnostic =
            diagnostic.label(pool.name.span, format!("`{}` has {}", pool.name, ranges.join(", ")));
    }
    let free = next_free(metallb);
    said.push(
        diagnostic
            .help_if(free, |it| format!("take an address of a pool ({it} is the next free one), or add this one to a pool"))
            .help_if(free.is_none().then_some(()), |()| "add this address to a pool".to_owned()),
    );
}

fn reserves(reserved: &Reserved, address: IpAddr) -> bool {
    AddressRange { from: reserved.from, to: reserved.to }.contains(address)
}

/// The lowest address of a pool that is neither fixed nor reserved.
fn next_free(metallb: &Metallb) -> Option<IpAddr> {
    let taken = |it: IpAddr| {
        metallb.addresses.iter().any(|fixed| fixed.address.node == it)
            || metallb.reserved.iter().any(|reserved| reserves(reserved, it))
    };
    let ranges = metallb.pools.iter().flat_map(|it| &it.ranges).map(range);
    // As many candidates as there are claims leave one over.
    ranges
        .flat_map(|range| (0..range.count().min(65_536)).filter_map(move |at| range.nth(at)))
        .find(|it| !taken(*it))
}

fn is_reserved(
    metallb: &Metallb,
    fixed: &FixedAddress,
    workload: &Workload,
    reserved: &Reserved,
) -> Diagnostic {
    let reason = reserved.reason.as_ref().map_or_else(String::new, |it| format!(": {it}"));
    let message =
        format!("{} is reserved, so `{}` cannot have it", fixed.address.node, workload.path);
    Diagnostic::new(Code::E0323, fixed.address.span, message)
        .here("given here")
        .label(reserved.span, format!("reserved here{reason}"))
        .help_if(next_free(metallb), |it| {
            format!("take another one ({it} is the next free one), or shrink the reservation")
        })
}

fn claimed_twice(
    model: &Model,
    metallb: &Metallb,
    first: &FixedAddress,
    second: &FixedAddress,
) -> Diagnostic {
    let path = |it: &FixedAddress| it.workload.map_or("", |it| &model.workload(it).path).to_owned();
    let (one, other) = (path(first), path(second));
    Diagnostic::new(
        Code::E0321,
        second.address.span,
        format!("{} is claimed twice", second.address.node),
    )
    .here(format!("claimed for `{other}`"))
    .label(first.address.span, format!("claimed for `{one}`"))
    .note("MetalLB gives it to the Service that comes first, and leaves the other one pending")
    .help_if(next_free(metallb), |it| {
        format!("give `{other}` another one: {it} is the next free address")
    })
    .help("or let both share it: `share = \"KEY\"` in both services, with different ports")
}

fn two_addresses(workload: &Workload, first: &FixedAddress, second: &FixedAddress) -> Diagnostic {
    Diagnostic::new(
        Code::E0202,
        second.site.span,
        format!("`{}` has two fixed addresses", workload.path),
    )
    .here("the second")
    .label(first.site.span, "the first")
    .help("remove one of them")
}
