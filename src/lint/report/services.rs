//! Services, their addresses, and references to them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diagnostics::{Code, Diagnostic, all_of, ticked};
use crate::reachability::Service;
use crate::scalar::Version;
use crate::source::Span;

fn called(service: &Service) -> String {
    format!("`{}/{}`", service.namespace, service.name)
}

/// A Service whose selector matches no pod.
pub(in super::super) fn no_pods(
    service: &Service,
    near: Option<&str>,
    elsewhere: Option<&str>,
    has_namespace: bool,
    place: Span,
) -> Diagnostic {
    let selector = service.pods.as_ref().map(ToString::to_string).unwrap_or_default();
    let Service { namespace, .. } = service;
    let message = format!("the Service {} has no pods", called(service));
    let diagnostic = Diagnostic::new(Code::W0827, place, message)
        .here(format!("no pod of namespace `{namespace}` has `{selector}`"));
    let diagnostic = if has_namespace {
        diagnostic
    } else {
        diagnostic.note(
            "it names no namespace, so `kubectl apply` puts it into the current namespace; \
             `default` is assumed here",
        )
    };
    match (near, elsewhere) {
        (Some(near), _) => diagnostic
            .note(format!("there are pods with `{near}`"))
            .help(format!("if these pods are intended, write `{}`", near.replacen('=', ": ", 1))),
        (None, Some(elsewhere)) => {
            diagnostic.help(format!("such pods are in namespace `{elsewhere}`"))
        }
        (None, None) => {
            diagnostic.help("select by labels that the pods have, or remove the Service")
        }
    }
}

/// A port of a Service that leads to a named port which its pods do not have.
pub(in super::super) fn no_such_target(
    service: &Service,
    wanted: &str,
    near: Option<&str>,
    names: &BTreeSet<&str>,
    place: Span,
) -> Diagnostic {
    let message = format!("no pod of the Service {} has a port `{wanted}`", called(service));
    let diagnostic =
        Diagnostic::new(Code::W0828, place, message).here("this port has no endpoints");
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => {
            diagnostic.help("write the number of the port on which the pods listen")
        }
        None => diagnostic.help(format!("the pods' ports are {}", all_of(&ticked(names)))),
    }
}

/// A port of Services of one name that leads to a number which no container declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Target {
    pub(in super::super) service: String,
    pub(in super::super) port: String,
    /// Ports that the containers declare.
    pub(in super::super) declared: Vec<String>,
}

/// A Service's port that leads to a number which its pods do not declare.
pub(in super::super) fn undeclared_target(target: &Target, places: &[Span]) -> Diagnostic {
    let Target { service, port, declared } = target;
    let message = format!("no container behind the Service `{service}` declares {port}");
    Diagnostic::at(Code::N0814, places, message)
        .note(format!("they declare {}", super::ports(declared)))
        .help("a container may listen on a port that it does not declare; check whether it does")
}

/// A node port that two Services request.
pub(in super::super) fn node_port_twice(
    number: u64,
    protocol: &str,
    places: &[Span],
) -> Diagnostic {
    let message = format!("node port {number}/{protocol} is claimed by {} Services", places.len());
    Diagnostic::at(Code::W0831, places, message)
        .note("the API server rejects the second Service")
        .help("remove the number: the API server then assigns a free port")
}

/// Two ports of one pod with one name.
pub(in super::super) fn name_twice(
    name: &str,
    first: (u64, Span),
    second: (u64, Span),
) -> Diagnostic {
    let message = format!("two ports of one pod are called `{name}`: {} and {}", first.0, second.0);
    Diagnostic::new(Code::W0833, second.1, message)
        .label(first.1, "the other port")
        .note("Services and policies with this name may mean either port")
        .help("give each port a different name")
}

/// A Service that does not exist.
pub(in super::super) fn no_service(
    namespace: &str,
    name: &str,
    near: Option<&str>,
    whose: &str,
    place: Span,
) -> Diagnostic {
    let message = format!("there is no Service `{name}` in namespace `{namespace}`");
    let help = near.map_or_else(
        || "name an existing Service".to_owned(),
        |it| format!("did you mean `{it}`?"),
    );
    Diagnostic::new(Code::W0830, place, message)
        .here(format!("this {whose} refers to a missing Service"))
        .help(help)
}

/// A port that a Service does not have.
pub(in super::super) fn no_port(service: &Service, port: &str, place: Span) -> Diagnostic {
    let ports = service.ports.iter().map(|it| match &it.name {
        Some(name) => format!("{} (`{name}`)", it.dialed.from),
        None => it.dialed.from.to_string(),
    });
    let ports: Vec<String> = ports.collect();
    let message = format!("the Service {} has no port {port}", called(service));
    Diagnostic::new(Code::W0830, place, message)
        .here("this Ingress refers to a missing port")
        .help(format!("its ports are {}", all_of(&ports)))
}

