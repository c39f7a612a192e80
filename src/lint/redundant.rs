//! Redundant rules: another rule already opens everything that they open, since policies are additive.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::what;
use super::rules::ports;
use super::snapshot::{RuleAt, View};
use crate::policy::{Direction, Peer, Port, RulePart, Selector, Test};
use crate::reachability::RuleId;
use crate::source::Span;

/// Greatest number of rules with the same peer that are compared with one rule, in the order of `breadth`.
const COMPARED: usize = 32;

/// Reports redundant rules. Rules are compared by their selectors and ports, so the result holds for every possible
/// pod. `but`: rules that have a diagnostic already.
pub(super) fn check(view: &View<'_>, but: &BTreeSet<RuleId>, diagnostics: &mut Collector<'_>) {
    let mut found = Vec::new();
    for (_, policies) in view.policies_by_namespace() {
        for direction in [Direction::Ingress, Direction::Egress] {
            let rules: Vec<RuleAt<'_>> = policies
                .iter()
                .filter(|it| !view.reach.subjects(**it).is_empty())
                .flat_map(|it| view.rules(*it))
                .filter(|it| it.id.direction == direction)
                .collect();
            in_namespace(view, &rules, &mut found);
        }
    }
    for (wide, mut narrow) in found {
        narrow.retain(|it| !but.contains(&it.id));
        if narrow.is_empty() {
            continue;
        }
        let narrow: Vec<(Span, &RuleAt<'_>)> =
            narrow.iter().map(|it| (place(view, diagnostics, it), it)).collect();
        let places: Vec<Span> = narrow.iter().map(|(place, _)| *place).collect();
        let wide_place = place(view, diagnostics, &wide);
        let policy = view.policy(wide.id.policy);
        let is_same = narrow.iter().all(|(_, it)| it.id.policy == wide.id.policy);
        let name = (!is_same).then(|| policy.path());
        diagnostics.push(what::covered(
            name.as_deref(),
            wide.says.peers.is_none(),
            &ports(wide.says),
            wide_place,
            &places,
        ));
    }
}

fn place(view: &View<'_>, diagnostics: &mut Collector<'_>, rule: &RuleAt<'_>) -> Span {
    diagnostics.entry(view.manifest(rule.id.policy), &rule.pointer(RulePart::Whole))
}

/// Collects, for the rules of a direction in a namespace, each wide rule with the rules that it covers.
fn in_namespace<'s>(
    view: &View<'s>,
    rules: &[RuleAt<'s>],
    found: &mut Vec<(RuleAt<'s>, Vec<RuleAt<'s>>)>,
) {
    let mut by_peer = BTreeMap::<Option<Peer>, Vec<usize>>::new();
    for (at, rule) in rules.iter().enumerate() {
        match &rule.says.peers {
            None => by_peer.entry(None).or_default().push(at),
            Some(peers) => {
                for peer in peers {
                    by_peer.entry(Some(peer.clone())).or_default().push(at);
                    // A namespace selector that selects the policy's own namespace means the same as no namespace
                    // selector.
                    if let Peer::Pods { namespaces: Some(namespaces), pods } = peer
                        && view.has_labels_of(view.policy(rule.id.policy).namespace(), namespaces)
                    {
                        let own = Peer::Pods { namespaces: None, pods: pods.clone() };
                        by_peer.entry(Some(own)).or_default().push(at);
                    }
                }
            }
        }
    }
    for at in by_peer.values_mut() {
        at.sort_by_key(|it| rules.get(*it).map(|it| breadth(view, it)));
        at.truncate(COMPARED);
    }
    let mut covered = BTreeMap::<usize, Vec<RuleAt<'s>>>::new();
    for (at, rule) in rules.iter().enumerate() {
        // A rule that matches no pod is reported by the check of selectors.
        let is_dead = rule.says.peers.is_some() && matches_nobody(view, rule);
        if is_dead && view.snapshot.knows_pods {
            continue;
        }
        let candidates = wider(rule.says.peers.as_ref().and_then(|it| it.first()));
        let candidates = candidates.iter().filter_map(|it| by_peer.get(it)).flatten();
        let mut wide: Vec<usize> = candidates
            .copied()
            .filter(|other| {
                rules.get(*other).is_some_and(|it| {
                    // Of two equal rules, the first stays.
                    *other != at
                        && covers(view, it, rule)
                        && (*other < at || !covers(view, rule, it))
                })
            })
            .collect();
        wide.sort_unstable_by_key(|it| {
            (rules.get(*it).is_some_and(|it| it.says.peers.is_some()), *it)
        });
        if let Some(wide) = wide.first() {
            covered.entry(*wide).or_default().push(*rule);
        }
    }
    found
        .extend(covered.into_iter().filter_map(|(wide, narrow)| Some((*rules.get(wide)?, narrow))));
}

fn matches_nobody(view: &View<'_>, rule: &RuleAt<'_>) -> bool {
    let own = view.policy(rule.id.policy).namespace();
    rule.says.peers.iter().flatten().all(|it| view.of_peer(own, it).is_empty())
}

/// Returns the sort key of a rule: the widest rules sort first.
fn breadth(view: &View<'_>, rule: &RuleAt<'_>) -> (usize, bool, usize) {
    let ports = rule.says.ports.as_ref();
    let named = view.policy(rule.id.policy).subject.pods.0.len();
    (named, ports.is_some(), usize::MAX - ports.map_or(0, Vec::len))
}

/// Returns the peers of rules that may cover a rule with this peer: no peer, the peer itself, the same peer with fewer
/// selectors, networks that contain its network.
fn wider(peer: Option<&Peer>) -> Vec<Option<Peer>> {
    let mut all = vec![None];
    match peer {
        None => {}
        Some(Peer::Block { network, except }) => {
            all.push(Some(Peer::Block { network: *network, except: except.clone() }));
            let around = std::iter::successors(Some(*network), ipnet::IpNet::supernet);
            all.extend(around.map(|network| Some(Peer::Block { network, except: Vec::new() })));
        }
        Some(Peer::Pods { namespaces, pods }) => {
            let mut spaces = vec![namespaces.clone()];
            if namespaces.is_some() {
                spaces.push(Some(Selector::default()));
            }
            for namespaces in spaces {
                for pods in [pods.clone(), None, Some(Selector::default())] {
                    all.push(Some(Peer::Pods { namespaces: namespaces.clone(), pods }));
                }
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Returns whether a rule opens at least everything that another rule opens, for at least the same pods.
fn covers(view: &View<'_>, wide: &RuleAt<'_>, narrow: &RuleAt<'_>) -> bool {
    if !is_wider(
        &view.policy(wide.id.policy).subject.pods,
        &view.policy(narrow.id.policy).subject.pods,
    ) {
        return false;
    }
    let namespace = view.policy(narrow.id.policy).namespace().to_owned();
    let ports = match (&wide.says.ports, &narrow.says.ports) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|port| wide.iter().any(|it| has(it, port))),
    };
    ports
        && match (&wide.says.peers, &narrow.says.peers) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wide), Some(narrow)) => {
                let own = |it: &Selector| view.has_labels_of(&namespace, it);
                narrow.iter().all(|peer| wide.iter().any(|it| matches_all(it, peer, &own)))
            }
        }
}

