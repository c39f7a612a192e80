//! Merges halves of flows to few, readable rules: equal peers get the union of their ports, peers with equal
//! ports share a rule, equal pods of several namespaces become one peer, and peers that another peer covers are
//! dropped. The rules allow nothing that no half allows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ipnet::IpNet;

use super::peers::{self, Peer, PeerKey};
use crate::model::{Endpoint, Selector};
use crate::policy::{self, Action, Port, Provenance};
use crate::scalar::{PodPort, PortRange, PortSet};
use crate::source::Site;

/// One direction of one flow, as one policy states it.
#[derive(Debug, Clone)]
pub(super) struct DirectedFlow<'m> {
    /// Clients that may connect to the pods, or servers that the pods may reach.
    pub(super) peer: Peer<'m>,
    /// The pod ports.
    pub(super) ports: Cow<'m, PortSet>,
    /// The flow.
    pub(super) site: Site,
    /// The other end of the flow; the peer is a part of it.
    pub(super) end: &'m Endpoint,
}

/// A rule, and the ends of the flows that were merged to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule<'m> {
    /// The rule, with the flows that made each part of it.
    pub(super) rule: policy::Rule,
    /// The other end of each half, with its flow.
    pub(super) ends: Vec<(Site, &'m Endpoint)>,
}

/// What is known about a peer: each half that names it.
type DirectedFlows<'h, 'm> = Vec<&'h DirectedFlow<'m>>;

/// Position of a peer in its rule, and of its rule among the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum PeerOrder<'m> {
    Own(&'m Selector),
    Namespaces(Vec<&'m str>, &'m Selector),
    Block(IpNet, Vec<IpNet>),
    Anyone,
}

