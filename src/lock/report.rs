//! Diagnostics of the lock, one function for each.

use std::net::IpAddr;

use super::file::{Entry, FILE_NAME};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Metallb, Model, Pool, Workload};
use crate::source::{Site, Span};

/// The lock has conflict markers of an unfinished merge.
pub(super) fn conflict(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::E0701,
        span,
        format!("`{FILE_NAME}` has conflict markers of an unfinished merge"),
    )
    .here("left by version control")
    .help(
        "keep the lines of both sides, delete the markers, and build again: a service without \
         a line gets a new address",
    )
}

/// The lock is not valid YAML, or does not have the format of a lock.
pub(super) fn unreadable(span: Span, why: &str) -> Diagnostic {
    let why = why.lines().next().unwrap_or_default();
    Diagnostic::new(Code::E0701, span, format!("`{FILE_NAME}` cannot be read: {why}"))
        .help("restore the last committed version of the file")
        .note("mlnetc does not create the file again, since every load balancer would get a new address")
}

/// The value of a lock entry is not an address.
pub(super) fn no_address(span: Span, path: &str, value: &str) -> Diagnostic {
    Diagnostic::new(Code::E0701, span, format!("`{value}` is not an address"))
        .here(format!("the address of `{path}`"))
        .help(
            "restore the line of the last committed version, or delete it: the service then gets \
         a new address",
        )
}

/// A service has two entries in the lock.
pub(super) fn twice(span: Span, path: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::E0701, span, format!("`{path}` is in `{FILE_NAME}` twice"))
        .here("again here")
        .label(first, "first here")
        .help("delete the line with the address that the service does not have")
}

/// The lock has another format version.
pub(super) fn foreign_version(span: Span, version: u64) -> Diagnostic {
    let message =
        format!("`{FILE_NAME}` has version {version}, which this mlnetc does not support");
    Diagnostic::new(Code::E0702, span, message)
        .here("written by a newer mlnetc")
        .help("build with the version of mlnetc that wrote it")
}

/// Two services that do not share an address have the same address in the lock.
pub(super) fn held_twice(
    address: IpAddr,
    (first, second): (&str, &str),
    (first_span, second_span): (Option<Span>, Option<Span>),
) -> Diagnostic {
    let message = format!("`{FILE_NAME}` assigns {address} to both `{first}` and `{second}`");
    let diagnostic = match second_span {
        Some(span) => Diagnostic::new(Code::E0703, span, message).here("and here"),
        None => Diagnostic::nowhere(Code::E0703, message),
    };
    diagnostic
        .label_if(first_span, "here")
        .note(
            "possible causes: two merged branches assigned the same address, or both services had \
         `share`",
        )
        .help("delete the line of the service that should get a new address")
}

/// Numbers of addresses in pools that are full.
pub(super) struct Room {
    /// Addresses that are missing.
    pub(super) missing: usize,
    /// Addresses that load balancers need: missing ones, and those in use.
    pub(super) needed: usize,
    /// Addresses of the pools that are neither reserved nor avoided.
    pub(super) available: u128,
    /// Reserved addresses of the pools.
    pub(super) reserved: u128,
    /// Addresses that the pools avoid.
    pub(super) avoided: u128,
    /// Needed addresses that `address` fixes.
    pub(super) fixed: usize,
}

/// Pools have fewer addresses than load balancers need.
pub(super) fn pool_full(
    model: &Model,
    pools: &[&Pool],
    workloads: &[&Workload],
    room: &Room,
) -> Diagnostic {
    let names: Vec<String> = pools.iter().map(|it| format!("`{}`", it.name.node)).collect();
    let names = names.join(", ");
    let start = if pools.len() == 1 {
        format!("pool {names} lacks")
    } else {
        format!("pools {names} lack")
    };
    let word = if room.missing == 1 { "address" } else { "addresses" };
    let Room { missing, needed, available, reserved, avoided, fixed } = room;
    let message = format!(
        "{start} {missing} {word}: {needed} needed ({fixed} fixed), {available} available, {reserved} reserved"
    );
    let message = if *avoided > 0 { format!("{message}, {avoided} avoided") } else { message };
    let mut diagnostic = match pools.first() {
        Some(pool) => Diagnostic::new(Code::E0704, pool.name.span, message),
        None => Diagnostic::nowhere(Code::E0704, message),
    };
    let wants_ipv4 = model.cluster.gives_ipv4();
    let family = if wants_ipv4 { "IPv4" } else { "IPv6" };
    let mut ranges = pools.iter().flat_map(|it| &it.ranges);
    let is_other = ranges.all(|it| it.node.from.is_ipv4() != wants_ipv4);
    diagnostic = if is_other {
        diagnostic
            .here(format!("has no {family} address"))
            .note(format!("a Service gets {family}, the family of the first of `services`"))
    } else {
        diagnostic.here("every address is reserved or in use")
    };
    for pool in pools.iter().skip(1) {
        diagnostic = diagnostic.label(pool.name.span, "and here");
    }
    for workload in workloads {
        diagnostic = at_workload(diagnostic, model, workload, "gets no address");
    }
    let range = if is_other { format!("a range of {family}") } else { "a range".to_owned() };
    diagnostic.help(format!("add {range} to the pool's `addresses`"))
}

