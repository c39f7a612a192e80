//! Rules that open more than intended, or less.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ports as listed_ports;
use crate::diagnostics::{Code, Diagnostic, all_of};
use crate::policy::Direction;
use crate::reachability::Service;
use crate::scalar::Protocol;
use crate::source::Span;

/// A rule without peers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Open {
    pub(in super::super) direction: Direction,
    /// Whether there is an empty list of peers.
    pub(in super::super) is_list: bool,
    /// Its ports; empty for all ports.
    pub(in super::super) ports: Vec<String>,
}

/// A port of a rule on which no pod listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Unheard {
    /// The port that clients dial at a Service.
    ServicePort { service: String, dialed: String, target: String },
    /// A name that no pod has for a port; it may be the name of a port of another protocol.
    Unnamed {
        pods: String,
        name: String,
        protocol: Protocol,
        near: Option<String>,
        names: Vec<String>,
        other: Option<Protocol>,
    },
    /// The port of the API server, in a rule about pods.
    Apiserver { addresses: Vec<String> },
}

/// Pods that do not declare the ports of a rule.
#[derive(Debug, Clone)]
pub(in super::super) struct Undeclared {
    pub(in super::super) pods: String,
    /// Ports that the pods declare.
    pub(in super::super) heard: Vec<String>,
    /// Number of pods that declare no ports.
    pub(in super::super) silent: usize,
}

/// Rules without peers.
pub(in super::super) fn open(open: &Open, pods: &str, places: &[Span]) -> Diagnostic {
    let ports =
        if open.ports.is_empty() { "every port".to_owned() } else { listed_ports(&open.ports) };
    let (key, whom, nobody) = match open.direction {
        Direction::Ingress => {
            ("from", format!("every client may connect to {pods}"), "`ingress: []`")
        }
        Direction::Egress => ("to", format!("{pods} may connect to every server"), "`egress: []`"),
    };
    if open.is_list {
        let message = format!("an empty `{key}` matches every peer, not none");
        return Diagnostic::at(Code::W0811, places, message)
            .here(format!("{whom} on {ports}"))
            .help(format!(
                "name the peers; to allow no connection, write {nobody}, without a rule"
            ));
    }
    Diagnostic::at(Code::N0803, places, format!("{whom} on {ports}"))
        .here(format!("a rule without `{key}`"))
        .help(format!("name the peers in `{key}`, unless every peer is intended"))
}

/// Address blocks of every address.
pub(in super::super) fn every_address(
    network: IpNet,
    pods: &[IpNet],
    places: &[Span],
) -> Diagnostic {
    let message = format!("`{network}` is every address, not only those outside of the cluster");
    let except = pods.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
    let except =
        if except.is_empty() { "the cluster's networks".to_owned() } else { all_of(&except) };
    Diagnostic::at(Code::N0804, places, message)
        .note(
            "whether it also matches pods and nodes depends on the network plugin: with Calico it \
         does, with Cilium it does not",
        )
        .help(format!(
            "exclude the networks of the cluster with `except`: {except}, and the nodes' network"
        ))
}

/// Address blocks that contain only the address of a Service.
pub(in super::super) fn address_of_service(
    address: IpAddr,
    service: &Service,
    places: &[Span],
) -> Diagnostic {
    let Service { namespace, name, pods, .. } = service;
    let message = format!(
        "`{address}` is the address of Service `{namespace}/{name}`, which no policy can match"
    );
    Diagnostic::at(Code::W0806, places, message)
        .here("this peer matches no pod")
        .note("a connection to a Service is translated to the address and port of a pod before \
         policies apply")
        .help(match pods {
            Some(selector) => format!(
                "select its pods, on the ports on which they listen: namespace `{namespace}`, `{selector}`"
            ),
            None => "name the addresses in the Endpoints of the Service".to_owned(),
        })
}

/// Address blocks that contain only the address of a pod.
pub(in super::super) fn address_of_pod(address: IpAddr, pod: &str, places: &[Span]) -> Diagnostic {
    let message = format!("`{address}` is the current address of pod `{pod}`");
    Diagnostic::at(Code::N0809, places, message)
        .here("another pod may get this address")
        .help("select the pod by its labels")
}