/// Endpoints with the address of a Service.
pub(in super::super) fn address_by_hand(
    endpoints: &str,
    address: &str,
    service: &str,
    place: Span,
) -> Diagnostic {
    let message = format!("the endpoints `{endpoints}` contain the address of Service `{service}`");
    Diagnostic::new(Code::W0829, place, message)
        .here(format!("`{address}` changes when the Service is created again"))
        .note(
            "endpoints must be addresses of pods or hosts: the address of a Service is not \
         translated twice",
        )
        .help("use an ExternalName with the Service's DNS name, or select its pods")
}

/// An annotation that MetalLB does not read.
pub(in super::super) struct Unread<'a> {
    pub(in super::super) key: &'a str,
    /// The key without its prefix.
    pub(in super::super) rest: &'a str,
    /// The version that runs, if it is known.
    pub(in super::super) version: Option<&'a Version>,
    /// The address that it requests, and the address that the Service has.
    pub(in super::super) asked: Option<IpAddr>,
    pub(in super::super) has: Option<IpAddr>,
    /// A lower free address, which the Service would get next time.
    pub(in super::super) lower: Option<IpAddr>,
}

/// An annotation that MetalLB does not read.
pub(in super::super) fn unread(unread: &Unread<'_>, service: &Service, place: Span) -> Diagnostic {
    let Unread { key, rest, version, asked, has, lower } = *unread;
    let meant = ["loadBalancerIPs", "address-pool", "allow-shared-ip"];
    let exact = meant.contains(&rest);
    let message = match version.filter(|_| exact) {
        Some(version) => format!("MetalLB {version} does not read `{key}`"),
        None => format!("no version of MetalLB reads `{key}`"),
    };
    let mut diagnostic = Diagnostic::new(Code::W0821, place, message);
    diagnostic = match (asked, has, lower) {
        (Some(asked), Some(has), Some(lower)) if asked == has => diagnostic.note(format!(
            "{} has `{has}`, which was free when MetalLB assigned it; if the Service is created \
             again, it gets `{lower}`",
            called(service)
        )),
        (Some(asked), Some(has), _) if asked != has => {
            diagnostic.note(format!("{} has `{has}`, not `{asked}`", called(service)))
        }
        (Some(_), None, _) => diagnostic.note("the Service gets a free address, not this address"),
        _ => diagnostic,
    };
    let plain = |it: &str| it.to_lowercase().replace('-', "").trim_end_matches('s').to_owned();
    let near = meant.into_iter().find(|it| plain(it) == plain(rest));
    let near = near.or_else(|| crate::diagnostics::nearest(rest, meant));
    match near {
        Some(_) if exact => diagnostic.help(format!(
            "write `metallb.universe.tf/{rest}`; MetalLB reads the prefix `metallb.io/` since 0.14.9"
        )),
        Some(near) => diagnostic.help(format!("did you mean `metallb.universe.tf/{near}`?")),
        None => diagnostic.help(
            "it reads `loadBalancerIPs`, `address-pool` and `allow-shared-ip`, with the prefix \
             `metallb.universe.tf/` or, since 0.14.9, `metallb.io/`",
        ),
    }
}

/// An address that several Services claim.
pub(in super::super) fn claimed_twice(
    address: IpAddr,
    claims: &[(Span, String, bool)],
) -> Diagnostic {
    let names: Vec<String> = claims.iter().map(|(_, name, _)| format!("`{name}`")).collect();
    let message = format!("the address `{address}` is claimed by {}", all_of(&names));
    let mut claims = claims.iter().map(|(place, name, has)| {
        let verb = if *has { "has it" } else { "requests it" };
        (*place, format!("`{name}` {verb}"))
    });
    let Some((place, here)) = claims.next() else {
        return Diagnostic::nowhere(Code::W0822, message);
    };
    let diagnostic = Diagnostic::new(Code::W0822, place, message).here(here);
    claims
        .fold(diagnostic, |diagnostic, (place, text)| diagnostic.label(place, text))
        .note("MetalLB assigns it to the first Service")
        .help(
            "give each Service a different address, or the same `allow-shared-ip` to Services \
         that share it on different ports",
        )
}

/// An address that no pool has.
pub(in super::super) fn in_no_pool(
    address: IpAddr,
    service: &Service,
    pools: &[&str],
    place: Span,
) -> Diagnostic {
    let message = format!("the address `{address}` is in no pool");
    let which = if pools.len() == 1 { "the pool is" } else { "the pools are" };
    Diagnostic::new(Code::W0823, place, message)
        .here(format!("{} gets no address", called(service)))
        .help(format!("{which} {}", all_of(&ticked(pools))))
}

/// An address that its pool does not assign.
pub(in super::super) fn avoided(
    address: IpAddr,
    service: &Service,
    pool: &str,
    place: Span,
) -> Diagnostic {
    let message = format!("the pool `{pool}` does not assign `{address}`");
    Diagnostic::new(Code::W0823, place, message)
        .here(format!("{} gets no address", called(service)))
        .note("with `avoidBuggyIPs` MetalLB assigns no address that ends with 0 or 255")
        .help("request another address, or set `avoidBuggyIPs: false`")
}