/// The rules of one direction of one policy in the namespace with a real name.
pub(super) fn rules<'m>(own: &str, halves: &[DirectedFlow<'m>]) -> Vec<Rule<'m>> {
    let mut by_peer = BTreeMap::<&Peer<'m>, DirectedFlows<'_, 'm>>::new();
    for half in halves.iter().filter(|it| !it.ports.is_empty()) {
        by_peer.entry(&half.peer).or_default().push(half);
    }
    let mut by_ports = BTreeMap::<PortSet, Vec<(&Peer<'m>, DirectedFlows<'_, 'm>)>>::new();
    let left = if may_cover(&by_peer) { without_covered(&by_peer) } else { by_peer };
    for (peer, halves) in left {
        by_ports.entry(union(&halves)).or_default().push((peer, halves));
    }
    let mut rules: Vec<_> =
        by_ports.into_iter().map(|(ports, peers)| rule(own, &ports, peers)).collect();
    rules.sort_by(|left, right| left.0.cmp(&right.0));
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Whether a peer may cover another: there is more than one network, everyone, or different pods of one namespace. In a
/// large program few policies need the index that finds out.
fn may_cover(by_peer: &BTreeMap<&Peer<'_>, DirectedFlows<'_, '_>>) -> bool {
    let (mut has_block, mut last) = (false, None);
    by_peer.keys().any(|peer| match peer {
        // The peers are sorted: those of one namespace are neighbors.
        Peer::Pods { namespace, .. } => last.replace(*namespace) == Some(*namespace),
        Peer::Block { .. } => std::mem::replace(&mut has_block, true),
        Peer::Anyone => by_peer.len() > 1,
    })
}

/// Drops peers that another peer covers with all their ports. Their flows become flows of the covering peer,
/// because its rule lets them through.
fn without_covered<'h, 'm>(
    by_peer: &BTreeMap<&'h Peer<'m>, DirectedFlows<'h, 'm>>,
) -> BTreeMap<&'h Peer<'m>, DirectedFlows<'h, 'm>> {
    let ports: BTreeMap<&Peer<'_>, PortSet> =
        by_peer.iter().map(|(peer, halves)| (*peer, union(halves))).collect();
    let mut index = BTreeMap::<PeerKey<'_>, Vec<&Peer<'_>>>::new();
    for peer in by_peer.keys() {
        for key in peer.keys() {
            index.entry(key).or_default().push(peer);
        }
    }
    let holds = |outer: &Peer<'_>, inner: &Peer<'_>| {
        outer.covers(inner) && ports[outer].contains(&ports[inner])
    };
    let covering = |peer: &'h Peer<'m>| {
        let keys = peer.keys_of_wider();
        let others = keys.iter().filter_map(|it| index.get(it)).flatten().copied();
        // Of two peers that cover each other, the first one is kept.
        others
            .filter(|it| *it != peer && holds(it, peer) && (*it < peer || !holds(peer, it)))
            .min_by_key(|it| (**it != Peer::Anyone, *it))
    };
    let mut left = BTreeMap::<&Peer<'_>, DirectedFlows<'_, '_>>::new();
    for (peer, halves) in by_peer {
        let mut stays: &Peer<'_> = peer;
        while let Some(outer) = covering(stays) {
            stays = outer;
        }
        left.entry(stays).or_default().extend(halves);
    }
    left
}

fn union(halves: &[&DirectedFlow<'_>]) -> PortSet {
    if let [only] = halves {
        return only.ports.clone().into_owned();
    }
    let mut ports: Vec<PodPort> = Vec::new();
    for half in halves {
        match half.ports.as_ref() {
            PortSet::Any => return PortSet::Any,
            PortSet::Some(some) => ports.extend(some),
        }
    }
    PortSet::of(ports)
}

/// Makes one rule for peers that have the same ports.
fn rule<'m>(
    own: &str,
    ports: &PortSet,
    peers: Vec<(&Peer<'m>, DirectedFlows<'_, 'm>)>,
) -> ((PeerOrder<'m>, PortSet), Rule<'m>) {
    let all: DirectedFlows<'_, 'm> = peers.iter().flat_map(|(_, halves)| halves).copied().collect();
    let mut placed = BTreeMap::<PeerOrder<'m>, Vec<Site>>::new();
    let mut namespaces = BTreeMap::<&Selector, (Vec<&str>, Vec<Site>)>::new();
    for (peer, halves) in peers {
        let sites = halves.iter().map(|it| it.site);
        let place = match peer {
            Peer::Pods { namespace, pods } if *namespace == own => PeerOrder::Own(pods),
            Peer::Pods { namespace, pods } => {
                let entry = namespaces.entry(pods).or_default();
                entry.0.push(namespace);
                entry.1.extend(sites);
                continue;
            }
            Peer::Block { network, except } => PeerOrder::Block(*network, except.to_vec()),
            Peer::Anyone => PeerOrder::Anyone,
        };
        placed.entry(place).or_default().extend(sites);
    }
    for (pods, (names, sites)) in namespaces {
        placed.insert(PeerOrder::Namespaces(each_once(names), pods), sites);
    }
    let first = placed.keys().next().cloned().unwrap_or(PeerOrder::Anyone);
    let open = placed.contains_key(&PeerOrder::Anyone);
    let peers = placed.into_iter().filter_map(|(place, sites)| {
        let peer = match place {
            PeerOrder::Own(pods) => peers::own_pods(pods),
            PeerOrder::Namespaces(names, pods) => peers::pods_of(&names, pods),
            PeerOrder::Block(network, except) => policy::Peer::Block { network, except },
            PeerOrder::Anyone => return None,
        };
        Some((peer, each_once(sites)))
    });
    let (peers, of_peers): (Vec<_>, _) = if open { Default::default() } else { peers.unzip() };
    let (numbers, of_ports) = numbers(ports, &all);
    let rule = policy::Rule {
        action: Action::Allow,
        peers: (!open).then_some(peers),
        ports: numbers,
        note: None,
        provenance: Provenance {
            rule: each_once(all.iter().map(|it| it.site).collect()),
            peers: of_peers,
            ports: of_ports,
        },
    };
    let ends = all.iter().map(|it| (it.site, it.end)).collect();
    ((first, ports.clone()), Rule { rule, ends })
}

/// The ports of a rule in the order of their numbers, and the flows behind each; `None`: every port.
fn numbers(ports: &PortSet, halves: &[&DirectedFlow<'_>]) -> (Option<Vec<Port>>, Vec<Vec<Site>>) {
    let PortSet::Some(ports) = ports else { return (None, Vec::new()) };
    let mut sorted: Vec<PortRange> = ports.iter().map(|it| it.0).collect();
    sorted.sort_unstable_by_key(|it| (it.from, it.to, it.protocol));
    let opens = |half: &&&DirectedFlow<'_>, range: PortRange| match half.ports.as_ref() {
        PortSet::Any => true,
        PortSet::Some(ports) => ports.iter().any(|it| it.0.overlaps(range)),
    };
    let port = |range: PortRange| {
        let made = halves.iter().filter(|it| opens(it, range)).map(|it| it.site);
        (Port::Numbers(range), each_once(made.collect()))
    };
    let (numbers, sites) = sorted.into_iter().map(port).unzip();
    (Some(numbers), sites)
}

/// Sorts values and drops duplicates.
fn each_once<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
