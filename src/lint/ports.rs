//! Ports of rules on which no pod listens: the port of a Service instead of the port of its pods, a name that no pod
//! has, a number that no container declares.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::what::{self, Undeclared, Unheard};
use super::snapshot::{RuleAt, View};
use crate::diagnostics::nearest;
use crate::policy::{Direction, Peer, Port, RulePart};
use crate::reachability::{PolicyId, RuleId, Set};
use crate::scalar::{PortRange, Protocol, port_name};
use crate::source::Span;

/// Greatest number of classes of pods of a rule whose ports are checked.
const JUDGED: usize = 5_000;

/// The default port of the API server in kubeadm, k3s and most other distributions.
const APISERVER: PortRange = PortRange { protocol: Protocol::Tcp, from: 6443, to: 6443 };

/// Rules that are reported, so that their consequences are not reported again.
#[derive(Default)]
pub(super) struct Judged {
    /// Rules that were intended for the API server.
    pub(super) apiserver: BTreeSet<RuleId>,
    /// Policies that open a port of their pods on which no pod listens.
    pub(super) unheard: BTreeSet<PolicyId>,
}

/// Checks the ports of the rules.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) -> Judged {
    let mut judged = Judged::default();
    if !view.snapshot.knows_pods {
        return judged;
    }
    let mut found = Found::default();
    for rule in view.all_rules() {
        let Some(pods) = servers(view, &rule) else { continue };
        if pods.is_empty() || pods.len() > JUDGED {
            continue;
        }
        match judge(view, diagnostics, &rule, &pods, &mut found) {
            Judgement::Apiserver => {
                judged.apiserver.insert(rule.id);
            }
            Judgement::Unheard if rule.id.direction == Direction::Ingress => {
                judged.unheard.insert(rule.id.policy);
            }
            Judgement::Unheard | Judgement::Fine => {}
        }
    }
    for (unheard, places) in found.unheard {
        diagnostics.push(what::unheard(&unheard, &places));
    }
    for (ports, (pods, places)) in found.undeclared {
        diagnostics.push(what::undeclared(&ports, &pods, &places));
    }
    judged
}

/// Returns the pods to which a rule opens ports; `None` if addresses are among its ends, because their ports are
/// unknown.
fn servers(view: &View<'_>, rule: &RuleAt<'_>) -> Option<Set> {
    if rule.id.direction == Direction::Ingress {
        return Some(view.reach.subjects(rule.id.policy).clone());
    }
    let peers = rule.says.peers.as_ref()?;
    let are_pods = peers.iter().all(|it| matches!(it, Peer::Pods { .. }));
    are_pods.then(|| view.pods_of_peers(rule))
}

/// Diagnostics under construction, with their places.
#[derive(Default)]
struct Found {
    unheard: BTreeMap<Unheard, Vec<Span>>,
    /// Undeclared ports, by the ports; the pods are those of the first place.
    undeclared: BTreeMap<Vec<String>, (Undeclared, Vec<Span>)>,
}

impl Found {
    fn undeclared(&mut self, ports: Vec<String>, of: impl FnOnce() -> Undeclared, place: Span) {
        let (_, places) = self.undeclared.entry(ports).or_insert_with(|| (of(), Vec::new()));
        places.push(place);
    }
}

/// Result of the check of a rule.
enum Judgement {
    Fine,
    Unheard,
    Apiserver,
}

