//! Differences between two sides, computed per end: only ends whose own policies differ are compared.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::fate::Fate;
use super::view::View;
use crate::policy::Direction;
use crate::reachability::{EndId, EndsOnPorts, Opening, Row, Set, cut, difference, ends_on};
use crate::scalar::{EVERY_PORT, PortRange};

/// Connections with the same fate: each client to each server on each port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block<'o> {
    /// The owner whose policies change.
    pub(super) owner: &'o str,
    /// Whether the connections open or close.
    pub(super) fate: Fate,
    /// Set if policies begin or cease to isolate the clients (egress) or the servers (ingress). The block then
    /// includes only those of its connections that the other side of the comparison lacks.
    pub(super) sweep: Option<Direction>,
    /// The clients.
    pub(super) clients: Set,
    /// The servers.
    pub(super) servers: Set,
    /// The ports: sorted, neither overlapping nor adjacent.
    pub(super) ports: Vec<PortRange>,
}

/// Every connection that is allowed on one side only. It is listed by the end that becomes isolated or open,
/// else by the client if its egress differs, else by the server if its ingress differs.
pub(super) fn blocks<'o>(
    before: &View<'_>,
    after: &View<'_>,
    owner: &(dyn Fn(EndId) -> &'o str + Sync),
) -> Vec<Block<'o>> {
    let everybody = after.reach.ends().everybody();
    let clients = changed(before, after, Direction::Egress);
    let servers = changed(before, after, Direction::Ingress);
    // A policy that allows everything isolates no pod.
    let swept =
        [(&clients, Direction::Egress), (&servers, Direction::Ingress)].map(|(ends, way)| {
            [Fate::Opens, Fate::Closes].map(|fate| swept(before, after, ends, way, fate))
        });
    let delta = Delta { before, after, rest: everybody.without(&clients), swept, owner };
    let of = |ends: &Set, way: Direction| {
        let ends: Vec<EndId> = ends.iter().collect();
        ends.par_iter().flat_map_iter(|end| delta.of_end(*end, way)).collect::<Vec<_>>()
    };
    let mut all = of(&clients, Direction::Egress);
    all.extend(of(&servers, Direction::Ingress));
    all
}

/// The input of a comparison.
struct Delta<'d, 'r, 'o> {
    before: &'d View<'r>,
    after: &'d View<'r>,
    /// The clients whose own egress is the same on both sides.
    rest: Set,
    /// The ends that become isolated or open, by direction (egress, ingress) and fate (opens, closes).
    swept: [[Set; 2]; 2],
    owner: &'d (dyn Fn(EndId) -> &'o str + Sync),
}

/// The fate of all connections of an end in a direction, if policies begin or cease to isolate it.
fn sweep(before: &View<'_>, after: &View<'_>, end: EndId, way: Direction) -> Option<Fate> {
    match [before, after].map(|it| it.is_open(end, way)) {
        [true, false] => Some(Fate::Closes),
        [false, true] => Some(Fate::Opens),
        [true, true] | [false, false] => None,
    }
}

fn swept(before: &View<'_>, after: &View<'_>, ends: &Set, way: Direction, fate: Fate) -> Set {
    ends.iter().filter(|end| sweep(before, after, *end, way) == Some(fate)).collect()
}

/// The classes whose own policies differ in a direction, or that exist on one side only.
fn changed(before: &View<'_>, after: &View<'_>, way: Direction) -> Set {
    let classes: Vec<EndId> = before.reach.ends().classes().map(|(end, _)| end).collect();
    let differs = |end: &EndId| {
        if before.has(*end) != after.has(*end) {
            return true;
        }
        let rows = (before.row(*end, way), after.row(*end, way));
        let (Some(one), Some(other)) = rows else { return false };
        before.has(*end)
            && !are_alike(one, other)
            && difference(&before.openings(*end, way), &after.openings(*end, way)).is_some()
    };
    classes.into_par_iter().filter(differs).collect::<Vec<_>>().into_iter().collect()
}

