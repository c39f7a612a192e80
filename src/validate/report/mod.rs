//! Diagnostics about guardrails and assertions.

mod allowing;
mod guardrails;
mod overlap;
mod unheld;

use super::asserts::{Failure, Outcome};
use super::connections::Connection;
use super::places::Places;
use super::proof::{Proof, describe};
use crate::diagnostics::{Code, Diagnostic};
use crate::model::{Assert, Endpoint, Model, Namespace, WorkloadId};
use crate::policy::Direction;
use crate::reachability::{Decision, EndId, Reach};
use crate::scalar::port_name;
use crate::source::{Files, Span};

/// The data that diagnostics are built from.
pub(super) struct View<'v> {
    /// The objects, with the declarations behind them.
    pub(super) proof: &'v Proof<'v>,
    /// The connections that the objects allow.
    pub(super) reach: &'v Reach<'v>,
    /// The sets of ends for the endpoints of the source.
    pub(super) places: &'v Places<'v>,
    /// The source texts.
    pub(super) files: &'v Files,
}

/// One side of a connection.
struct Side {
    decision: Decision,
    way: Direction,
    /// The end of this side.
    end: EndId,
    other: EndId,
}

impl Side {
    fn namespace<'m>(&self, model: &'m Model, reach: &Reach<'_>) -> Option<&'m Namespace> {
        let class = reach.ends().class(self.end)?;
        model.namespaces.iter().find(|it| it.name == class.pods.namespace)
    }
}

impl View<'_> {
    /// The diagnostic for an assertion that does not hold without reservations.
    pub(super) fn of_assertion(&self, outcome: &Outcome<'_>) -> Diagnostic {
        match outcome {
            Outcome::Fails(failure) => self.fails(failure),
            Outcome::Unknown(assert, endpoint) => unknown(self.model(), assert, endpoint),
            Outcome::Overlap(it) => self.of_overlap(
                it.assert.span,
                "assertion",
                it.connection,
                it.assert.clients.iter().map(|it| &it.endpoint),
                it.assert.servers.iter().map(|it| &it.endpoint),
            ),
            Outcome::Unheld(assert, unheld) => unheld::of_assertion(self.model(), assert, unheld),
        }
    }

    fn model(&self) -> &Model {
        self.proof.model
    }

    /// An assertion that fails.
    pub(super) fn fails(&self, it: &Failure<'_>) -> Diagnostic {
        let Connection { from, to, range } = it.connection;
        let (client, server) = (&it.client, &it.server);
        let hosts = |endpoint: &Endpoint| self.hosts(endpoint);
        let client = self.name(from, client.site.span, &hosts(&client.endpoint));
        let server = self.name(to, server.site.span, &hosts(&server.endpoint));
        let can = if it.assert.allow { "cannot" } else { "can" };
        let message =
            format!("{client} {can} open connections to {server} on {}", port_name(range));
        let (must, is) =
            if it.assert.allow { ("allowed", "denied") } else { ("denied", "allowed") };
        let here = format!("must be {must}; in `{}` it is {is}", self.model().cluster.name);
        let diagnostic = Diagnostic::new(Code::E0503, it.assert.span, message).here(here);
        let sides = self.both_sides(it.connection);
        if it.assert.allow {
            return self.missing(it, &sides, diagnostic);
        }
        let (diagnostic, way_out) = self.allowing(range, &sides, diagnostic);
        diagnostic.help(match way_out {
            Some(way_out) => format!("{way_out}, or remove the assertion"),
            None => {
                "remove or narrow the flows that allow it, or change the assertion if this is intended"
                    .to_owned()
            }
        })
    }

    /// The name of one end of a connection in messages: the description of a pod, or the text of the source for
    /// addresses.
    fn name(&self, end: EndId, written: Span, hosts: &[WorkloadId]) -> String {
        let described = describe(self.reach, end);
        if self.reach.ends().class(end).is_some() {
            return described;
        }
        let written = self.files.text(written);
        match hosts {
            [] => format!("`{written}` ({described})"),
            hosts => {
                let names = unheld::names(self.model(), hosts, None);
                format!("{names} on the network of its node ({described})")
            }
        }
    }

    /// The workloads of an end that run on the network of their nodes.
    fn hosts(&self, endpoint: &Endpoint) -> Vec<WorkloadId> {
        let model = self.model();
        let own = endpoint.as_workload().filter(|_| model.is_on_host_network(endpoint));
        let hosts = endpoint.as_namespace().into_iter().flat_map(|id| model.hosts_of(id));
        own.into_iter().chain(hosts.map(|(id, _)| id)).collect()
    }

    fn both_sides(&self, Connection { from, to, range }: Connection) -> [Side; 2] {
        let verdict = self.reach.verdict(from, to, range);
        [
            Side { decision: verdict.egress, way: Direction::Egress, end: from, other: to },
            Side { decision: verdict.ingress, way: Direction::Ingress, end: to, other: from },
        ]
    }

    /// Adds the side that denies a connection, and the flow that would open it.
    fn missing(&self, it: &Failure<'_>, sides: &[Side], mut diagnostic: Diagnostic) -> Diagnostic {
        let model = self.model();
        for side in sides.iter().filter(|it| matches!(it.decision, Decision::Denied(_))) {
            let Some(namespace) = side.namespace(model, self.reach) else { continue };
            let site = match side.way {
                Direction::Ingress => namespace.isolation.ingress,
                Direction::Egress => namespace.isolation.egress,
            };
            if let Some(site) = site {
                let way = side.way.word();
                let port = port_name(it.connection.range);
                let text = format!("isolates `{}` for {way}; no flow opens {port}", namespace.path);
                diagnostic = diagnostic.label(site.span, text).through(&model.expansions, site);
            }
        }
        let text = |span: Span| self.files.text(span);
        let (client, server) = (text(it.client.site.span), text(it.server.site.span));
        let owner =
            model.owner_of(&it.client.endpoint).or_else(|| model.owner_of(&it.server.endpoint));
        let whose = owner.map(|it| format!(" in a file of {}", model.owner_name(it)));
        let whose = whose.unwrap_or_default();
        diagnostic
            .help(format!("write `flow {client} -> {server}`{whose}, or remove the assertion"))
    }
}

