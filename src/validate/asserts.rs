//! Assertions: tests in the source, evaluated on what the objects allow.

use rayon::prelude::*;

use super::connections::{Connection, contrary};
use super::guardrails::{Unheld, apart, on_nodes};
use super::places::Places;
use super::rule_ends::{Exceptions, RuleEnds};
use crate::model::{Assert, Client, Endpoint, Model, Server};
use crate::reachability::{EndsOnPorts, Reach, Set};

/// What comes of an assertion that does not simply hold.
pub(super) enum Outcome<'m> {
    /// It does not hold.
    Fails(Failure<'m>),
    /// It holds as far as it can be evaluated: the addresses of an end are not known.
    Unknown(&'m Assert, &'m Endpoint),
    /// It holds, but for some pods that are told apart: those that two selectors select together, or those of a
    /// snapshot.
    Overlap(Failure<'m>),
    /// It holds, but for pods of the nodes on which its clients run.
    Unheld(&'m Assert, Unheld<'m>),
}

impl Outcome<'_> {
    /// Whether the assertion holds, as far as the source tells pods apart.
    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Overlap(..) | Self::Unheld(..))
    }
}

/// A connection that is not as an assertion has it.
pub(super) struct Failure<'m> {
    /// What fails.
    pub(super) assert: &'m Assert,
    /// Whom the assertion names as the client.
    pub(super) client: &'m Client,
    /// Whom it names as the server.
    pub(super) server: &'m Server,
    /// What shows it.
    pub(super) connection: Connection,
}

/// Evaluates the assertions: what does not hold, with the first connection that shows it, in the order
/// of the source.
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

    /// The ends of a pair. That somebody must not connect is asked of workloads on their nodes' network, too.
    fn sides(&self, assert: &Assert, client: &Client, server: &Server) -> (Set, Vec<EndsOnPorts>) {
        let (client, ports, server) = (&client.endpoint, &server.ports, &server.endpoint);
        if assert.allow {
            return (self.places.as_client(client), self.places.as_server(server, ports));
        }
        let none = Exceptions::default();
        (self.ends.clients(client, &none), self.ends.servers(server, ports, &none))
    }

    /// Whether an end has workloads on the network of nodes whose addresses are not known.
    fn lacks_nodes(&self, endpoint: &Endpoint) -> bool {
        self.places.nodes().is_empty() && !self.ends.hosts(endpoint).is_empty()
    }

    /// The clients on nodes, which reach the pods of their own node whatever policies say.
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
