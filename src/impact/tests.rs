//! The reported changes equal those of a naive evaluation of both sides, for every connection.

use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::Value;

use super::delta::{self, Block};
use super::{Fate, Found, Side, merge, viewed};
use crate::reachability::{EndId, Reach};
use crate::read;
use crate::read::tests::agreement::{OUTSIDE, cluster};
use crate::read::tests::naive::{self, End, Packet};
use crate::read::tests::port;
use crate::scalar::{PortRange, Protocol};

fn side<'v>(objects: impl Iterator<Item = &'v Value>) -> Side<'static> {
    let mut side = Side::default();
    for it in objects {
        let found = side.find(it, || Found { owner: None, source: None });
        assert_eq!(found, None);
    }
    side
}

fn end(reach: &Reach<'_>, pod: &Value) -> EndId {
    let is = |at: &usize| {
        let pods = reach.cluster().pods.get(*at);
        pods.is_some_and(|it| {
            pod["metadata"]["namespace"] == it.namespace && pod["metadata"]["name"] == it.name
        })
    };
    let mut classes = reach.ends().classes();
    classes.find(|(_, it)| it.members.iter().any(is)).expect("every pod has a class").0
}

fn says(block: &Block<'_>, from: EndId, to: EndId, range: PortRange) -> bool {
    block.clients.contains(from)
        && block.servers.contains(to)
        && block.ports.iter().any(|it| it.contains(range))
}

/// The pods of one cluster, with two versions of policies and namespace labels.
fn both() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    (cluster(), cluster(), any::<bool>()).prop_map(|(before, other, keeps)| {
        let mut after: Vec<Value> =
            before.iter().filter(|it| it["kind"] == "Pod").cloned().collect();
        after.extend(other.into_iter().filter(|it| it["kind"] != "Pod"));
        if keeps {
            // Realistic changes keep most objects: remove one policy.
            after = before.clone();
            let policy = after.iter().rposition(|it| it["kind"] == "NetworkPolicy");
            if let Some(at) = policy {
                after.remove(at);
            }
        }
        (before, after)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_lines_say_exactly_what_changes((before, after) in both()) {
        let sides = [side(before.iter()), side(after.iter())];
        let (cluster, _) = read::cluster(&before);
        let outside: Vec<IpAddr> = OUTSIDE.iter().map(|it| it.parse().expect("ok")).collect();
        let cuts = outside.iter().copied().map(ipnet::IpNet::from).collect();
        let [one, other] = &sides;
        viewed([one, other], cluster.pods, cuts, |[was, is]| {
            let blocks = merge::merged(delta::blocks(was, is, &|_| ""));
            let pods = before.iter().filter(|it| it["kind"] == "Pod");
            let pods = pods.filter(|it| it["spec"]["hostNetwork"] != true);
            let pods = pods.map(|it| (End::Pod(it), end(was.reach, it)));
            let ends = was.reach.ends();
            let outside = outside.iter().map(|it| (End::Address(*it), ends.of_address(*it)));
            let everybody: Vec<_> = pods.chain(outside).collect();
            for (at, (client, from)) in everybody.iter().enumerate() {
                for (_, (server, to)) in everybody.iter().enumerate().filter(|(it, _)| *it != at) {
                    let is_pod = |end: EndId| ends.class(end).is_some();
                    if !is_pod(*from) && !is_pod(*to) {
                        continue;
                    }
                    if from == to && ends.class(*from).is_some_and(|it| it.members.len() == 1) {
                        continue;
                    }
                    for number in 1..8 {
                        for (protocol, word) in
                            [(Protocol::Tcp, "TCP"), (Protocol::Udp, "UDP"), (Protocol::Sctp, "SCTP")]
                        {
                            let packet = Packet { protocol: word, port: number };
                            let [old, new] = [&before, &after]
                                .map(|it| naive::allows(it, *client, *server, packet));
                            let range = port(protocol, number);
                            let count = |fate: Fate, swept: bool| {
                                let blocks = blocks.iter().filter(|it| it.fate == fate);
                                let blocks = blocks.filter(|it| it.sweep.is_some() == swept);
                                blocks.filter(|it| says(it, *from, *to, range)).count()
                            };
                            for (fate, is_so) in
                                [(Fate::Opens, !old && new), (Fate::Closes, old && !new)]
                            {
                                let (plain, swept) = (count(fate, false), count(fate, true));
                                prop_assert!(
                                    if is_so { plain + swept > 0 && plain < 2 } else { plain == 0 },
                                    "{:?} -> {:?}, {:?}: {} {}, {:?} {} and {}",
                                    client, server, packet, old, new, fate, plain, swept
                                );
                            }
                        }
                    }
                }
            }
            Ok(())
        })?;
    }
}
