//! Rules that open more than they seem to, or nothing: without peers, for every address, for addresses that a policy
//! never sees, in a direction that `policyTypes` leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::places::Collector;
use super::report::what::{self, Open};
use super::snapshot::{RuleAt, View};
use crate::policy::{Direction, Part, Peer, Port, Rule, RulePart};
use crate::reachability::{PolicyId, Service, Set};
use crate::read;
use crate::scalar::{Addresses, PortRange, Protocol, port_name};
use crate::source::Span;

/// Checks the rules of the policies.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    open(view, diagnostics);
    addresses(view, diagnostics);
    for (row, _) in view.policies() {
        ignored(view, diagnostics, row);
    }
}

/// Reports rules without peers, and address blocks of every address.
fn open(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let mut found = BTreeMap::<Open, (BTreeSet<PolicyId>, Vec<Span>)>::new();
    let mut whole = BTreeMap::<(IpNet, Vec<IpNet>), Vec<Span>>::new();
    let pods = pod_networks(view);
    for rule in view.all_rules() {
        if view.reach.subjects(rule.id.policy).is_empty() {
            continue;
        }
        let manifest = view.manifest(rule.id.policy);
        let Some(peers) = &rule.says.peers else {
            let list = rule.pointer(RulePart::Peers);
            let is_list = view.field(manifest, &list).is_some();
            let pointer = if is_list { list } else { rule.pointer(RulePart::Whole) };
            let place = diagnostics.entry(manifest, &pointer);
            let open = Open { direction: rule.id.direction, is_list, ports: ports(rule.says) };
            let (policies, places) = found.entry(open).or_default();
            policies.insert(rule.id.policy);
            places.push(place);
            continue;
        };
        for (at, peer) in peers.iter().enumerate() {
            let Peer::Block { network, except } = peer else { continue };
            let open: Vec<IpNet> = pods
                .iter()
                .filter(|it| network.contains(*it) && !except.iter().any(|hole| hole.contains(*it)))
                .copied()
                .collect();
            let is_whole = network.prefix_len() == 0;
            if is_whole && (!open.is_empty() || (pods.is_empty() && except.is_empty())) {
                let pointer = rule.pointer(RulePart::PeerNetwork(at));
                let place = diagnostics.entry(manifest, &pointer);
                whole.entry((*network, open)).or_default().push(place);
            }
        }
    }
    for (open, (policies, places)) in found {
        let pods: Vec<&Set> = policies.iter().map(|it| view.reach.subjects(*it)).collect();
        diagnostics.push(what::open(&open, &view.called(&Set::union(pods)), &places));
    }
    for ((network, pods), places) in whole {
        diagnostics.push(what::every_address(network, &pods, &places));
    }
}

/// Returns the pod networks from Calico's objects.
fn pod_networks(view: &View<'_>) -> Vec<IpNet> {
    let installations = view.objects("operator.tigera.io", "Installation");
    let pools = installations.filter_map(|(_, it)| it.pointer("/spec/calicoNetwork/ipPools"));
    let pools = pools.filter_map(Value::as_array).flatten().filter_map(|it| it.get("cidr"));
    let own = ["crd.projectcalico.org", "projectcalico.org"];
    let own = own.into_iter().flat_map(|group| view.objects(group, "IPPool"));
    let pools = pools.chain(own.filter_map(|(_, it)| it.pointer("/spec/cidr")));
    let networks = pools.filter_map(|it| it.as_str()?.parse::<IpNet>().ok());
    Addresses::of(networks).0
}

/// Returns the ports that a rule opens, as words.
pub(super) fn ports(rule: &Rule) -> Vec<String> {
    let word = |it: &Port| match it {
        Port::Numbers(range) => port_name(*range),
        Port::Named(_, name) => format!("port `{name}`"),
    };
    rule.ports.iter().flatten().map(word).collect()
}

