//! Groups of connections with the same verdict on the same ports: a few lines instead of a matrix. Allowed
//! connections are grouped by rule; denied ones are grouped regardless of the policies that deny them.

use std::collections::BTreeMap;

use super::context::{Alike, Connection};
use crate::reachability::{Decision, EndId, RuleId, Set, Verdict};
use crate::scalar::PortRange;

/// Connections of clients to servers with the same verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The clients.
    pub(super) clients: Set,
    /// The servers; each client connects to each of them.
    pub(super) servers: Set,
    /// The ports.
    pub(super) ports: Vec<PortRange>,
    /// The first connection, as a representative.
    pub(super) example: Connection,
}

/// A comparable key of the decision on one side.
type Reason = (u8, Option<RuleId>);

fn reason(decision: &Decision) -> Reason {
    match decision {
        Decision::Allowed(at) => (0, Some(*at)),
        Decision::Open => (1, None),
        Decision::Outside => (2, None),
        Decision::SamePod => (3, None),
        Decision::Denied(_) => (4, None),
    }
}

/// Groups connections by the decisions on both sides.
pub(super) fn of(connections: &[Alike]) -> Vec<Group> {
    let mut pairs = BTreeMap::<(Reason, Reason, EndId, &Set), (Vec<PortRange>, &Connection)>::new();
    for Alike { servers, first } in connections {
        let Verdict { egress, ingress } = &first.verdict;
        let row = pairs.entry((reason(egress), reason(ingress), first.client, servers));
        row.or_insert_with(|| (Vec::new(), first)).0.push(first.range);
    }
    // Merges servers of one client with the same ports, then clients with the same servers.
    let mut rows = BTreeMap::<_, (Vec<&Set>, &Connection)>::new();
    for ((egress, ingress, client, servers), (mut ports, example)) in pairs {
        ports.sort_unstable();
        let row = rows.entry((egress, ingress, ports, client));
        row.or_insert_with(|| (Vec::new(), example)).0.push(servers);
    }
    let mut groups = BTreeMap::<_, (Vec<EndId>, &Connection)>::new();
    for ((egress, ingress, ports, client), (servers, example)) in rows {
        let servers = Set::union(servers);
        let row = groups.entry((egress, ingress, ports, servers));
        row.or_insert_with(|| (Vec::new(), example)).0.push(client);
    }
    let group = |((_, _, ports, servers), (clients, example)): (
        (_, _, _, _),
        (Vec<EndId>, &Connection),
    )| {
        Group { clients: clients.into_iter().collect(), servers, ports, example: example.clone() }
    };
    groups.into_iter().map(group).collect()
}
