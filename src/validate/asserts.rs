//! Assertions: tests in the source, evaluated on what the objects allow.

use rayon::prelude::*;

use super::guardrails::{Unheld, apart, on_nodes};
use super::places::{Place, Places};
use super::rule_ends::{Exceptions, RuleEnds};
use crate::model::{Assert, Client, Endpoint, Model, Server};
use crate::policy::Direction;
use crate::reachability::{EndId, Opening, Reach, Row, Set, cut, ends_on};
use crate::scalar::PortRange;

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

/// A connection: the client's end, the server's end, and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection {
    /// The client's end.
    pub(super) from: EndId,
    /// The server's end.
    pub(super) to: EndId,
    /// On which ports.
    pub(super) range: PortRange,
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
    fn sides(&self, assert: &Assert, client: &Client, server: &Server) -> (Set, Vec<Place>) {
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

/// The first connection that is allowed where it must not be, or the other way round. It goes through
/// the smaller side, and through those of the other side only with whom that side's policies leave the
/// question open; a side without pods has no policies and leaves it open for all.
pub(super) fn contrary(
    reach: &Reach<'_>,
    clients: &Set,
    servers: &Set,
    ports: &[PortRange],
    must: bool,
) -> Option<Connection> {
    if clients.is_empty() || servers.is_empty() {
        return None;
    }
    let pods = reach.ends().pods();
    let by_client = match (clients.meets(&pods), servers.meets(&pods)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) | (false, false) => clients.len() < servers.len(),
    };
    let (outer, inner, way, other_way) = if by_client {
        (clients, servers, Direction::Egress, Direction::Ingress)
    } else {
        (servers, clients, Direction::Ingress, Direction::Egress)
    };
    outer.iter().find_map(|one| {
        let row = reach.row(one, way);
        let openings = row.openings(reach.ends().everybody());
        let found = within(ports, &openings).into_iter().find_map(|range| {
            let open = ends_on(&openings, range);
            let closed = inner.without(&open).first().filter(|_| must);
            if let Some(other) = closed {
                return Some((other, range));
            }
            inner.intersection(&open).iter().find_map(|other| {
                let row = reach.row(other, other_way);
                half(reach, &row, one, range, must).map(|range| (other, range))
            })
        });
        let (other, range) = found?;
        let (from, to) = if by_client { (one, other) } else { (other, one) };
        Some(Connection { from, to, range })
    })
}

/// The first ports of a range on which one side does not do with an end what it must.
fn half(
    reach: &Reach<'_>,
    row: &Row<'_>,
    end: EndId,
    range: PortRange,
    must: bool,
) -> Option<PortRange> {
    let openings = row.openings(reach.ends().everybody());
    within(&[range], &openings).into_iter().find(|range| {
        let is_open = openings
            .iter()
            .any(|it| it.ends.contains(end) && it.ports.iter().any(|it| it.contains(*range)));
        is_open != must
    })
}

/// Ports cut where openings begin or end.
fn within(ports: &[PortRange], openings: &[Opening<'_>]) -> Vec<PortRange> {
    let lists = openings.iter().map(|it| it.ports);
    let mut pieces = cut(lists.chain([ports]));
    pieces.retain(|it| ports.iter().any(|asked| asked.contains(*it)));
    pieces
}
