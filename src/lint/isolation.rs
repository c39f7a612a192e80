//! Connections that policies close entirely: a Service that no client can reach, a namespace whose pods cannot reach
//! each other, a direction that was listed by accident.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Collector;
use super::report::what;
use super::snapshot::View;
use crate::policy::{Direction, Part, Policy, Rule};
use crate::reachability::{EndId, PolicyId, Row, Set};
use crate::read;
use crate::source::Span;

/// Reports closed connections. Consequences of a reported problem are not reported again, such as a port that a policy
/// opens and on which no pod listens.
pub(super) fn check(
    view: &View<'_>,
    unheard: &BTreeSet<PolicyId>,
    diagnostics: &mut Collector<'_>,
) {
    let knows = view.snapshot.knows_pods;
    let unreachable = if knows { services(view, unheard, diagnostics) } else { BTreeSet::new() };
    let mut said_of: BTreeSet<&str> =
        unreachable.iter().map(|it| view.policy(*it).namespace()).collect();
    for (row, policy) in view.policies() {
        for direction in [Direction::Ingress, Direction::Egress] {
            let is_closed = policy.rules(direction).is_some_and(<[Rule]>::is_empty);
            if is_closed && !unreachable.contains(&row) && closes(view, diagnostics, row, direction)
            {
                said_of.insert(policy.namespace());
            }
        }
    }
    if view.snapshot.knows_pods {
        namespaces(view, diagnostics, &said_of);
    }
}

/// Reports Services whose pods no client can reach; returns the policies that isolate these pods.
fn services(
    view: &View<'_>,
    unheard: &BTreeSet<PolicyId>,
    diagnostics: &mut Collector<'_>,
) -> BTreeSet<PolicyId> {
    let mut closed = BTreeMap::<Vec<PolicyId>, Vec<String>>::new();
    for (_, service) in view.services() {
        let pods = view.pods_of(service);
        let mut policies = BTreeSet::new();
        let is_closed = |end: EndId| {
            let row = view.reach.row(end, Direction::Ingress);
            let class = view.reach.ends().class(end);
            let targets = service.ports.iter();
            let targets = targets.filter_map(|it| super::listening::target(class?, &it.target));
            let targets: Vec<_> = targets.collect();
            // A rule that matches no pod has a diagnostic of its own.
            let mut grants = row.grants().iter();
            let is_open = grants.any(|grant| {
                targets.iter().any(|port| grant.ports.iter().any(|it| it.overlaps(*port)))
            });
            let is_closed = !row.is_free() && !targets.is_empty() && !is_open;
            (is_closed, row.isolating().to_vec())
        };
        let all_closed = pods.iter().all(|it| {
            let (is_closed, isolating) = is_closed(it);
            policies.extend(isolating);
            is_closed
        });
        if !pods.is_empty() && all_closed && policies.is_disjoint(unheard) {
            let policies = policies.into_iter().collect();
            let name = format!("`{}/{}`", service.namespace, service.name);
            closed.entry(policies).or_default().push(name);
        }
    }
    let mut all = BTreeSet::new();
    for (policies, services) in closed {
        let places: Vec<Span> =
            policies.iter().map(|it| diagnostics.name(view.manifest(*it))).collect();
        diagnostics.push(what::unreachable(&services, &places));
        all.extend(policies);
    }
    all
}

/// Reports a direction that a policy closes while it opens the other, and that no policy opens.
fn closes(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    row: PolicyId,
    direction: Direction,
) -> bool {
    let policy = view.policy(row);
    let other = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    let pods = view.reach.subjects(row);
    if policy.rules(other).is_none_or(<[Rule]>::is_empty) || pods.is_empty() {
        return false;
    }
    if pods.iter().any(|it| !view.reach.row(it, direction).grants().is_empty()) {
        return false;
    }
    let manifest = view.manifest(row);
    let directions = read::pointer(policy, Part::Directions);
    let lists_types = view.field(manifest, &directions).is_some();
    let pointer = if lists_types { directions } else { read::pointer(policy, Part::Rules(other)) };
    let place = diagnostics.entry(manifest, &pointer);
    diagnostics.push(what::closed(direction, lists_types, &view.called(pods), place));
    true
}

/// Reports namespaces of several workloads, with a Service of their own, whose pods cannot reach each other.
fn namespaces(view: &View<'_>, diagnostics: &mut Collector<'_>, said_of: &BTreeSet<&str>) {
    let serving: BTreeSet<&str> = view
        .services()
        .filter(|(_, it)| !view.pods_of(it).is_empty())
        .map(|(_, it)| it.namespace.as_str())
        .collect();
    for (name, policies) in view.policies_by_namespace() {
        let pods = view.reach.ends().of_namespace(name);
        if !serving.contains(name) || said_of.contains(name) || pods.len() < 2 {
            continue;
        }
        for direction in [Direction::Ingress, Direction::Egress] {
            if pods.iter().all(|it| is_closed(&view.reach.row(it, direction), &pods)) {
                let closing = policies.iter().filter(|it| says(view.policy(**it), direction));
                let places: Vec<Span> =
                    closing.map(|it| diagnostics.name(view.manifest(*it))).collect();
                diagnostics.push(what::closed_to_itself(name, direction, &places));
                break;
            }
        }
    }
}

fn says(policy: &Policy, direction: Direction) -> bool {
    policy.rules(direction).is_some()
}

/// Returns whether a class cannot connect to its own namespace. A rule that matches no pod may have been intended for
/// that, and has a diagnostic of its own.
fn is_closed(row: &Row<'_>, own: &Set) -> bool {
    let opens = |it: &Set| it.is_empty() || !it.intersection(own).is_empty();
    !row.is_free() && !row.grants().iter().any(|it| opens(&it.ends))
}
