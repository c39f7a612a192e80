//! Diagnostics about guardrails.

use super::{View, lacking, unheld};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Endpoint, Forbid, WorkloadId};
use crate::reachability::{EndId, Set};
use crate::scalar::port_name;
use crate::source::Span;
use crate::validate::connections::Connection;
use crate::validate::guardrails::Outcome;
use crate::validate::rule_ends::{Apart, RuleEnds};

impl View<'_> {
    /// The diagnostic for a guardrail that does not hold without reservations.
    pub(in crate::validate) fn of_guardrail(&self, outcome: &Outcome<'_>) -> Diagnostic {
        match outcome {
            Outcome::Broken(forbid, connection) => self.broken(forbid, *connection),
            Outcome::Unknown(forbid, unknown) => self.unevaluated(forbid, unknown),
            Outcome::Overlap(forbid, connection) => self.of_overlap(
                forbid.site.span,
                "guardrail",
                *connection,
                forbid.clients.iter().map(|it| &it.endpoint),
                forbid.servers.iter().map(|it| &it.endpoint),
            ),
            Outcome::Unheld(forbid, it) => unheld::of_guardrail(self.model(), forbid, it),
            Outcome::Outside(forbid) => outside(forbid),
        }
    }

    /// A guardrail that the objects violate.
    pub(in crate::validate) fn broken(
        &self,
        forbid: &Forbid,
        connection: Connection,
    ) -> Diagnostic {
        let (client, server) = self.names(forbid, connection);
        let range = connection.range;
        let message = format!(
            "{client} can open connections to {server} on {}, which is forbidden",
            port_name(range)
        );
        let here = format!(
            "forbids the connection; the objects of `{}` allow it",
            self.model().cluster.name
        );
        let diagnostic = Diagnostic::new(Code::E0501, forbid.site.span, message)
            .here(here)
            .through(&self.model().expansions, forbid.site);
        let sides = self.both_sides(connection);
        let (diagnostic, way_out) = self.allowing(range, &sides, diagnostic);
        diagnostic
            .note_if(self.by_address(forbid, connection), |end| {
                format!("`{end}` has addresses of the pod network: any pod may get one of them")
            })
            .note_if(forbid.reason.as_ref(), |reason| format!("reason of the guardrail: {reason}"))
            .help(match way_out {
                Some(way_out) => format!("{way_out}, or narrow the guardrail: `except […]`"),
                None => {
                    "remove or narrow the flows that allow it, or narrow the guardrail: `except […]`"
                        .to_owned()
                }
            })
    }

    /// The end of a guardrail that includes a pod of the connection only by its address.
    fn by_address(&self, forbid: &Forbid, connection: Connection) -> Option<&str> {
        let clients = forbid.clients.iter().map(|it| (&it.endpoint, it.site.span));
        let servers = forbid.servers.iter().map(|it| (&it.endpoint, it.site.span));
        let client = self.addresses_of_pod(clients, connection.from);
        client.or_else(|| self.addresses_of_pod(servers, connection.to))
    }

    /// The first end that is addresses, if no other end includes the pod by name.
    fn addresses_of_pod<'f>(
        &self,
        ends: impl Iterator<Item = (&'f Endpoint, Span)>,
        pod: EndId,
    ) -> Option<&str> {
        self.reach.ends().class(pod)?;
        let (addresses, others): (Vec<_>, Vec<_>) =
            ends.partition(|(it, _)| it.is_source_addresses());
        let is_meant =
            |it: &Endpoint| *it == Endpoint::Anyone || self.places.pods(it).contains(pod);
        let is_named = others.iter().any(|(it, _)| is_meant(it));
        let first = addresses.first().filter(|_| !is_named);
        first.map(|(_, span)| self.files.text(*span))
    }

    /// The names of the ends of a forbidden connection in messages.
    fn names(&self, forbid: &Forbid, Connection { from, to, .. }: Connection) -> (String, String) {
        let ends = RuleEnds::of(self.model(), self.places, Apart::Found(Set::default()));
        let except = ends.exceptions(&forbid.except);
        let has = |set: &Set, end: EndId| set.contains(end);
        let client =
            forbid.clients.iter().find(|it| has(&ends.clients(&it.endpoint, &except), from));
        let server = forbid.servers.iter().find(|it| {
            let places = ends.servers(&it.endpoint, &it.ports, &except);
            places.iter().any(|(_, set)| has(set, to))
        });
        let name = |end: EndId, of: Option<(&Endpoint, Span)>| {
            let hosts: Vec<WorkloadId> =
                of.map_or_else(Vec::new, |(it, _)| ends.bound_hosts(it, &except));
            self.name(end, of.map_or(forbid.site.span, |(_, it)| it), &hosts)
        };
        (
            name(from, client.map(|it| (&it.endpoint, it.site.span))),
            name(to, server.map(|it| (&it.endpoint, it.site.span))),
        )
    }

    /// A guardrail about addresses that the source does not give, so that it cannot be evaluated.
    fn unevaluated(&self, forbid: &Forbid, unknown: &[(&Endpoint, Span)]) -> Diagnostic {
        let names: Vec<String> =
            unknown.iter().map(|(_, it)| format!("`{}`", self.files.text(*it))).collect();
        let message = format!(
            "this guardrail is not evaluated for {}: its addresses are not known",
            names.join(", ")
        );
        let diagnostic = Diagnostic::new(Code::W0502, forbid.site.span, message)
            .here("only the declared flows are checked against it")
            .through(&self.model().expansions, forbid.site);
        let first = unknown.first();
        first
            .into_iter()
            .fold(diagnostic, |diagnostic, (it, _)| lacking(self.model(), it, diagnostic))
    }
}

/// A guardrail without a pod at either end.
fn outside(forbid: &Forbid) -> Diagnostic {
    let message = "this guardrail is not evaluated: neither its clients nor its servers are pods";
    Diagnostic::new(Code::W0502, forbid.site.span, message)
        .here("no policy applies to it")
        .help("name pods as clients or servers, or use a firewall and remove the guardrail")
}
