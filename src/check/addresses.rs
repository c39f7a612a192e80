//! Load-balancer addresses: each claimed once, in a pool, not reserved, in the pool that is asked for.
//!
//! MetalLB's own rules: internal/config/config.go (ranges of all pools are disjoint) and
//! internal/allocator/allocator.go (`checkSharing`), v0.14 to v0.16.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::pools;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{FixedAddress, Metallb, Model, Pool, Reserved, Workload};
use crate::source::{Name, Spanned};

/// Reports what is wrong with a cluster's pools and fixed addresses.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let Some(metallb) = &model.cluster.metallb else { return };
    pools::check(model, metallb, diagnostics);
    let mut claims: BTreeMap<IpAddr, &FixedAddress> = BTreeMap::new();
    let mut given: BTreeMap<_, &FixedAddress> = BTreeMap::new();
    for fixed in &metallb.addresses {
        let Some(workload) = fixed.workload.map(|it| model.workload(it)) else { continue };
        if let Some(first) = given.insert(fixed.workload, fixed) {
            diagnostics.push(two_addresses(workload, first, fixed));
            continue;
        }
        if let Some(first) = claims.get(&fixed.address.node) {
            let other = first.workload.map(|it| model.workload(it));
            if other.is_some_and(|it| !is_one_service(it, workload) && !may_share(it, workload)) {
                diagnostics.push(claimed_twice(model, metallb, first, fixed));
            }
            continue;
        }
        claims.insert(fixed.address.node, fixed);
        in_a_pool(metallb, fixed, workload, claims.len() == 1, diagnostics);
    }
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

fn in_a_pool(
    metallb: &Metallb,
    fixed: &FixedAddress,
    workload: &Workload,
    is_first: bool,
    diagnostics: &mut Diagnostics,
) {
    let address = fixed.address.node;
    if let Some(reserved) = metallb.reserved.iter().find(|it| it.range.contains(address)) {
        diagnostics.push(is_reserved(metallb, fixed, workload, reserved));
    }
    let pools = &metallb.pools;
    let holds = |pool: &&Pool| pool.ranges.iter().any(|it| it.node.contains(address));
    if let Some(pool) = pools.iter().find(holds) {
        let asked = workload.service.as_ref().and_then(|it| it.pool.as_ref());
        let is_other = |it: &&Spanned<Name>| metallb.has_all_pools && it.node != pool.name.node;
        if let Some(asked) = asked.filter(is_other) {
            diagnostics.push(in_another_pool(fixed, workload, pool, asked));
        } else if pool.avoids(address) {
            diagnostics.push(avoided(metallb, fixed, workload, pool));
        }
        return;
    }
    if !metallb.has_all_pools {
        return;
    }
    let diagnostic =
        Diagnostic::new(Code::E0322, fixed.address.span, format!("{address} is in no pool"));
    if pools.is_empty() {
        if !is_first {
            return;
        }
        let others = metallb.addresses.len() - 1;
        let others = (others > 0).then_some(others);
        diagnostics.push(
            diagnostic
                .here(format!("for `{}`", workload.path))
                .label(metallb.span, "has no pool")
                .note_if(others, |it| format!("{it} more fixed addresses are in no pool either"))
                .help(format!(
                    "declare a pool that contains it: `pool NAME {{ addresses = [{address}] }}`"
                )),
        );
        return;
    }
    let mut diagnostic =
        diagnostic.here(format!("MetalLB would leave `{}` pending", workload.path));
    for pool in pools {
        let ranges: Vec<String> = pool.ranges.iter().map(|it| it.node.to_string()).collect();
        diagnostic =
            diagnostic.label(pool.name.span, format!("`{}` has {}", pool.name, ranges.join(", ")));
    }
    let free = next_free(metallb, address);
    diagnostics.push(
        diagnostic
            .help_if(free, |it| {
                format!(
                    "use an address of a pool ({it} is the next free address), \
             or add this address to a pool"
                )
            })
            .help_if(free.is_none().then_some(()), |()| "add this address to a pool".to_owned()),
    );
}

