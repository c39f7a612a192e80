//! Causes of a connection that opens or closes: the lines of the source behind the rules that allow it or the
//! policies that isolate its ends, or the policies of the cluster that do so.

use std::collections::{BTreeMap, BTreeSet};

use super::delta::Block;
use super::fate::Fate;
use super::side::{Known, Side, Whose};
use super::view::View;
use crate::model::Namespace;
use crate::policy::{Direction, Part, RulePart};
use crate::reachability::{EndId, PolicyId, Row, RuleId, Set, cut, ends_on};
use crate::read;
use crate::source::Place;
use crate::validate;

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The place in the source, after or before the change.
    pub at: Option<Place>,
    /// Whether the cause is part of the side after the change.
    pub is_now: bool,
    /// Description: the source text of the place, or the policy.
    pub says: String,
    /// `NAMESPACE/NAME` of the policy that decides; `None` if a namespace appears or disappears.
    pub policy: Option<String>,
    /// JSON pointer of the deciding rule in that policy, if a rule decides.
    pub rule: Option<String>,
}

/// The namespaces of a side's source, indexed by name for frequent lookups.
pub(super) struct Spaces<'s>(BTreeMap<&'s str, &'s Namespace>);

impl<'s> Spaces<'s> {
    /// The namespaces of a side; empty if the side has no source.
    pub(super) fn of(side: &Side<'s>) -> Self {
        let all = side.source.into_iter().flat_map(|it| &it.model.namespaces);
        // If two namespaces have one name, the first takes precedence.
        Self(all.rev().map(|it| (it.name.as_str(), it)).collect())
    }
}