/// Whether two rows have the same grants in any order: a fast path, since most rows are equal.
fn are_alike(one: &Row<'_>, other: &Row<'_>) -> bool {
    let grants = |row: &Row<'_>| {
        let mut all: Vec<(Vec<PortRange>, Set)> = row
            .grants()
            .iter()
            .map(|it| (it.ports.to_vec(), it.ends.clone().into_owned()))
            .collect();
        all.sort_unstable();
        all
    };
    one.is_free() == other.is_free()
        && one.grants().len() == other.grants().len()
        && (one
            .grants()
            .iter()
            .zip(other.grants())
            .all(|(a, b)| a.ports == b.ports && a.ends == b.ends)
            || grants(one) == grants(other))
}

impl<'o> Delta<'_, '_, 'o> {
    fn of_end(&self, end: EndId, way: Direction) -> Vec<Block<'o>> {
        let class = self.before.reach.ends().class(end);
        // A pod always reaches itself.
        let is_alone = class.is_some_and(|it| it.members.len() == 1 && it.pods.is_one);
        let one = Set::one(end);
        let everybody = self.after.reach.ends().everybody();
        let others = if is_alone { everybody.without(&one) } else { everybody.clone() };
        let [was, is] = [self.before, self.after].map(|it| it.allowed(end, way, &others));
        let block = |fate, sweep, ends, ports| {
            let (clients, servers) = match way {
                Direction::Egress => (one.clone(), ends),
                Direction::Ingress => (ends, one.clone()),
            };
            Block { owner: (self.owner)(end), fate, sweep, clients, servers, ports }
        };
        let sweep = sweep(self.before, self.after, end, way);
        let mut blocks = Vec::new();
        let mut is_swept = false;
        for (fate, ends, ports) in differences(&was, &is) {
            let [out, back] = self.swept.each_ref().map(|it| match fate {
                Fate::Opens => &it[0],
                Fate::Closes => &it[1],
            });
            let own = match way {
                Direction::Egress if sweep == Some(fate) => ends,
                Direction::Egress => ends.without(back),
                Direction::Ingress if sweep == Some(fate) => ends.without(out),
                Direction::Ingress => ends.intersection(&self.rest),
            };
            if own.is_empty() {
                continue;
            }
            if sweep == Some(fate) {
                is_swept = true;
            } else {
                blocks.push(block(fate, None, own, ports));
            }
        }
        if let Some(fate) = sweep.filter(|_| is_swept) {
            blocks.push(block(fate, Some(way), everybody.clone(), EVERY_PORT.to_vec()));
        }
        blocks
    }
}

/// The differences between two lists of connections: their fate, the other ends and the ports.
fn differences(was: &[EndsOnPorts], is: &[EndsOnPorts]) -> Vec<(Fate, Set, Vec<PortRange>)> {
    fn openings(pieces: &[EndsOnPorts]) -> Vec<Opening<'_>> {
        pieces.iter().map(|(ports, ends)| Opening { ports, ends }).collect()
    }
    let (old, new) = (openings(was), openings(is));
    let mut all = BTreeMap::<(Fate, Set), Vec<PortRange>>::new();
    for range in cut(was.iter().chain(is).map(|(ports, _)| ports.as_slice())) {
        let (old, new) = (ends_on(&old, range), ends_on(&new, range));
        for (fate, ends) in [(Fate::Opens, new.without(&old)), (Fate::Closes, old.without(&new))] {
            if !ends.is_empty() {
                add(all.entry((fate, ends)).or_default(), range);
            }
        }
    }
    all.into_iter().map(|((fate, ends), ports)| (fate, ends, ports)).collect()
}

/// Appends ports to a sorted list, and joins adjacent ranges.
pub(super) fn add(ports: &mut Vec<PortRange>, range: PortRange) {
    match ports.last_mut() {
        Some(last)
            if last.protocol == range.protocol
                && u32::from(last.to) + 1 == u32::from(range.from) =>
        {
            last.to = range.to;
        }
        _ => ports.push(range),
    }
}