/// Reports address blocks that contain only the address of a Service or of a pod.
fn addresses(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let services = translated(view);
    let mut pods = BTreeMap::<IpAddr, String>::new();
    for it in view.snapshot.cluster.pods.iter().filter(|it| !it.host_network) {
        let name = format!("{}/{}", it.namespace, it.name);
        pods.extend(it.addresses.iter().map(|address| (*address, name.clone())));
    }
    let mut of_service = BTreeMap::<(IpAddr, usize), Vec<Span>>::new();
    let mut of_pod = BTreeMap::<(IpAddr, String), Vec<Span>>::new();
    for rule in view.all_rules() {
        for (at, peer) in rule.says.peers.iter().flatten().enumerate() {
            let Peer::Block { network, .. } = peer else { continue };
            if network.prefix_len() != network.max_prefix_len() {
                continue;
            }
            let address = network.addr();
            let pointer = rule.pointer(RulePart::PeerNetwork(at));
            let manifest = view.manifest(rule.id.policy);
            if let Some((row, service)) = services.get(&address) {
                if !may_be_a_node(&rule, service) {
                    let place = diagnostics.entry(manifest, &pointer);
                    of_service.entry((address, *row)).or_default().push(place);
                }
            } else if let Some(name) = pods.get(&address) {
                let place = diagnostics.entry(manifest, &pointer);
                of_pod.entry((address, name.clone())).or_default().push(place);
            }
        }
    }
    for ((address, row), places) in of_service {
        if let Some((_, service)) = view.services().nth(row) {
            diagnostics.push(what::address_of_service(address, service, &places));
        }
    }
    for ((address, name), places) in of_pod {
        diagnostics.push(what::address_of_pod(address, &name, &places));
    }
}

/// Returns the addresses that are translated to those of pods before a policy is evaluated, with the row of their
/// Service: cluster addresses, and addresses of MetalLB. Other load balancers use addresses of nodes, which policies
/// see.
fn translated<'s>(view: &View<'s>) -> BTreeMap<IpAddr, (usize, &'s Service)> {
    let mut found = BTreeMap::new();
    for (row, (manifest, service)) in view.services().enumerate() {
        let own = ["/spec/clusterIP", "/spec/clusterIPs/0", "/spec/clusterIPs/1"];
        let own = own.iter().filter_map(|it| view.field(manifest, it)?.as_str()?.parse().ok());
        let by_metallb = super::addresses::pool_of(view, manifest).is_some();
        let assigned = service.addresses.iter().copied().filter(|_| by_metallb);
        for address in own.chain(assigned) {
            found.entry(address).or_insert((row, service));
        }
    }
    found
}

/// Returns whether the address of a DNS Service may also be the address of a DNS cache on the node, which policies see.
/// <https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/>
fn may_be_a_node(rule: &RuleAt<'_>, service: &Service) -> bool {
    let dns = PortRange { protocol: Protocol::Udp, from: 53, to: 53 };
    let is_dns = service.ports.iter().any(|it| it.dialed == dns);
    let asks = |it: &Port| matches!(it, Port::Numbers(range) if range.from <= 53 && range.to >= 53);
    is_dns && rule.says.ports.as_ref().is_none_or(|it| it.iter().any(asks))
}

/// Reports rules of a direction that `policyTypes` leaves out.
fn ignored(view: &View<'_>, diagnostics: &mut Collector<'_>, row: PolicyId) {
    let manifest = view.manifest(row);
    for direction in [Direction::Ingress, Direction::Egress] {
        if view.policy(row).rules(direction).is_some() {
            continue;
        }
        let policy = view.policy(row);
        let pointer = read::pointer(policy, Part::Rules(direction));
        let directions = read::pointer(policy, Part::Directions);
        let rules = view.field(manifest, &pointer).and_then(Value::as_array);
        let Some(rules) = rules else { continue };
        let lists_types = view.field(manifest, &directions).is_some();
        if rules.is_empty() && lists_types {
            continue;
        }
        let place = diagnostics.entry(manifest, &pointer);
        let types = lists_types.then(|| diagnostics.entry(manifest, &directions));
        diagnostics.push(what::ignored(direction, place, types));
    }
}