/// Rules of a direction that `policyTypes` leaves out.
pub(in super::super) fn ignored(
    direction: Direction,
    rules: Span,
    types: Option<Span>,
) -> Diagnostic {
    let key = direction.word();
    let word = kind(direction);
    let message = if types.is_some() {
        format!("the `{key}` rules are ignored: `policyTypes` does not list `{word}`")
    } else {
        format!(
            "`{key}: []` has no effect: without `policyTypes` the policy applies only to ingress"
        )
    };
    Diagnostic::new(Code::W0816, rules, message)
        .label_if(types, "here")
        .help(format!("list `{word}` in `policyTypes`, or remove `{key}`"))
}

/// A direction that is closed and that no policy opens.
pub(in super::super) fn closed(
    direction: Direction,
    lists_types: bool,
    pods: &str,
    place: Span,
) -> Diagnostic {
    let word = kind(direction);
    let (message, key) = match direction {
        Direction::Ingress => (format!("no client may connect to {pods}"), "ingress"),
        Direction::Egress => (format!("{pods} may not connect to any server"), "egress"),
    };
    let why = if lists_types {
        format!("`{word}` is listed, and no rule allows a connection")
    } else {
        "a policy without `policyTypes` always applies to ingress".to_owned()
    };
    Diagnostic::new(Code::N0807, place, message).here(why).help(format!(
        "if this is intended, use a separate policy for it; otherwise add `{key}` rules or remove \
         `{word}` from `policyTypes`"
    ))
}

fn kind(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    }
}

/// Ports on which no pod listens.
pub(in super::super) fn unheard(unheard: &Unheard, places: &[Span]) -> Diagnostic {
    match unheard {
        Unheard::ServicePort { service, dialed, target } => {
            let message = format!(
                "{dialed} is the port of the Service `{service}`; its pods listen on {target}"
            );
            Diagnostic::at(Code::W0812, places, message)
                .here("no pod of this rule listens on this port")
                .note("the port of a Service is translated to the port of a pod before policies apply")
                .help(format!("open {target}"))
        }
        Unheard::Unnamed { pods, name, protocol, near, names, other } => {
            let protocol = protocol.as_str();
            let message = format!("no container of {pods} has a {protocol} port `{name}`");
            let mut diagnostic =
                Diagnostic::at(Code::W0813, places, message).here("this port opens nothing");
            if let Some(other) = other {
                diagnostic =
                    diagnostic.note(format!("a port with this name exists for {}", other.as_str()));
            }
            match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => {
                    diagnostic.help("write the number of the port on which the pods listen")
                }
                None => diagnostic.help(format!("existing port names: {}", all_of(names))),
            }
        }
        Unheard::Apiserver { addresses } => {
            let blocks: Vec<String> = addresses.iter().map(|it| format!("`{it}/32`")).collect();
            let message =
                "the API server is not a pod, so this rule does not allow connections to it";
            Diagnostic::at(Code::W0805, places, message)
                .here("none of these pods listens on 6443")
                .note(
                    "it is a process of the control-plane nodes; the Service `kubernetes` is \
                     translated to their addresses, usually port 6443, before policies apply",
                )
                .help(if blocks.is_empty() {
                    "allow an `ipBlock` with the address of each control-plane node".to_owned()
                } else {
                    format!("allow an `ipBlock` with {}", all_of(&blocks))
                })
        }
    }
}

/// Ports that no pod of a rule declares; the pods are those of the first place.
pub(in super::super) fn undeclared(
    ports: &[String],
    of: &Undeclared,
    places: &[Span],
) -> Diagnostic {
    let Undeclared { pods, heard, silent } = of;
    let ports = listed_ports(ports);
    let message = match places.len() {
        1 => format!("no container of {pods} declares {ports}"),
        several => format!("no container of the pods of {several} rules declares {ports}"),
    };
    let mut diagnostic = Diagnostic::at(Code::N0806, places, message);
    if places.len() > 1 {
        diagnostic = diagnostic.here(format!("of {pods}"));
    }
    if !heard.is_empty() {
        let shown = heard.get(..12).unwrap_or(heard);
        let more = if heard.len() > shown.len() { ", and more" } else { "" };
        diagnostic = diagnostic.note(format!("declared ports: {}{more}", listed_ports(shown)));
    }
    if *silent > 0 {
        diagnostic = diagnostic.note(format!("{silent} of them declare no port at all"));
    }
    diagnostic.help("open the ports on which the pods listen, or remove the rule")
}