/// An assertion about addresses that the source does not give.
fn unknown(model: &Model, assert: &Assert, endpoint: &Endpoint) -> Diagnostic {
    let message = "this assertion is not evaluated, since some of its addresses are not known";
    lacking(model, endpoint, Diagnostic::new(Code::W0502, assert.span, message))
}

/// Adds the setting that is missing in the source for the addresses of an end.
fn lacking(model: &Model, endpoint: &Endpoint, diagnostic: Diagnostic) -> Diagnostic {
    let cluster = &model.cluster;
    let lacks = |field: &str, example: &str| {
        let has_none = format!("has no `{field}`");
        let help = format!("add `{field} = {example}` to the cluster's block");
        (has_none, help)
    };
    match endpoint {
        Endpoint::External(id) => {
            let external = model.external(*id);
            diagnostic
                .label(external.span, "has no addresses")
                .help(format!("give `{}` its addresses: `cidrs = […]`", external.name))
        }
        Endpoint::Apiserver => {
            let (label, help) = lacks("apiserver", "[192.168.1.85:6443]");
            diagnostic.label(cluster.name.span, label).help(help)
        }
        Endpoint::Nodes | Endpoint::Workload(_) | Endpoint::Namespace(_) => {
            let (label, help) = lacks("nodes", "[192.168.1.81-192.168.1.85]");
            diagnostic.label(cluster.name.span, label).help(help)
        }
        Endpoint::Addresses(_) | Endpoint::Internet | Endpoint::Anyone | Endpoint::Dns => {
            diagnostic
        }
    }
}