fn judge(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    rule: &RuleAt<'_>,
    pods: &Set,
    found: &mut Found,
) -> Judgement {
    let manifest = view.manifest(rule.id.policy);
    let (mut silent, mut unnamed) = (Vec::<(usize, PortRange)>::new(), Vec::new());
    let ports = rule.says.ports.as_deref().unwrap_or_default();
    for (at, port) in ports.iter().enumerate() {
        match port {
            Port::Numbers(range) => {
                let is_whole = (range.from, range.to) == (1, u16::MAX);
                if !is_whole && view.listening.is_known(pods) && !view.listening.any(pods, *range) {
                    silent.push((at, *range));
                }
            }
            Port::Named(protocol, name) => {
                let unheard = self::unnamed(view, pods, *protocol, name);
                unnamed.extend(unheard.map(|it| (at, name, it)));
            }
        }
    }
    let is_fine = silent.is_empty() && unnamed.is_empty();
    // If pods listen on another port of the rule, the named port may be one that only some pods have.
    let is_heard = silent.len() + unnamed.len() < ports.len();
    for (at, name, unheard) in unnamed {
        let place = place(diagnostics, manifest, rule, at);
        if is_heard {
            let pods = || Undeclared { pods: view.called(pods), heard: Vec::new(), silent: 0 };
            found.undeclared(vec![format!("a port `{name}`")], pods, place);
        } else {
            found.unheard.entry(unheard).or_default().push(place);
        }
    }
    if silent.iter().any(|(_, it)| *it == APISERVER) && rule.id.direction == Direction::Egress {
        let place = diagnostics.entry(manifest, &rule.pointer(RulePart::Whole));
        let unheard = Unheard::Apiserver { addresses: apiserver(view) };
        found.unheard.entry(unheard).or_default().push(place);
        return Judgement::Apiserver;
    }
    let mut undeclared = Vec::new();
    for (at, range) in silent {
        let Some((service, target)) = view.listening.service(pods, range) else {
            undeclared.push((at, range));
            continue;
        };
        let (_, service) = view.services().nth(service).expect("INVARIANT: a row of a Service");
        let service = service.name.clone();
        let place = place(diagnostics, manifest, rule, at);
        let unheard =
            Unheard::ServicePort { service, dialed: port_name(range), target: port_name(target) };
        found.unheard.entry(unheard).or_default().push(place);
    }
    if let Some((first, _)) = undeclared.first() {
        let place = place(diagnostics, manifest, rule, *first);
        let of = || Undeclared {
            pods: view.called(pods),
            heard: view.listening.all(pods).into_iter().map(port_name).collect(),
            silent: pods.iter().filter(|it| view.listening.ports(*it).is_empty()).count(),
        };
        found.undeclared(undeclared.iter().map(|(_, it)| port_name(*it)).collect(), of, place);
    }
    if is_fine { Judgement::Fine } else { Judgement::Unheard }
}

/// Returns the place of a port in a rule.
fn place(diagnostics: &mut Collector<'_>, manifest: usize, rule: &RuleAt<'_>, at: usize) -> Span {
    diagnostics.entry(manifest, &rule.pointer(RulePart::PortNumber(at)))
}

/// Returns the diagnosis of a named port that none of the pods has: the port opens nothing.
fn unnamed(view: &View<'_>, pods: &Set, protocol: Protocol, name: &str) -> Option<Unheard> {
    let classes = pods.iter().filter_map(|it| view.reach.ends().class(it));
    let named: Vec<_> = classes.flat_map(|it| &it.pods.ports).collect();
    if named.iter().any(|it| it.protocol == protocol && it.name == name) {
        return None;
    }
    let names: BTreeSet<&str> =
        named.iter().filter(|it| it.protocol == protocol).map(|it| it.name.as_str()).collect();
    let other = named.iter().find(|it| it.name == name).map(|it| it.protocol);
    Some(Unheard::Unnamed {
        pods: view.called(pods),
        name: name.to_owned(),
        protocol,
        near: nearest(name, names.iter().copied()).map(str::to_owned),
        names: names.into_iter().map(|it| format!("`{it}`")).collect(),
        other,
    })
}

/// Returns the addresses of the API server from its Endpoints.
fn apiserver(view: &View<'_>) -> Vec<String> {
    let endpoints = view.objects("", "Endpoints").filter(|(_, it)| {
        super::snapshot::namespace(it) == "default" && super::snapshot::name(it) == "kubernetes"
    });
    let addresses = endpoints.filter_map(|(_, it)| it.pointer("/subsets/0/addresses")?.as_array());
    let addresses = addresses.flatten().filter_map(|it| it.get("ip")?.as_str());
    addresses.map(str::to_owned).collect()
}
