//! Search for the first connection between two sets of ends that violates an expectation.

use crate::policy::Direction;
use crate::reachability::{EndId, Opening, Reach, Row, Set, cut, ends_on};
use crate::scalar::PortRange;

/// A connection: the client's end, the server's end, and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection {
    /// The client's end.
    pub(super) from: EndId,
    /// The server's end.
    pub(super) to: EndId,
    /// The ports.
    pub(super) range: PortRange,
}

/// The first connection that is allowed although it must be denied, or denied although it must be allowed
/// (`must`). The search iterates over the smaller side, and checks the other side only for ends that the
/// smaller side's policies do not already decide. A side without pods has no policies, and decides nothing.
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
                first_contrary(reach, &row, one, range, must).map(|range| (other, range))
            })
        });
        let (other, range) = found?;
        let (from, to) = if by_client { (one, other) } else { (other, one) };
        Some(Connection { from, to, range })
    })
}

/// The first ports of a range on which one side's treatment of an end differs from `must`.
fn first_contrary(
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

/// Ports, split where openings begin or end.
fn within(ports: &[PortRange], openings: &[Opening<'_>]) -> Vec<PortRange> {
    let lists = openings.iter().map(|it| it.ports);
    let mut pieces = cut(lists.chain([ports]));
    pieces.retain(|it| ports.iter().any(|asked| asked.contains(*it)));
    pieces
}
