//! Candidates for the allowed connections of a list, found without evaluating each pair: servers that a
//! client's rules do not distinguish are evaluated once, and pairs without a matching rule on one side are
//! skipped.

use std::collections::BTreeMap;

use crate::policy::Direction;
use crate::reachability::{EndId, Reach, Row, Set};

/// The servers of a question, grouped by their ingress policies.
pub(super) struct Candidates<'r> {
    /// The ingress rows of servers that a policy isolates.
    guarded: BTreeMap<EndId, Row<'r>>,
    /// The other servers: pods, and addresses. A client's rules are evaluated once for all servers that they do
    /// not distinguish.
    open: [Set; 2],
    /// For each client with open egress, the isolated servers that allow it.
    let_in: BTreeMap<EndId, Vec<EndId>>,
    nothing: Row<'r>,
}

impl<'r> Candidates<'r> {
    /// Computes the candidates of all servers of a question for its clients.
    pub(super) fn of(reach: &'r Reach<'r>, clients: &Set, servers: &Set) -> Self {
        let rows = servers.iter().map(|it| (it, reach.row(it, Direction::Ingress)));
        let guarded: BTreeMap<EndId, Row<'r>> = rows.filter(|(_, row)| !row.is_free()).collect();
        let open = servers.without(&guarded.keys().copied().collect());
        let pods: Set = reach.ends().classes().map(|(it, _)| it).collect();
        let is_free = |it: &EndId| reach.row(*it, Direction::Egress).is_free();
        let free: Set = clients.iter().filter(is_free).collect();
        let mut let_in = BTreeMap::<EndId, Vec<EndId>>::new();
        for (server, row) in &guarded {
            for client in granted(row, *server).intersection(&free).iter() {
                let_in.entry(client).or_default().push(*server);
            }
        }
        let open = [open.intersection(&pods), open.without(&pods)];
        Self { guarded, open, let_in, nothing: Row::default() }
    }

    /// The ingress row of a server.
    pub(super) fn row(&self, server: EndId) -> &Row<'r> {
        self.guarded.get(&server).unwrap_or(&self.nothing)
    }

    /// The candidates among some servers that a client may reach, grouped where its rules do not distinguish
    /// them; and whether every server is a candidate.
    pub(super) fn for_client(
        &self,
        (client, out): (EndId, &Row<'r>),
        servers: &Set,
    ) -> (Vec<Set>, bool) {
        let own = Set::one(client);
        let is_free = out.is_free();
        let within =
            if is_free { servers.clone() } else { servers.intersection(&granted(out, client)) };
        let mut reachable = Vec::new();
        for open in &self.open {
            let open = within.intersection(open);
            for part in [open.intersection(&own), open.without(&own)] {
                reachable.extend(part.cut_by(out.grants().iter().map(|it| it.ends.as_ref())));
            }
        }
        let mut count: usize = reachable.iter().map(Set::len).sum();
        let mut add = |server: EndId| {
            count += 1;
            reachable.push(Set::one(server));
        };
        if is_free {
            let let_in = self.let_in.get(&client).into_iter().flatten();
            let_in.copied().filter(|it| within.contains(*it)).for_each(&mut add);
        } else {
            let lets_in = |it: &EndId| {
                let row = self.guarded.get(it);
                row.is_some_and(|row| {
                    *it == client || row.grants().iter().any(|it| it.ends.contains(client))
                })
            };
            within.iter().filter(lets_in).for_each(&mut add);
        }
        (reachable, count == servers.len())
    }
}

/// The ends that a row may allow: those of its grants, and the end itself, since a single pod always reaches
/// itself.
fn granted(row: &Row<'_>, own: EndId) -> Set {
    Set::union(row.grants().iter().map(|it| it.ends.as_ref()).chain([&Set::one(own)]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::query::context::{Asked, Connection, Context, Provenance, Spot};
    use crate::query::parse;
    use crate::reachability::{Cluster, PolicyId, RuleId};
    use crate::read::tests::agreement::cluster;
    use crate::scalar::{EVERY_PORT, PortRange};

    struct Nothing;

    impl Provenance for Nothing {
        fn name(&self, _: EndId) -> String {
            String::new()
        }

        fn rule(&self, _: RuleId, _: EndId, _: PortRange) -> Vec<Spot> {
            Vec::new()
        }

        fn policy(&self, _: PolicyId, _: Direction) -> Vec<Spot> {
            Vec::new()
        }

        fn way_out(&self, _: &Connection, _: &[PortRange]) -> Vec<String> {
            Vec::new()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_list_has_what_asking_each_pair_finds(objects in cluster(), some in any::<u32>()) {
            let mut cluster = Cluster::default();
            for object in &objects {
                crate::read::object(object).expect("sound").add_to(&mut cluster);
            }
            let reach = Reach::of(&cluster, &[]);
            let everybody = reach.ends().everybody();
            // Includes questions about a subset of the ends.
            let part: Set = everybody.iter().filter(|it| some >> (it.at() % 32) & 1 == 1).collect();
            for (clients, servers) in
                [(everybody, everybody), (&part, everybody), (everybody, &part)]
            {
                let asked = Asked {
                    question: parse("* -> *").expect("a question"),
                    clients: clients.clone(),
                    servers: vec![(EVERY_PORT.to_vec(), servers.clone())],
                    notes: Vec::new(),
                };
                let context = Context { reach: &reach, around: &Nothing, named: Vec::new() };
                let (found, is_some_denied) = context.allowed(&asked);
                let mut listed = BTreeSet::new();
                for it in found {
                    for server in it.servers.iter() {
                        let connection = Connection { server, ..it.first.clone() };
                        prop_assert!(listed.insert(format!("{connection:?}")), "twice: {connection:?}");
                    }
                }
                let (allowed, denied): (Vec<Connection>, Vec<Connection>) =
                    context.connections(&asked).partition(|it| it.verdict.is_allowed());
                let allowed: BTreeSet<String> = allowed.iter().map(|it| format!("{it:?}")).collect();
                prop_assert_eq!(listed, allowed);
                prop_assert_eq!(is_some_denied, !denied.is_empty());
            }
        }
    }
}
