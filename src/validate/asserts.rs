//! Assertions: tests in the source, evaluated against the objects of a build.

use rayon::prelude::*;

use super::connections::{Connection, contrary};
use super::guardrails::{Unheld, apart, on_nodes};
use super::places::Places;
use super::rule_ends::{Exceptions, RuleEnds};
use crate::model::{Assert, Client, Endpoint, Model, Server};
use crate::reachability::{EndsOnPorts, Reach, Set};

/// The result of an assertion that does not hold without reservations.
pub(super) enum Outcome<'m> {
    /// The assertion fails.
    Fails(Failure<'m>),
    /// It holds as far as it can be evaluated: the addresses of an end are unknown.
    Unknown(&'m Assert, &'m Endpoint),
    /// It holds, except for pods that are evaluated separately: pods that match two selectors, or pods of a
    /// snapshot.
    Overlap(Failure<'m>),
    /// It holds, except for pods on the same nodes as its clients.
    Unheld(&'m Assert, Unheld<'m>),
}

impl Outcome<'_> {
    /// Whether the assertion counts as held.
    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Overlap(..) | Self::Unheld(..))
    }
}

/// A connection that contradicts an assertion.
pub(super) struct Failure<'m> {
    /// The assertion.
    pub(super) assert: &'m Assert,
    /// The client of the assertion.
    pub(super) client: &'m Client,
    /// The server of the assertion.
    pub(super) server: &'m Server,
    /// The connection that contradicts it.
    pub(super) connection: Connection,
}

/// Evaluates the assertions. Returns those that do not hold without reservations, each with the first
/// connection that contradicts it, in the order of the source.
pub(super) fn outcomes<'m>(
    model: &'m Model,
    places: &Places<'_>,
    reach: &Reach<'_>,
    ends: &RuleEnds<'_>,
) -> Vec<Outcome<'m>> {
    let context = Context { places, reach, ends };
    model.asserts.par_iter().filter_map(|it| context.outcome(it)).collect()
}

struct Context<'c, 'p> {
    places: &'c Places<'p>,
    reach: &'c Reach<'c>,
    ends: &'c RuleEnds<'p>,
}

impl Context<'_, '_> {
    fn outcome<'m>(&self, assert: &'m Assert) -> Option<Outcome<'m>> {
        let pairs = assert
            .clients
            .iter()
            .flat_map(|client| assert.servers.iter().map(move |server| (client, server)));
        let (mut unknown, mut overlap) = (None, None);
        let all_apart = self.ends.apart();
        for (client, server) in pairs {
            let (clients, servers) = self.sides(assert, client, server);
            if !assert.allow && overlap.is_none() {
                let from = std::iter::once(&client.endpoint);
                let special = self.ends.special(from, std::iter::once(&server.endpoint));
                let found = servers.iter().find_map(|(ports, servers)| {
                    apart(self.reach, &clients, servers, ports, &special)
                });
                overlap = found.map(|connection| Failure { assert, client, server, connection });
            }
            let clients = clients.without(all_apart);
            let has_no_server = servers.iter().all(|(_, it)| it.is_empty());
            let known = [(&client.endpoint, clients.is_empty()), (&server.endpoint, has_no_server)];
            let lacking = known
                .into_iter()
                .find(|(it, is_empty)| *is_empty || !assert.allow && self.lacks_nodes(it));
            unknown = unknown.or(lacking.map(|(it, _)| it));
            let found = servers.iter().find_map(|(ports, servers)| {
                contrary(self.reach, &clients, &servers.without(all_apart), ports, assert.allow)
            });
            if let Some(connection) = found {
                return Some(Outcome::Fails(Failure { assert, client, server, connection }));
            }
        }
        if let Some(endpoint) = unknown {
            return Some(Outcome::Unknown(assert, endpoint));
        }
        overlap
            .map(Outcome::Overlap)
            .or_else(|| self.unheld(assert).map(|it| Outcome::Unheld(assert, it)))
    }

    /// The ends of a client and a server. For a denying assertion, they include the workloads on the network of
    /// their nodes.
    fn sides(&self, assert: &Assert, client: &Client, server: &Server) -> (Set, Vec<EndsOnPorts>) {
        let (client, ports, server) = (&client.endpoint, &server.ports, &server.endpoint);
        if assert.allow {
            return (self.places.as_client(client), self.places.as_server(server, ports));
        }
        let none = Exceptions::default();
        (self.ends.clients(client, &none), self.ends.servers(server, ports, &none))
    }

    /// Whether an end has workloads on the network of their nodes, and the node addresses are unknown.
    fn lacks_nodes(&self, endpoint: &Endpoint) -> bool {
        self.places.nodes().is_empty() && !self.ends.hosts(endpoint).is_empty()
    }

    /// The clients of a denying assertion on the network of their nodes: they reach the pods of their own node
    /// regardless of policies.
    fn unheld<'m>(&self, assert: &'m Assert) -> Option<Unheld<'m>> {
        let none = Exceptions::default();
        let pods = self.reach.ends().pods();
        let mut servers = assert.servers.iter();
        let has_pods = servers.any(|it| {
            let servers = self.ends.servers(&it.endpoint, &it.ports, &none);
            servers.iter().any(|(_, it)| it.meets(&pods))
        });
        let clients = assert.clients.iter().map(|it| &it.endpoint);
        let clients = on_nodes(self.ends, clients, &none).filter(|_| !assert.allow && has_pods);
        clients.map(|(hosts, nodes)| Unheld { hosts, nodes, to_own_pods: true })
    }
}
