//! Connections with the same fate on the same ports, put together: a few lines instead of a matrix.
//! What allows is told apart by its rule; what is denied is not by whom.

use std::collections::BTreeMap;

use super::context::{Alike, Connection};
use crate::reachability::{Decision, EndId, RuleId, Set, Verdict};
use crate::scalar::PortRange;

/// Who connects to whom on which ports, with one fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The clients.
    pub(super) clients: Set,
    /// The servers: each client to each of them.
    pub(super) servers: Set,
    /// On which ports.
    pub(super) ports: Vec<PortRange>,
    /// The first connection, which stands for all.
    pub(super) example: Connection,
}

/// What decides on one side, comparable.
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

/// Puts connections together whose fate has the same reasons on both sides.
pub(super) fn of(connections: &[Alike]) -> Vec<Group> {
    let mut pairs = BTreeMap::<(Reason, Reason, EndId, &Set), (Vec<PortRange>, &Connection)>::new();
    for Alike { servers, first } in connections {
        let Verdict { egress, ingress } = &first.verdict;
        let row = pairs.entry((reason(egress), reason(ingress), first.client, servers));
        row.or_insert_with(|| (Vec::new(), first)).0.push(first.range);
    }
    // Servers of one client with the same ports, then clients with the same servers.
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
