//! DNS: policies that open it for only one protocol, and pods that cannot use it at all.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::what;
use super::snapshot::{RuleAt, View};
use crate::policy::{Direction, Peer, Port, RulePart};
use crate::reachability::{EndId, PolicyId, RowGrant, Set};
use crate::scalar::{PortRange, Protocol};
use crate::source::Span;

/// The port of DNS: 53; an answer that does not fit into a datagram is fetched over TCP.
/// <https://www.rfc-editor.org/rfc/rfc7766>
const fn dns(protocol: Protocol) -> PortRange {
    PortRange { protocol, from: 53, to: 53 }
}

/// Checks which DNS connections the policies allow.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let by_tcp = one_protocol(view, diagnostics);
    none_at_all(view, &by_tcp, diagnostics);
}

/// Reports and returns the policies that open DNS only for TCP, although UDP is expected, too.
fn one_protocol(view: &View<'_>, diagnostics: &mut Collector<'_>) -> BTreeSet<PolicyId> {
    let mut by_tcp = BTreeSet::new();
    let mut found = BTreeMap::<(Protocol, bool, Option<&[Peer]>), Vec<Span>>::new();
    let rules = view.all_rules().filter(|it| it.id.direction == Direction::Egress);
    for rule in rules {
        let ports = rule.says.ports.iter().flatten().enumerate();
        let at53 = ports.filter_map(|(at, it)| match it {
            Port::Numbers(range) if (range.from, range.to) == (53, 53) => {
                Some((at, range.protocol))
            }
            Port::Numbers(_) | Port::Named(..) => None,
        });
        let at53: Vec<(usize, Protocol)> = at53.collect();
        let [(at, protocol @ (Protocol::Udp | Protocol::Tcp))] = at53.as_slice() else { continue };
        let other = if *protocol == Protocol::Udp { Protocol::Tcp } else { Protocol::Udp };
        if is_open(view, &rule, dns(other)) {
            continue;
        }
        if *protocol == Protocol::Tcp {
            by_tcp.insert(rule.id.policy);
        }
        let manifest = view.manifest(rule.id.policy);
        let protocol_field = rule.pointer(RulePart::PortProtocol(*at));
        let is_written = view.field(manifest, &protocol_field).is_some();
        let place = diagnostics.entry(manifest, &rule.pointer(RulePart::PortNumber(*at)));
        let key = (*protocol, is_written, rule.says.peers.as_deref());
        found.entry(key).or_default().push(place);
    }
    for ((protocol, is_written, _), places) in found {
        diagnostics.push(what::one_protocol(protocol, is_written, &places));
    }
    by_tcp
}

/// Returns whether the pods of a rule's policy may also use another port of the rule's peers: of all peers that listen
/// on the port, if the ports of the peers are known.
fn is_open(view: &View<'_>, rule: &RuleAt<'_>, port: PortRange) -> bool {
    let pods = view.reach.subjects(rule.id.policy);
    let own = view.policy(rule.id.policy).namespace();
    if !view.snapshot.knows_pods {
        let policies = view.policies_by_namespace().find(|(name, _)| *name == own);
        let rules = policies.into_iter().flat_map(|(_, rows)| rows).flat_map(|it| view.rules(*it));
        let mut egress = rules.filter(|it| it.id.direction == Direction::Egress);
        return egress
            .any(|it| it.says.ports.as_ref().is_none_or(|it| it.iter().any(|it| has(it, port))));
    }
    let with = match &rule.says.peers {
        None => view.reach.ends().everybody().clone(),
        Some(peers) => {
            let sets: Vec<_> = peers.iter().map(|it| view.of_peer(own, it)).collect();
            Set::union(sets.iter().map(AsRef::as_ref))
        }
    };
    let heard = |it: &EndId| {
        let ports = view.listening.ports(*it).iter();
        let mut at53 = ports.filter(|it| (it.from, it.to) == (port.from, port.to));
        at53.next().is_some()
    };
    let servers: Set = with.iter().filter(heard).collect();
    let with = if servers.is_empty() { with } else { servers };
    pods.iter().all(|it| {
        let row = view.reach.row(it, Direction::Egress);
        let grants = row.grants().iter().filter(|it| is_on(it, port)).map(|it| it.ends.as_ref());
        with.without(&Set::union(grants)).is_empty()
    })
}

fn has(it: &Port, port: PortRange) -> bool {
    matches!(it, Port::Numbers(range) if range.contains(port))
}

fn is_on(grant: &RowGrant<'_>, port: PortRange) -> bool {
    grant.ports.iter().any(|it| it.contains(port))
}

/// Reports pods that may connect to other pods and cannot look up names.
fn none_at_all(view: &View<'_>, by_tcp: &BTreeSet<PolicyId>, diagnostics: &mut Collector<'_>) {
    let servers = servers(view);
    let mut cut = BTreeMap::<&str, (BTreeSet<PolicyId>, Vec<EndId>)>::new();
    for (end, class) in view.reach.ends().classes() {
        let row = view.reach.row(end, Direction::Egress);
        let addresses = |it: &Set| it.iter().any(|it| view.reach.ends().class(it).is_none());
        let is_for_pods = |it: &RowGrant<'_>| !it.ends.is_empty() && !addresses(&it.ends);
        if row.is_free() || !row.grants().iter().any(is_for_pods) {
            continue;
        }
        let mut asking = row.grants().iter().filter(|it| is_on(it, dns(Protocol::Udp)));
        let asks = if servers.is_empty() {
            asking.next().is_some()
        } else {
            // A DNS rule that matches no pod has a diagnostic of its own.
            let mut to_servers = row.grants().iter().filter(|it| {
                servers.iter().any(|(end, port)| is_on(it, *port) && it.ends.contains(*end))
            });
            asking.any(|it| it.ends.is_empty() || addresses(&it.ends))
                || to_servers.next().is_some()
        };
        if !asks && row.isolating().iter().all(|it| !by_tcp.contains(it)) {
            let (policies, pods) = cut.entry(&class.pods.namespace).or_default();
            policies.extend(row.isolating());
            pods.push(end);
        }
    }
    for (_, (policies, pods)) in cut {
        let pods: Set = pods.into_iter().collect();
        let places: Vec<Span> =
            policies.iter().map(|it| diagnostics.name(view.manifest(*it))).collect();
        diagnostics.push(what::no_dns(&view.called(&pods), &places));
    }
}

/// Returns the pods of the Services with a DNS port, each with the port on which it listens.
fn servers(view: &View<'_>) -> Vec<(EndId, PortRange)> {
    let mut servers = Vec::new();
    for (_, service) in view.services() {
        for port in service.ports.iter().filter(|it| it.dialed == dns(Protocol::Udp)) {
            for end in view.pods_of(service).iter() {
                let class = view.reach.ends().class(end);
                let target = class.and_then(|it| super::listening::target(it, &port.target));
                servers.extend(target.map(|it| (end, it)));
            }
        }
    }
    servers
}