/// The causes of a block, without duplicates.
pub(super) fn of(
    block: &Block<'_>,
    sides: [&Side<'_>; 2],
    spaces: &[Spaces<'_>; 2],
    views: &[View<'_>; 2],
) -> Vec<Cause> {
    let [before, after] = [0, 1].map(|at| Which {
        side: sides[at],
        spaces: &spaces[at],
        view: &views[at],
        is_now: at == 1,
    });
    // The side that allows the connections, and the side that denies them.
    let (has, lacks) = match block.fate {
        Fate::Opens => (&after, &before),
        Fate::Closes => (&before, &after),
    };
    let gone = [&block.clients, &block.servers];
    let gone = gone.into_iter().find(|it| it.intersection(&after.view.present).is_empty());
    if let Some(gone) = gone.filter(|_| block.fate == Fate::Closes) {
        let classes = gone.iter().filter_map(|end| before.view.reach.ends().class(end));
        let names: BTreeSet<&str> = classes.map(|it| it.pods.namespace.as_str()).collect();
        let goes = |it: &str| Cause {
            at: None,
            is_now: false,
            says: format!("namespace {it} is removed"),
            policy: None,
            rule: None,
        };
        return names.into_iter().map(goes).collect();
    }
    let mut reported = BTreeSet::new();
    let ends = [
        (Direction::Egress, &block.clients, &block.servers),
        (Direction::Ingress, &block.servers, &block.clients),
    ];
    for (way, own, others) in
        ends.into_iter().filter(|it| block.sweep.is_none_or(|way| way == it.0))
    {
        for end in own.iter() {
            differences(has, lacks, block, (way, end, others), &mut reported);
        }
    }
    reported.into_iter().collect()
}

/// One of the two sides, with its views.
struct Which<'v> {
    side: &'v Side<'v>,
    spaces: &'v Spaces<'v>,
    view: &'v View<'v>,
    is_now: bool,
}

/// The causes for which one end's own policies allow connections on the side `has` but not on the side `lacks`.
fn differences(
    has: &Which<'_>,
    lacks: &Which<'_>,
    block: &Block<'_>,
    (way, end, others): (Direction, EndId, &Set),
    diagnostics: &mut BTreeSet<Cause>,
) {
    let Some(class) = has.view.reach.ends().class(end) else { return };
    let namespace = class.pods.namespace.as_str();
    let (allowing, denying) = (has.view.openings(end, way), lacks.view.openings(end, way));
    let Some(row) = has.view.row(end, way) else { return };
    let lists = allowing.iter().chain(&denying).map(|it| it.ports);
    let mut pieces = cut(lists.chain([block.ports.as_slice()]));
    pieces.retain(|it| block.ports.iter().any(|ports| ports.contains(*it)));
    let mut is_held_back = false;
    for range in pieces {
        let differs = ends_on(&allowing, range).intersection(others);
        let differs = differs.without(&ends_on(&denying, range));
        if differs.is_empty() {
            continue;
        }
        if row.is_free() {
            is_held_back = true;
            continue;
        }
        let grants =
            row.grants().iter().filter(|it| it.ports.iter().any(|ports| ports.contains(range)));
        for grant in grants {
            let through = grant.ends.intersection(&differs);
            if let Some(at) = grant.at
                && !through.is_empty()
            {
                diagnostics.extend(has.rule(at, &through, range));
            }
        }
    }
    if is_held_back {
        if lacks.view.has(end) {
            let isolating = lacks.view.row(end, way).map(Row::isolating);
            diagnostics.extend(lacks.isolation(namespace, way, isolating.unwrap_or_default()));
        } else {
            diagnostics.insert(has.comes(namespace));
        }
    }
}

impl Which<'_> {
    /// The causes by which a rule allows connections with some other ends.
    fn rule(&self, at: RuleId, through: &Set, range: crate::scalar::PortRange) -> Vec<Cause> {
        let Some(known) = self.side.policies.get(at.policy.at()) else { return Vec::new() };
        let policy = known.policy.path();
        let rule = read::pointer(&known.policy, Part::Rule(at.direction, at.rule, RulePart::Whole));
        let cause = |at: Option<Place>, says: String| Cause {
            at,
            is_now: self.is_now,
            says,
            policy: Some(policy.clone()),
            rule: Some(rule.clone()),
        };
        match (&known.whose, self.side.source) {
            (Whose::Source(traced), Some(source)) => {
                let reach = self.view.reach;
                let peers: Vec<Option<usize>> =
                    reach.peers(at, through).into_iter().map(Some).collect();
                let peers = if peers.is_empty() { vec![None] } else { peers };
                let port = through.first().and_then(|it| reach.parts(at, it, range).1);
                let sites = peers.into_iter().flat_map(|peer| {
                    validate::sites(&known.policy, &traced.origins, at, peer, port)
                });
                let told = sites.map(|it| source.files.told(it, &source.model.expansions));
                told.map(|(at, says)| cause(Some(at), self.was(says))).collect()
            }
            (Whose::Source(_), None) => Vec::new(),
            (Whose::Found(found), _) => {
                let whose = found.owner.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
                let word = if self.is_now { "allowed" } else { "was allowed" };
                let says = format!("{word} by NetworkPolicy {policy}{whose}");
                vec![cause(found.source.clone(), says)]
            }
        }
    }

    /// The causes by which policies isolate the pods of a namespace.
    fn isolation(&self, namespace: &str, way: Direction, policies: &[PolicyId]) -> Vec<Cause> {
        if let Some(cause) = self.declared(namespace, way) {
            return vec![cause];
        }
        let known = policies.iter().filter_map(|at| self.side.policies.get(at.at()));
        let cause = |it: &Known<'_>| {
            let (verb, found) = match (&it.whose, self.is_now) {
                (Whose::Found(found), is_now) => {
                    (if is_now { "isolates" } else { "isolated" }, Some(found))
                }
                (Whose::Source(_), is_now) => (if is_now { "isolates" } else { "isolated" }, None),
            };
            let policy = it.policy.path();
            let whose = found.and_then(|it| it.owner.as_ref());
            let whose = whose.map(|it| format!(", {it},")).unwrap_or_default();
            Cause {
                at: found.and_then(|it| it.source.clone()),
                is_now: self.is_now,
                says: format!("NetworkPolicy {policy}{whose} {verb} its {}", way.word()),
                policy: Some(policy),
                rule: None,
            }
        };
        known.map(cause).collect()
    }

    /// The line of the source that isolates a namespace.
    fn declared(&self, namespace: &str, way: Direction) -> Option<Cause> {
        let source = self.side.source?;
        let isolation = self.namespace(namespace)?.isolation;
        let site = match way {
            Direction::Ingress => isolation.ingress,
            Direction::Egress => isolation.egress,
        };
        let (at, says) = source.files.told(site?, &source.model.expansions);
        let says = self.was(says);
        Some(Cause { at: Some(at), is_now: self.is_now, says, policy: None, rule: None })
    }

    fn comes(&self, namespace: &str) -> Cause {
        let site = self.namespace(namespace).map(|it| it.site);
        let at = self.side.source.zip(site).map(|(it, site)| it.place(site));
        let says = format!("namespace {namespace} is new");
        Cause { at, is_now: self.is_now, says, policy: None, rule: None }
    }

    fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.spaces.0.get(name).copied()
    }

    fn was(&self, says: String) -> String {
        if self.is_now { says } else { format!("was: {says}") }
    }
}