/// DNS that is open for only one protocol.
pub(in super::super) fn one_protocol(
    protocol: Protocol,
    is_written: bool,
    places: &[Span],
) -> Diagnostic {
    let word = protocol.as_str();
    let diagnostic = Diagnostic::at(Code::W0814, places, format!("DNS is open for {word} only"));
    let diagnostic =
        if is_written { diagnostic } else { diagnostic.here("a port without a `protocol` is TCP") };
    if protocol == Protocol::Udp {
        diagnostic
            .note(
                "clients repeat a query over TCP if the answer is too long for UDP; these queries \
                 are blocked",
            )
            .help("add port 53 with `protocol: TCP`")
    } else {
        diagnostic
            .note("clients query DNS over UDP first, and no rule opens UDP")
            .help("add port 53 with `protocol: UDP`")
    }
}

/// Pods that cannot look up names.
pub(in super::super) fn no_dns(pods: &str, policies: &[Span]) -> Diagnostic {
    let message = format!("{pods} may connect to other pods but cannot resolve names");
    Diagnostic::at(Code::W0815, policies, message)
        .here("isolates egress; no rule opens port 53 of the cluster's DNS")
        .help(
            "allow egress to the DNS pods (usually `k8s-app: kube-dns` in `kube-system`) on port \
             53, UDP and TCP",
        )
}

/// Pods whose service account has permissions, and which cannot reach the API server.
pub(in super::super) fn rights(
    pods: &str,
    account: &str,
    binding: Option<Span>,
    policies: &[Span],
) -> Diagnostic {
    let message = format!(
        "{pods} cannot reach the API server, where their service account `{account}` has \
         permissions"
    );
    let diagnostic = Diagnostic::at(Code::N0815, policies, message)
        .here("isolates egress; no rule opens an address");
    let diagnostic = match binding {
        Some(binding) => diagnostic.label(binding, "grants the permissions"),
        None => diagnostic,
    };
    diagnostic
        .note(
            "the API server is a process of the control-plane nodes: policies match the \
     addresses of these nodes",
        )
        .help(
            "allow an `ipBlock` with the address of each control-plane node, usually TCP 6443; or \
         remove the permissions",
        )
}

/// Services whose pods no client can reach.
pub(in super::super) fn unreachable(services: &[String], policies: &[Span]) -> Diagnostic {
    let which = if services.len() == 1 { "Service" } else { "Services" };
    let message = format!("no client may connect to the pods of {which} {}", all_of(services));
    Diagnostic::at(Code::W0817, policies, message)
        .here("isolates their ingress; no rule opens a port of these pods")
        .help("open the port of the pods for the clients, or remove the unused Services")
}

/// A namespace whose pods cannot reach each other.
pub(in super::super) fn closed_to_itself(
    namespace: &str,
    direction: Direction,
    policies: &[Span],
) -> Diagnostic {
    let message = format!("the pods of namespace `{namespace}` cannot reach each other");
    let key = if direction == Direction::Ingress { "from" } else { "to" };
    Diagnostic::at(Code::N0808, policies, message)
        .here(format!("isolates {}; no rule allows the namespace itself", direction.word()))
        .help(format!(
            "allow the pods that need each other, or all pods of the namespace: `{key}: \
         [{{podSelector: {{}}}}]`"
        ))
}

/// Redundant rules: another rule covers them.
pub(in super::super) fn covered(
    policy: Option<&str>,
    is_everybody: bool,
    ports: &[String],
    wide: Span,
    narrow: &[Span],
) -> Diagnostic {
    let by = policy
        .map_or_else(|| "another rule of the policy".to_owned(), |it| format!("a rule of `{it}`"));
    let which = if narrow.len() == 1 {
        "this rule opens no connection"
    } else {
        "these rules open no connection"
    };
    let message = format!("{which} that {by} does not already open");
    let whom = if is_everybody { "every peer" } else { "at least the same peers" };
    let ports = if ports.is_empty() { "every port".to_owned() } else { listed_ports(ports) };
    Diagnostic::at(Code::N0805, narrow, message)
        .label(wide, format!("opens {whom}, on {ports}"))
        .note("rules are additive: a narrow rule does not restrict a wide rule")
        .help("remove the narrow rule if the wide rule is intended, otherwise remove the wide rule")
}
