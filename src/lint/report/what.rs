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
        Direction::Ingress => ("from", format!("everybody may reach {pods}"), "`ingress: []`"),
        Direction::Egress => ("to", format!("{pods} may reach everybody"), "`egress: []`"),
    };
    if open.is_list {
        let message = format!("an empty `{key}` is everybody, not nobody");
        return Diagnostic::at(Code::W0811, places, message)
            .here(format!("{whom} on {ports}"))
            .help(format!(
                "name the peers; a policy that lets nobody says {nobody}, without a rule"
            ));
    }
    Diagnostic::at(Code::N0803, places, format!("{whom} on {ports}"))
        .here(format!("a rule without `{key}`"))
        .help(format!("name the peers in `{key}`, unless everybody is meant"))
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
        .note("the enforcer may match pods and nodes by it, too: Calico does, Cilium does not")
        .help(format!("take out what is inside by `except`: {except}, and the nodes' network"))
}

/// Address blocks that contain only the address of a Service.
pub(in super::super) fn address_of_service(
    address: IpAddr,
    service: &Service,
    places: &[Span],
) -> Diagnostic {
    let Service { namespace, name, pods, .. } = service;
    let message =
        format!("`{address}` is the address of Service `{namespace}/{name}`, which no policy sees");
    Diagnostic::at(Code::W0806, places, message)
        .here("this peer matches nobody")
        .note("a connection to a Service is translated to the address and the port of a pod first")
        .help(match pods {
            Some(selector) => format!(
                "select its pods, on the ports on which they listen: namespace `{namespace}`, `{selector}`"
            ),
            None => "name the addresses that the Service stands for: those of its Endpoints".to_owned(),
        })
}

/// Address blocks that contain only the address of a pod.
pub(in super::super) fn address_of_pod(address: IpAddr, pod: &str, places: &[Span]) -> Diagnostic {
    let message = format!("`{address}` is the address of pod `{pod}`, at this moment");
    Diagnostic::at(Code::N0809, places, message)
        .here("another pod may get it")
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
            "`{key}: []` closes nothing: without `policyTypes` the policy is about ingress alone"
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
        Direction::Ingress => (format!("nobody may connect to {pods}"), "ingress"),
        Direction::Egress => (format!("{pods} may connect to nobody"), "egress"),
    };
    let why = if lists_types {
        format!("`{word}` is listed, and no rule opens it")
    } else {
        "a policy without `policyTypes` is about ingress, too".to_owned()
    };
    Diagnostic::new(Code::N0807, place, message).here(why).help(format!(
        "if that is meant, say it with a policy of its own; else add `{key}` rules or leave `{word}` out of \
         `policyTypes`"
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
                .here("none of the pods of this rule listens here")
                .note("a Service's port is translated to the pods' before a policy is asked")
                .help(format!("open {target}"))
        }
        Unheard::Unnamed { pods, name, protocol, near, names, other } => {
            let protocol = protocol.as_str();
            let message = format!("no container of {pods} has a {protocol} port `{name}`");
            let mut diagnostic =
                Diagnostic::at(Code::W0813, places, message).here("this port opens nothing");
            if let Some(other) = other {
                diagnostic = diagnostic.note(format!("there is one for {}", other.as_str()));
            }
            match near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None if names.is_empty() => {
                    diagnostic.help("write the number on which they listen")
                }
                None => diagnostic.help(format!("the names are {}", all_of(names))),
            }
        }
        Unheard::Apiserver { addresses } => {
            let blocks: Vec<String> = addresses.iter().map(|it| format!("`{it}/32`")).collect();
            let message = "the API server is no pod, and this rule does not reach it";
            Diagnostic::at(Code::W0805, places, message)
                .here("none of these pods listens on 6443")
                .note(
                    "it is a process of the control-plane nodes; the Service `kubernetes` is translated to \
                     their addresses, mostly port 6443, before a policy is asked",
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
        diagnostic = diagnostic.note(format!("declared there: {}{more}", listed_ports(shown)));
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
    let diagnostic = Diagnostic::at(Code::W0814, places, format!("DNS is opened for {word} alone"));
    let diagnostic =
        if is_written { diagnostic } else { diagnostic.here("a port without a `protocol` is TCP") };
    if protocol == Protocol::Udp {
        diagnostic
            .note(
                "an answer that is too long for a datagram is fetched by TCP, and then never comes",
            )
            .help("add port 53 with `protocol: TCP`")
    } else {
        diagnostic
            .note("names are asked for by UDP first, which nothing opens here")
            .help("add port 53 with `protocol: UDP`")
    }
}

/// Pods that cannot look up names.
pub(in super::super) fn no_dns(pods: &str, policies: &[Span]) -> Diagnostic {
    let message = format!("{pods} may connect to other pods and cannot resolve a name");
    Diagnostic::at(Code::W0815, policies, message)
        .here("closes egress; nothing opens port 53 of the cluster's DNS")
        .help(
            "allow egress to the DNS pods (`k8s-app: kube-dns` in `kube-system`, mostly) on port 53, UDP and \
             TCP",
        )
}

/// Pods whose service account has permissions, and which cannot reach the API server.
pub(in super::super) fn rights(
    pods: &str,
    account: &str,
    binding: Option<Span>,
    policies: &[Span],
) -> Diagnostic {
    let message =
        format!("{pods} cannot reach the API server, where their account `{account}` has rights");
    let diagnostic = Diagnostic::at(Code::N0815, policies, message)
        .here("closes egress; no rule opens an address");
    let diagnostic = match binding {
        Some(binding) => diagnostic.label(binding, "gives the rights"),
        None => diagnostic,
    };
    diagnostic.note("the API server is a process of the control-plane nodes: a policy sees their addresses").help(
        "allow an `ipBlock` with the address of each control-plane node, mostly TCP 6443; or take the rights away",
    )
}

/// Services whose pods no client can reach.
pub(in super::super) fn unreachable(services: &[String], policies: &[Span]) -> Diagnostic {
    let which = if services.len() == 1 { "Service" } else { "Services" };
    let message = format!("nobody may connect to the pods of {which} {}", all_of(services));
    Diagnostic::at(Code::W0817, policies, message)
        .here("closes their ingress; no rule opens a port of theirs")
        .help("open the pods' port to the clients, or remove what nobody uses")
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
        .here(format!("closes {}; no rule opens it to the namespace itself", direction.word()))
        .help(format!("allow those that belong together, or all: `{key}: [{{podSelector: {{}}}}]`"))
}

/// Redundant rules: another rule covers them.
pub(in super::super) fn covered(
    policy: Option<&str>,
    is_everybody: bool,
    ports: &[String],
    wide: Span,
    narrow: &[Span],
) -> Diagnostic {
    let by =
        policy.map_or_else(|| "another of its policy".to_owned(), |it| format!("one of `{it}`"));
    let which =
        if narrow.len() == 1 { "this rule opens nothing" } else { "these rules open nothing" };
    let message = format!("{which} that {by} does not open already");
    let whom = if is_everybody { "everybody" } else { "at least as much" };
    let ports = if ports.is_empty() { "every port".to_owned() } else { listed_ports(ports) };
    Diagnostic::at(Code::N0805, narrow, message)
        .label(wide, format!("opens {whom}, on {ports}"))
        .note("policies add up: a narrow rule takes nothing away from a wide one")
        .help(
            "remove what is too much: the narrow rule if the wide one is meant, else the wide one",
        )
}
