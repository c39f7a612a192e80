//! What differs between two sides, end by end: only ends whose own policies differ are looked at.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::fate::Fate;
use super::view::View;
use crate::policy::Direction;
use crate::reachability::{EndId, EndsOnPorts, Opening, Row, Set, cut, difference, ends_on};
use crate::scalar::{EVERY_PORT, PortRange};

/// Connections with one fate: each client to each server on each port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block<'o> {
    /// Whose policies change.
    pub(super) owner: &'o str,
    /// What becomes of them.
    pub(super) fate: Fate,
    /// Whether policies begin or cease to hold the clients back (egress) or the servers: then of all these
    /// connections those are meant that the other side of the comparison does not have.
    pub(super) sweep: Option<Direction>,
    /// Who opens them.
    pub(super) clients: Set,
    /// To whom.
    pub(super) servers: Set,
    /// On which ports: sorted, neither overlapping nor touching.
    pub(super) ports: Vec<PortRange>,
}

/// Every connection that is allowed on one side only: by the ends that begin or cease to be held back, else by
/// the clients whose own side differs, else by the servers whose own side does.
pub(super) fn blocks<'o>(
    before: &View<'_>,
    after: &View<'_>,
    owner: &(dyn Fn(EndId) -> &'o str + Sync),
) -> Vec<Block<'o>> {
    let everybody = after.reach.ends().everybody();
    let clients = changed(before, after, Direction::Egress);
    let servers = changed(before, after, Direction::Ingress);
    // A policy that lets everything through holds nobody back.
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

/// What is looked at.
struct Delta<'d, 'r, 'o> {
    before: &'d View<'r>,
    after: &'d View<'r>,
    /// The clients whose own side is the same.
    rest: Set,
    /// The ends that policies begin or cease to hold back: out and in, what opens and what closes.
    swept: [[Set; 2]; 2],
    owner: &'d (dyn Fn(EndId) -> &'o str + Sync),
}

/// What becomes of everything that an end does in a direction, where policies begin or cease to hold it back.
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

/// The classes that may do something else by their own policies, or are there on one side only.
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

/// Whether two rows grant the same, in whatever order: most do, and are compared no further.
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

/// With whom something changes, each on which ports.
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

/// Adds ports behind those that are there.
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