/// `checkSharing` is not asked: a Service that names a pool and an address of another gets neither
/// (controller/service.go).
fn in_another_pool(
    fixed: &FixedAddress,
    workload: &Workload,
    pool: &Pool,
    asked: &Spanned<Name>,
) -> Diagnostic {
    let message = format!(
        "{} is in pool `{}`, and `{}` requests pool `{asked}`",
        fixed.address.node, pool.name, workload.path
    );
    Diagnostic::new(Code::E0705, fixed.address.span, message)
        .here("fixed here")
        .label(pool.name.span, format!("has {}", fixed.address.node))
        .label(asked.span, "requests another pool")
        .note("MetalLB rejects a Service whose address is not in its pool")
        .help(format!("give it an address of `{asked}`, or remove `pool = {asked}`"))
}

/// `poolFor` finds no pool for such an address: `"…" is not allowed in config` (internal/allocator/allocator.go).
fn avoided(
    metallb: &Metallb,
    fixed: &FixedAddress,
    workload: &Workload,
    pool: &Pool,
) -> Diagnostic {
    let address = fixed.address.node;
    let message = format!("pool `{}` does not assign {address}", pool.name);
    let avoids = pool.avoid_buggy_ips.as_ref().map(|it| it.span);
    Diagnostic::new(Code::E0711, fixed.address.span, message)
        .here(format!("MetalLB would leave `{}` pending", workload.path))
        .label_if(avoids, "avoids addresses that end with 0 or 255")
        .help_if(next_free(metallb, address), |it| {
            format!(
                "use another address ({it} is the next free address), or remove `avoid-buggy-ips`"
            )
        })
}

/// The lowest address of a pool that is neither fixed nor reserved, of the family of another.
fn next_free(metallb: &Metallb, like: IpAddr) -> Option<IpAddr> {
    let taken = |it: IpAddr| {
        metallb.addresses.iter().any(|fixed| fixed.address.node == it)
            || metallb.reserved.iter().any(|reserved| reserved.range.contains(it))
    };
    let ranges =
        metallb.pools.iter().flat_map(|pool| pool.ranges.iter().map(move |it| (pool, it.node)));
    let ranges = ranges.filter(|(_, it)| it.from.is_ipv4() == like.is_ipv4());
    // As many candidates as there are claims leave one over.
    let candidates = ranges.flat_map(|(pool, range)| {
        let all = (0..range.count().min(65_536)).filter_map(move |at| range.nth(at));
        all.filter(|it| !pool.avoids(*it))
    });
    candidates.into_iter().find(|it| !taken(*it))
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
        .help_if(next_free(metallb, fixed.address.node), |it| {
            format!(
                "use another address ({it} is the next free address), or shrink the reservation"
            )
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
    let key = |it: &FixedAddress| model.workload(it.workload?).service.as_ref()?.share.clone();
    let sharing = match (key(first), key(second)) {
        (None, None) => {
            "or share it between both: `share = \"KEY\"` in both services, with different ports"
                .to_owned()
        }
        (Some(key), None) => {
            format!("or share it between both: `share = \"{}\"` in `{other}` too", key.node)
        }
        (None, Some(key)) => {
            format!("or share it between both: `share = \"{}\"` in `{one}` too", key.node)
        }
        (Some(_), Some(_)) => "or share it between both: give both services one key".to_owned(),
    };
    Diagnostic::new(
        Code::E0321,
        second.address.span,
        format!("{} is claimed twice", second.address.node),
    )
    .here(format!("claimed for `{other}`"))
    .label(first.address.span, format!("claimed for `{one}`"))
    .note("MetalLB assigns it to the Service that it sees first, and leaves the other Service pending")
    .help_if(next_free(metallb, second.address.node), |it| {
        format!("give `{other}` another address: {it} is the next free address")
    })
    .label_if(key(first).map(|it| it.span), format!("`{one}` shares with this key"))
    .label_if(key(second).map(|it| it.span), format!("`{other}` shares with this key"))
    .help(sharing)
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
