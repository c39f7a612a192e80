//! Rules of policies of other owners that open more connections than the source declares, in namespaces that the source
//! isolates: there, only declared flows should be open.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::source::{self as report, OverlyPermissive, OverlyPermissivePolicy};
use super::snapshot::{RuleAt, View};
use crate::diagnostics::all_of;
use crate::manifests::owner;
use crate::model::Model;
use crate::policy::RulePart;
use crate::reachability::{PolicyId, Row, Set, cut, ends_on};
use crate::scalar::{EVERY_PORT, PortRange, port_name};
use crate::validate::{Declared, Places};

/// Greatest number of namespaces that are named.
const SHOWN: usize = 3;

/// Compares each rule with the flows.
pub(super) fn check(model: &Model, view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let places = Places::of(model, view.reach);
    let declared = Declared::of(model, &places, view.reach);
    let judge = Judge { view, declared: &declared };
    let mut policies = BTreeMap::<PolicyId, OverlyPermissivePolicy>::new();
    for rule in view.all_rules() {
        let manifest = view.manifest(rule.id.policy);
        let object = view.snapshot.manifests.get(manifest).map(|it| &it.object);
        // A rule without peers has a diagnostic of its own.
        if object.is_some_and(owner::is_ours) || rule.says.peers.is_none() {
            continue;
        }
        if let Some(wider) = judge.wider(&rule) {
            let place = diagnostics.entry(manifest, &rule.pointer(RulePart::Whole));
            let policy = policies.entry(rule.id.policy).or_insert_with(|| {
                let policy = view.policy(rule.id.policy);
                OverlyPermissivePolicy {
                    name: policy.path(),
                    owner: object.and_then(owner::somebody_else),
                    rules: Vec::new(),
                }
            });
            policy.rules.push((wider, place));
        }
    }
    for policy in policies.values() {
        if let Some(diagnostic) = report::wider(policy) {
            diagnostics.push(diagnostic);
        }
    }
}

struct Judge<'v> {
    view: &'v View<'v>,
    declared: &'v Declared,
}

impl Judge<'_> {
    fn wider(&self, rule: &RuleAt<'_>) -> Option<OverlyPermissive> {
        let mut found: Option<OverlyPermissive> = None;
        let (mut is_used, mut whose) = (false, Vec::new());
        for class in self.view.reach.subjects(rule.id.policy).iter() {
            let Some(openings) = self.declared.openings(class, rule.id.direction) else { continue };
            let row = self.view.reach.row(class, rule.id.direction);
            for (ports, ends) in opened(&row, rule) {
                let lists = openings.iter().map(|it| it.ports);
                let mut pieces = cut(lists.chain([ports]));
                pieces.retain(|it| ports.iter().any(|port| port.contains(*it)));
                let mut more: Vec<(PortRange, Set)> = Vec::new();
                for piece in pieces {
                    let mut beyond = ends.without(&ends_on(&openings, piece));
                    is_used |= beyond.len() < ends.len();
                    if self.view.reach.is_alone(class) {
                        beyond = beyond.without(&Set::one(class));
                    }
                    if !beyond.is_empty() {
                        more.push((piece, beyond));
                    }
                }
                if !more.is_empty() {
                    whose.push(class);
                }
                if found.is_none() {
                    found = self.example(rule, &more);
                }
            }
        }
        let pods = self.view.called(&whose.into_iter().collect());
        found.map(|it| OverlyPermissive { pods, is_used, ..it })
    }

    fn example(&self, rule: &RuleAt<'_>, more: &[(PortRange, Set)]) -> Option<OverlyPermissive> {
        let (_, ends) = more.first()?;
        let ports = more.iter().filter(|(_, it)| it == ends).map(|(range, _)| *range);
        Some(OverlyPermissive {
            direction: rule.id.direction,
            pods: String::new(),
            others: self.called(ends),
            ports: called(&joined(ports)),
            is_used: false,
        })
    }

    /// Returns the name of pods, or else of addresses, for messages.
    fn called(&self, ends: &Set) -> String {
        let all = self.view.reach.ends();
        let pods: Set = ends.iter().filter(|it| all.class(*it).is_some()).collect();
        let namespaces: BTreeSet<String> = pods
            .iter()
            .filter_map(|it| all.class(it))
            .map(|it| format!("`{}`", it.pods.namespace))
            .collect();
        match namespaces.len() {
            0 => {}
            2..=SHOWN => {
                let namespaces: Vec<String> = namespaces.into_iter().collect();
                return format!("pods of namespaces {}", all_of(&namespaces));
            }
            _ => return self.view.called(&pods),
        }
        let (first, last) = (ends.iter().next(), ends.iter().last());
        let first = first.and_then(|it| all.addresses(it)).map(|(first, _)| first);
        let last = last.and_then(|it| all.addresses(it)).map(|(_, last)| last);
        match (first, last) {
            (Some(first), Some(last)) if first == last => format!("`{first}`"),
            (Some(first), Some(last)) => format!("addresses from `{first}` to `{last}`"),
            _ => "no peer".to_owned(),
        }
    }
}

/// Joins ranges that were split at the borders of other ranges.
fn joined(ranges: impl Iterator<Item = PortRange>) -> Vec<PortRange> {
    let mut all: Vec<PortRange> = Vec::new();
    for it in ranges {
        match all.last_mut() {
            Some(last)
                if last.protocol == it.protocol && last.to.checked_add(1) == Some(it.from) =>
            {
                last.to = it.to;
            }
            _ => all.push(it),
        }
    }
    all
}

fn called(ports: &[PortRange]) -> Vec<String> {
    if ports == EVERY_PORT {
        return vec!["every port".to_owned()];
    }
    ports.iter().copied().map(port_name).collect()
}

/// Returns the ports and ends that a rule opens for a class.
fn opened<'r>(
    row: &'r Row<'_>,
    rule: &RuleAt<'_>,
) -> impl Iterator<Item = (&'r [PortRange], &'r Set)> {
    let id = rule.id;
    let grants = row.grants().iter().filter(move |it| it.at == Some(id));
    grants.map(|it| (it.ports.as_ref(), it.ends.as_ref()))
}