/// An address that is requested in two ways.
pub(in super::super) fn asked_twice(
    service: &Service,
    field: Span,
    annotation: Span,
) -> Diagnostic {
    let message = format!("{} requests its address in two ways", called(service));
    Diagnostic::new(Code::W0824, field, message)
        .label(annotation, "and here")
        .note("MetalLB rejects a Service with both: if it is created again, it gets no address")
        .help("keep the annotation; `spec.loadBalancerIP` is deprecated")
}

/// Two pools with addresses in common.
pub(in super::super) fn overlap(one: &str, other: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("the pools `{one}` and `{other}` overlap");
    Diagnostic::new(Code::W0825, second, message)
        .label(first, format!("in `{one}`"))
        .note("MetalLB rejects the second pool")
        .help("change a range, so that each address is in one pool")
}

/// A text that is not a range of a pool.
pub(in super::super) fn no_range(pool: &str, written: &str, place: Span) -> Diagnostic {
    let message = format!("`{written}` is not a range of addresses");
    Diagnostic::new(Code::W0825, place, message)
        .here(format!("MetalLB rejects the pool `{pool}`"))
        .help("write a network, or the first and the last address in full: `192.168.1.200-192.168.1.210`")
}

/// An advertisement of a pool that does not exist.
pub(in super::super) fn no_pool(name: &str, pools: &[&str], place: Span) -> Diagnostic {
    let message = format!("there is no pool `{name}`");
    let near = crate::diagnostics::nearest(name, pools.iter().copied());
    let help = near.map_or_else(
        || format!("existing names: {}", all_of(&ticked(pools))),
        |it| format!("did you mean `{it}`?"),
    );
    Diagnostic::new(Code::W0826, place, message)
        .here("this announces nothing")
        .note("an address is not reachable if its pool is not announced")
        .help(help)
}

/// An advertisement to a peer that does not exist.
pub(in super::super) fn no_peer(name: &str, peers: &[&str], place: Span) -> Diagnostic {
    let near = crate::diagnostics::nearest(name, peers.iter().copied());
    let help = near.map_or_else(
        || format!("existing names: {}", all_of(&ticked(peers))),
        |it| format!("did you mean `{it}`?"),
    );
    Diagnostic::new(Code::W0826, place, format!("there is no BGPPeer `{name}`"))
        .here("no router receives routes from this")
        .help(help)
}

/// An advertisement in a namespace that MetalLB does not read.
pub(in super::super) fn elsewhere(
    kind: &str,
    name: &str,
    namespace: &str,
    own: &[&str],
    place: Span,
) -> Diagnostic {
    let message =
        format!("the {kind} `{name}` is in namespace `{namespace}`, which MetalLB does not watch");
    Diagnostic::new(Code::W0826, place, message)
        .here("this announces nothing")
        .help(format!("move it to the namespace of the pools: {}", all_of(&ticked(own))))
}

/// A sharing key with only one Service.
pub(in super::super) fn shared_by_one(key: &str, place: Span) -> Diagnostic {
    let message = format!("only one Service has the `allow-shared-ip` `{key}`");
    Diagnostic::new(Code::N0811, place, message)
        .here("no other Service shares the address")
        .help("remove the annotation, or add it to the Services that share the address")
}

/// Load balancers that request no address.
pub(in super::super) fn unasked(places: &[Span]) -> Diagnostic {
    let (which, takes) = match places.len() {
        1 => ("a load balancer requests".to_owned(), "it gets"),
        several => (format!("{several} load balancers request"), "each gets"),
    };
    let message = format!("{which} no address: {takes} the first free address");
    Diagnostic::at(Code::N0813, places, message)
        .note(
            "if it is created again, it may get another address, or an address intended for \
         another Service",
        )
        .help("request the address, or reserve a pool without `autoAssign` for fixed addresses")
}

/// Node ports of load balancers.
pub(in super::super) fn node_ports(count: usize, places: &[Span]) -> Diagnostic {
    let (which, open) = match places.len() {
        1 => ("a load balancer".to_owned(), "opens"),
        several => (format!("{several} load balancers"), "open"),
    };
    let ports = if count == 1 { "port" } else { "ports" };
    let message = format!(
        "{which} {open} {count} {ports} on every node, in addition to the load-balancer address"
    );
    Diagnostic::at(Code::N0812, places, message).help(
        "`allocateLoadBalancerNodePorts: false` creates a Service without them; MetalLB does \
         not need them",
    )
}

/// A field that the Installation does not have.
pub(in super::super) fn no_such_field(field: &str, help: &str, place: Span) -> Diagnostic {
    let message = format!("the Installation has no field `{field}`");
    Diagnostic::new(Code::W0832, place, message)
        .here("the API server drops it without an error")
        .help(help)
}

/// A path without its trailing slash.
pub(in super::super) fn no_slash(path: &str, place: Span) -> Diagnostic {
    let message = format!("the path `{path}` does not end with a slash");
    Diagnostic::new(Code::W0832, place, message)
        .here(format!("the operator turns it into `{path}nodeagent~uds`"))
        .help(format!("write `{path}/`"))
}