/// No pool serves a load balancer.
pub(super) fn no_pool(model: &Model, metallb: &Metallb, workload: &Workload) -> Diagnostic {
    let message = format!("no pool has an address for `{}`", workload.path);
    let mut diagnostic =
        Diagnostic::new(Code::E0705, workload.site.span, message).here("a load balancer");
    for pool in &metallb.pools {
        let text = if pool.takers.is_empty() {
            "no address of its family"
        } else {
            "is for other services"
        };
        diagnostic = diagnostic.label(pool.name.span, text);
    }
    if metallb.pools.is_empty() {
        diagnostic = diagnostic.label(metallb.span, "has no pool");
    }
    diagnostic.through(&model.expansions, workload.site).help(format!(
        "add `{}` to the `for` of a pool, or declare a pool without `for`",
        workload.path
    ))
}

/// A load balancer asks for a pool that does not serve it, or has a fixed address in such a pool.
pub(super) fn pool_refuses(
    model: &Model,
    pool: &Pool,
    workload: &Workload,
    fixed: Option<Span>,
) -> Diagnostic {
    let asked = workload.service.as_ref().and_then(|it| it.pool.as_ref()).map(|it| it.span);
    let span = fixed.or(asked).unwrap_or(workload.site.span);
    let message = format!("pool `{}` does not serve `{}`", pool.name.node, workload.path);
    let mut diagnostic =
        Diagnostic::new(Code::E0705, span, message).here("requests an address of the pool");
    for taker in &pool.takers {
        diagnostic = diagnostic.label(taker.span, "the pool is for these services");
    }
    diagnostic
        .through(&model.expansions, workload.site)
        .help(format!("add `{}` to the pool's `for`", workload.path))
}

/// A service loses its address to a service for which the address is fixed.
pub(super) fn moved_by_fixed(
    loser: &Workload,
    winner: &Workload,
    (from, to): (Entry, IpAddr),
    fixed: Option<Site>,
) -> Diagnostic {
    let message = format!(
        "`{}` moves from {} to {to}, since that address is fixed for `{}`",
        loser.path, from.address, winner.path
    );
    let diagnostic = match fixed {
        Some(site) => Diagnostic::new(Code::W0706, site.span, message).here("fixed here"),
        None => Diagnostic::nowhere(Code::W0706, message),
    };
    diagnostic.label_if(from.span, "had this address").help(format!(
        "give `{}` a free address, or inform the clients of `{}`",
        winner.path, loser.path
    ))
}

/// A service cannot keep its address, because no pool provides it any more.
pub(super) fn moved_out(
    model: &Model,
    workload: &Workload,
    (from, to): (Entry, IpAddr),
) -> Diagnostic {
    let message = format!(
        "`{}` moves from {} to {to}, since no pool that serves it still has that address",
        workload.path, from.address
    );
    let span = from.span.unwrap_or(workload.site.span);
    let mut diagnostic = Diagnostic::new(Code::W0707, span, message).here("had this address");
    if let Some(metallb) = &model.cluster.metallb {
        for it in &metallb.reserved {
            if it.range.contains(from.address) {
                diagnostic = diagnostic.label(it.span, "reserved here");
            }
        }
    }
    at_workload(diagnostic, model, workload, "is declared here").help(
        "put the address back into a pool that serves the service, or inform the clients of \
         the service",
    )
}

/// Adds a label at a service, and at the `use` that instantiates it.
fn at_workload(
    diagnostic: Diagnostic,
    model: &Model,
    workload: &Workload,
    text: &str,
) -> Diagnostic {
    let text = format!("`{}` {text}", workload.path);
    diagnostic.label(workload.site.span, text).through(&model.expansions, workload.site)
}
