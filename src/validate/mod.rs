//! Validates the objects of a build against the source, using `reachability`: every declared connection is
//! allowed, no other connection is, every guardrail and every assertion holds.
//!
//! The declared side is computed from the model alone, without `lower`, so that errors in `lower` are detected.

mod addresses;
mod asserts;
mod connections;
mod declared;
mod guardrails;
mod joint;
mod places;
mod pods;
mod proof;
mod report;
mod rule_ends;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rayon::prelude::*;

use crate::diagnostics::Diagnostics;
use crate::policy::{Direction, Labels};
use crate::reachability::{self, Difference, EndId, Opening, Pods, Reach};
use crate::scalar::{EVERY_PORT, PortRange, port_name};
use crate::source::Files;
pub use addresses::networks;
pub use declared::{Declared, sources};
pub use places::{Places, ranges};
pub use pods::{DNS, pod_networks, selector, standing};
pub use proof::{Proof, sites};

use proof::describe;
use report::View;
#[doc(hidden)]
pub use rule_ends::Check;
use rule_ends::{Apart, RuleEnds};

/// A connection on which the objects and the source disagree: an error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The pods whose policies cause the difference.
    pods: String,
    direction: Direction,
    range: PortRange,
    /// The other end of the connection.
    other: String,
    /// Whether only the objects allow it; else only the source does.
    is_open: bool,
}

impl Proof<'_> {
    /// Compares the connections that the objects allow with those that the source declares, and evaluates the
    /// guardrails and the assertions. Returns the number of assertions that hold.
    pub fn check(&self, files: &Files, diagnostics: &mut Diagnostics) -> Result<usize, Mismatch> {
        self.check_without(None, files, diagnostics)
    }

    /// Like `check`, but skips one check of the guardrails, to test that every check is necessary.
    #[doc(hidden)]
    pub fn check_without(
        &self,
        without: Option<Check>,
        files: &Files,
        diagnostics: &mut Diagnostics,
    ) -> Result<usize, Mismatch> {
        let networks = networks(self.model);
        let reach = Reach::of(&self.cluster, &networks);
        let places = Places::of(self.model, &reach);
        let declared = Declared::of(self.model, &places, &reach);
        compare(&reach, &declared)?;
        let apart = Apart::Joint(self.joint.classes(&reach));
        let ends = RuleEnds::of(self.model, &places, apart).without(without);
        let view = View { proof: self, reach: &reach, places: &places, files };
        for outcome in guardrails::outcomes(self.model, &places, &reach, &ends) {
            diagnostics.push(view.of_guardrail(&outcome));
        }
        let outcomes = asserts::outcomes(self.model, &places, &reach, &ends);
        let is_held = |it: &&asserts::Outcome<'_>| it.is_held();
        let others = outcomes.len() - outcomes.iter().filter(is_held).count();
        for outcome in outcomes {
            diagnostics.push(view.of_assertion(&outcome));
        }
        Ok(self.model.asserts.len() - others)
    }

    /// Evaluates the guardrails and the denying assertions for the pods of a snapshot, under the policies of
    /// the build. It detects existing pods that carry the labels of several selectors.
    pub fn check_pods(mut self, pods: &[Pods], files: &Files, diagnostics: &mut Diagnostics) {
        let known: BTreeSet<(&str, &Labels)> =
            self.cluster.pods.iter().map(|it| (it.namespace.as_str(), &it.labels)).collect();
        let mut found = BTreeMap::<(&str, &Labels), &Pods>::new();
        for it in pods.iter().filter(|it| !it.host_network) {
            let key = (it.namespace.as_str(), &it.labels);
            if !known.contains(&key) {
                found.entry(key).or_insert(it);
            }
        }
        let found: Vec<Pods> = found.into_values().map(of_snapshot).collect();
        let names: BTreeSet<String> = found.iter().map(|it| it.name.clone()).collect();
        self.cluster.pods.extend(found);
        let networks = networks(self.model);
        let reach = Reach::of(&self.cluster, &networks);
        let places = Places::of(self.model, &reach);
        let classes = reach.ends().classes();
        let classes = classes.filter(|(_, it)| names.contains(&it.pods.name)).map(|(end, _)| end);
        let ends = RuleEnds::of(self.model, &places, Apart::Found(classes.collect()));
        let view = View { proof: &self, reach: &reach, places: &places, files };
        for outcome in guardrails::outcomes(self.model, &places, &reach, &ends) {
            if let guardrails::Outcome::Overlap(forbid, connection) = outcome {
                diagnostics.push(view.broken(forbid, connection));
            }
        }
        for outcome in asserts::outcomes(self.model, &places, &reach, &ends) {
            if let asserts::Outcome::Overlap(failure) = outcome {
                diagnostics.push(view.fails(&failure));
            }
        }
    }
}

/// Compares the built with the declared connections of each class of pods, by direction.
fn compare(reach: &Reach<'_>, declared: &Declared) -> Result<(), Mismatch> {
    let classes: Vec<EndId> = reach.ends().classes().map(|(end, _)| end).collect();
    let mismatch = |end: &EndId| {
        [Direction::Ingress, Direction::Egress].into_iter().find_map(|direction| {
            let row = reach.row(*end, direction);
            let built = row.openings(reach.ends().everybody());
            let everything = [Opening { ports: EVERY_PORT, ends: reach.ends().everybody() }];
            let wanted = declared.openings(*end, direction);
            let wanted = wanted.as_deref().unwrap_or(&everything);
            let Difference { range, end: other, is_in_first } =
                reachability::difference(&built, wanted)?;
            let (pods, other) = (describe(reach, *end), describe(reach, other));
            Some(Mismatch { pods, direction, range, other, is_open: is_in_first })
        })
    };
    match classes.par_iter().find_map_first(mismatch) {
        Some(mismatch) => Err(mismatch),
        None => Ok(()),
    }
}

/// A pod of a snapshot as a representative pod: without its current addresses, since it may get others.
fn of_snapshot(pods: &Pods) -> Pods {
    Pods {
        anywhere: true,
        namespace: pods.namespace.clone(),
        name: format!("`{}/{}`", pods.namespace, pods.name),
        labels: pods.labels.clone(),
        ..Pods::default()
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pods, direction, range, other, is_open } = self;
        let (client, server) = match direction {
            Direction::Ingress => (other, pods),
            Direction::Egress => (pods, other),
        };
        let (side, port) = (direction.word(), port_name(*range));
        if *is_open {
            write!(
                out,
                "{client} -> {server}, {port}, is allowed by {side} policies, but not declared"
            )
        } else {
            write!(out, "{client} -> {server}, {port}, is declared, but blocked by {side} policies")
        }
    }
}