fn has(wide: &Port, narrow: &Port) -> bool {
    match (wide, narrow) {
        (Port::Numbers(wide), Port::Numbers(narrow)) => wide.contains(*narrow),
        (Port::Numbers(wide), Port::Named(protocol, _)) => {
            (wide.protocol, wide.from, wide.to) == (*protocol, 1, u16::MAX)
        }
        (Port::Named(..), _) => wide == narrow,
    }
}

/// Returns whether a peer matches everything that another peer matches; `own`: whether a selector selects the namespace
/// of the policies.
fn matches_all(wide: &Peer, narrow: &Peer, own: &dyn Fn(&Selector) -> bool) -> bool {
    match (wide, narrow) {
        (Peer::Block { network: wide, except: holes }, Peer::Block { network, except }) => {
            let is_filled = |hole: &ipnet::IpNet| {
                except.iter().any(|it| it.contains(hole))
                    || !(hole.contains(network) || network.contains(hole))
            };
            wide.contains(network) && holes.iter().all(is_filled)
        }
        (
            Peer::Pods { namespaces: wide_spaces, pods: wide_pods },
            Peer::Pods { namespaces, pods },
        ) => {
            let spaces = match (wide_spaces, namespaces) {
                (None, None) => true,
                (Some(wide), Some(narrow)) => is_wider(wide, narrow),
                (Some(wide), None) => own(wide),
                (None, Some(_)) => false,
            };
            let everything = Selector::default();
            let wide_pods = wide_pods.as_ref().unwrap_or(&everything);
            spaces && is_wider(wide_pods, pods.as_ref().unwrap_or(&everything))
        }
        (Peer::Block { .. }, Peer::Pods { .. }) | (Peer::Pods { .. }, Peer::Block { .. }) => false,
    }
}

/// Returns whether a selector selects everything that another selector selects: each of its requirements is a
/// requirement of the other selector, or follows from one.
fn is_wider(wide: &Selector, narrow: &Selector) -> bool {
    wide.0.iter().all(|it| {
        narrow.0.iter().any(|other| {
            other.key == it.key
                && match (&it.test, &other.test) {
                    (Test::In(wide), Test::In(narrow)) => narrow.iter().all(|it| wide.contains(it)),
                    (Test::Exists, Test::In(_)) => true,
                    (wide, narrow) => wide == narrow,
                }
        })
    })
}
