//! Diagnostics about selectors that may overlap.

use super::View;
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Endpoint, Requirement, Selector, Workload};
use crate::reachability::EndId;
use crate::scalar::port_name;
use crate::source::Span;
use crate::validate::connections::Connection;
use crate::validate::joint::Pair;
use crate::validate::pods;
use crate::validate::proof::describe;

impl View<'_> {
    /// A guardrail or assertion that a pod violates, if the pod matches two selectors.
    pub(super) fn of_overlap<'m>(
        &self,
        rule: Span,
        what: &str,
        connection: Connection,
        clients: impl Iterator<Item = &'m Endpoint>,
        servers: impl Iterator<Item = &'m Endpoint>,
    ) -> Diagnostic {
        let Connection { from, to, range } = connection;
        let mut ends: Vec<&Endpoint> = clients.collect();
        let pair = self.pair(from, &ends).or_else(|| {
            ends = servers.collect();
            self.pair(to, &ends)
        });
        let (one, other) = pair.map_or((None, None), |it| {
            (Some(self.model().workload(it.end)), it.other.map(|it| self.model().workload(it)))
        });
        let called = |it: Option<&Workload>| {
            it.map_or("the cluster's DNS".to_owned(), |it| format!("`{}`", it.path))
        };
        let (client, server) = (describe(self.reach, from), describe(self.reach, to));
        let message = format!(
            "{} and {} may select the same pod, and this {what} does not hold for it",
            called(one),
            called(other)
        );
        let mut diagnostic = Diagnostic::new(Code::W0505, rule, message)
            .here("holds only while no pod has the labels of both")
            .note(format!("{client} can open connections to {server} on {}", port_name(range)));
        for it in [one, other].into_iter().flatten() {
            let text = format!("`{}` selects {}", it.path, pods::selector(&it.pods));
            diagnostic =
                diagnostic.label(it.site.span, text).through(&self.model().expansions, it.site);
        }
        let (diagnostic, _) = self.allowing(range, &self.both_sides(connection), diagnostic);
        diagnostic.help(self.disjoint(one, other))
    }

    /// The pair of selectors for an end, preferably with a selector that the rule names.
    fn pair(&self, end: EndId, ends: &[&Endpoint]) -> Option<Pair> {
        let pods = self.reach.ends().class(end)?.pods;
        let pairs = self.proof.joint.pairs(pods);
        let is_named = |it: &&Pair| ends.contains(&&Endpoint::Workload(it.end));
        pairs.iter().find(is_named).or_else(|| pairs.first()).copied()
    }

    /// A fix that makes two selectors disjoint.
    fn disjoint(&self, one: Option<&Workload>, other: Option<&Workload>) -> String {
        let pairs = [(other, one), (one, other)];
        let edits = pairs.into_iter().filter_map(|(edited, against)| {
            let edited = edited.filter(|it| self.takes_expressions(it))?;
            let label = excluding(&edited.pods, &against?.pods)?;
            Some(format!("`{label}` to the pods of `{}`", edited.path))
        });
        let edits: Vec<String> = edits.collect();
        if edits.is_empty() {
            return "select them by the same label with different values".to_owned();
        }
        format!("if no pod has the labels of both, add {}", edits.join(", or "))
    }

    /// Whether the project can add requirements such as `not` to a selector: it is not in the standard library,
    /// and not the selector of a Service that mlnetc creates.
    fn takes_expressions(&self, workload: &Workload) -> bool {
        let is_managed = workload.service.as_ref().is_some_and(|it| it.managed);
        !is_managed && !self.files.file(workload.site.span.file).is_stdlib()
    }
}

/// A requirement that excludes the pods of another selector.
fn excluding(edited: &Selector, against: &Selector) -> Option<String> {
    let has = |key: &str| edited.0.iter().any(|(it, _)| it == key);
    against.0.iter().filter(|(key, _)| !has(key)).find_map(|(key, requirement)| {
        let key = if key.contains(['.', '/']) { format!("\"{key}\"") } else { key.clone() };
        match requirement {
            Requirement::Is(value) => Some(format!("{key} = not \"{value}\"")),
            Requirement::In(values) => {
                let values: Vec<String> = values.iter().map(|it| format!("\"{it}\"")).collect();
                Some(format!("{key} = not [{}]", values.join(", ")))
            }
            Requirement::Exists => Some(format!("{key} = none")),
            Requirement::Absent => Some(format!("{key} = any")),
            Requirement::NotIn(values) => {
                values.first().map(|value| format!("{key} = \"{value}\""))
            }
        }
    })
}
