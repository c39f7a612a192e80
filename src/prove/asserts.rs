//! Assertions: tests in the source, evaluated on what the objects allow.

use rayon::prelude::*;

use super::places::Places;
use crate::model::{Assert, Client, Endpoint, Model, Server};
use crate::scalar::PortRange;
use crate::verify::{Direction, Opening, Reach, Row, Set, cut, ends_on};

/// What comes of an assertion that does not simply hold.
pub(super) enum Outcome<'m> {
    /// It does not hold.
    Fails(Failure<'m>),
    /// The addresses of an end are not known.
    Unknown(&'m Assert, &'m Endpoint),
}

/// A connection that is not as an assertion has it.
pub(super) struct Failure<'m> {
    /// What fails.
    pub(super) assert: &'m Assert,
    /// Whom the assertion names as the client.
    pub(super) client: &'m Client,
    /// Whom it names as the server.
    pub(super) server: &'m Server,
    /// The client's end.
    pub(super) from: u32,
    /// The server's end.
    pub(super) to: u32,
    /// On which ports.
    pub(super) range: PortRange,
}

/// Evaluates the assertions: what does not hold, with the first connection that shows it, in the order
/// of the source.
pub(super) fn outcomes<'m>(
    model: &'m Model,
    places: &Places<'_>,
    reach: &Reach<'_>,
) -> Vec<Outcome<'m>> {
    model.asserts.par_iter().filter_map(|it| outcome(places, reach, it)).collect()
}

fn outcome<'m>(places: &Places<'_>, reach: &Reach<'_>, assert: &'m Assert) -> Option<Outcome<'m>> {
    let pairs = assert
        .clients
        .iter()
        .flat_map(|client| assert.servers.iter().map(move |server| (client, server)));
    pairs.into_iter().find_map(|(client, server)| {
        let clients = places.as_client(&client.endpoint);
        let servers = places.as_server(&server.endpoint, &server.ports);
        if clients.is_empty() {
            return Some(Outcome::Unknown(assert, &client.endpoint));
        }
        if servers.iter().all(|(_, it)| it.is_empty()) {
            return Some(Outcome::Unknown(assert, &server.endpoint));
        }
        let (from, to, range) = servers
            .iter()
            .find_map(|(ports, servers)| contrary(reach, &clients, servers, ports, assert.allow))?;
        Some(Outcome::Fails(Failure { assert, client, server, from, to, range }))
    })
}

/// The first connection that is allowed where it must not be, or the other way round. It goes through
/// the smaller side, and through those of the other side only with whom that side's policies leave the
/// question open.
fn contrary(
    reach: &Reach<'_>,
    clients: &Set,
    servers: &Set,
    ports: &[PortRange],
    must: bool,
) -> Option<(u32, u32, PortRange)> {
    let by_client = clients.len() < servers.len();
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
        Some(if by_client { (one, other, range) } else { (other, one, range) })
    })
}

/// The first ports of a range on which one side does not do with an end what it must.
fn half(
    reach: &Reach<'_>,
    row: &Row<'_>,
    end: u32,
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
