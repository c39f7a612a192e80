//! One side with its policies applied: the connections of each end, as sets.

use super::pods;
use super::side::Side;
use crate::policy::Direction;
use crate::reachability::{EndId, EndsOnPorts, Opening, Pods, Reach, Row, Set};
use crate::scalar::{EVERY_PORT, PortRange};
use crate::validate;

/// A side with its policies applied.
pub(super) struct View<'r> {
    /// The policies, applied.
    pub(super) reach: &'r Reach<'r>,
    /// The existing ends: pods of the side's namespaces, and every address.
    pub(super) present: Set,
    /// The row of each class, by direction: egress, ingress.
    rows: [Vec<Row<'r>>; 2],
    /// The ends that no policy isolates, by direction: egress, ingress.
    free: [Set; 2],
}

fn at(way: Direction) -> usize {
    match way {
        Direction::Egress => 0,
        Direction::Ingress => 1,
    }
}

/// The other direction.
fn opposite(way: Direction) -> Direction {
    match way {
        Direction::Egress => Direction::Ingress,
        Direction::Ingress => Direction::Egress,
    }
}

impl<'r> View<'r> {
    /// Applies a side.
    pub(super) fn of(reach: &'r Reach<'r>, side: &Side<'_>) -> Self {
        let ends = reach.ends();
        // Every cluster has the namespace of its DNS, even if a side does not list it.
        let is_there = |it: &str| it == validate::DNS.0 || side.present.contains(it);
        let is_absent = |it: &Pods| !pods::are_strangers(it) && !is_there(&it.namespace);
        let absent = ends.classes().filter(|(_, it)| is_absent(it.pods));
        let absent: Set = absent.map(|(end, _)| end).collect();
        let present = ends.everybody().without(&absent);
        let rows = [Direction::Egress, Direction::Ingress]
            .map(|way| ends.classes().map(|(end, _)| reach.row(end, way)).collect::<Vec<_>>());
        let free = [0, 1].map(|way| {
            let rows = rows.get(way).into_iter().flatten();
            let closed =
                ends.classes().map(|(end, _)| end).zip(rows).filter(|(_, it)| !it.is_free());
            let closed: Set = closed.map(|(end, _)| end).collect();
            present.without(&closed)
        });
        Self { reach, present, rows, free }
    }

    /// Whether an end exists.
    pub(super) fn has(&self, end: EndId) -> bool {
        self.present.contains(end)
    }

    /// Whether an end exists and no policy isolates it in a direction.
    pub(super) fn is_open(&self, end: EndId, way: Direction) -> bool {
        self.has(end) && self.row(end, way).is_some_and(Row::is_free)
    }

    /// The connections that an end's own policies allow.
    pub(super) fn row(&self, end: EndId, way: Direction) -> Option<&Row<'r>> {
        self.rows.get(at(way))?.get(end.at())
    }

    /// The connections that an end's own policies allow, as openings; empty if the end does not exist.
    pub(super) fn openings(&self, end: EndId, way: Direction) -> Vec<Opening<'_>> {
        let everybody = self.reach.ends().everybody();
        if !self.has(end) {
            return Vec::new();
        }
        match self.row(end, way) {
            Some(row) => row.openings(everybody),
            None => vec![Opening { ports: EVERY_PORT, ends: everybody }],
        }
    }

    /// The ends among `others` that an end reaches, or that reach it: both sides allow the connection.
    pub(super) fn allowed(&self, end: EndId, way: Direction, others: &Set) -> Vec<EndsOnPorts> {
        let (mut pieces, mut single) =
            (Vec::new(), std::collections::BTreeMap::<Vec<PortRange>, Vec<EndId>>::new());
        let there = others.intersection(&self.present);
        let back = opposite(way);
        let free = self.free.get(at(back)).unwrap_or(Set::EMPTY);
        for opening in self.openings(end, way) {
            let all = opening.ends.intersection(&there);
            let open = all.intersection(free);
            if !open.is_empty() {
                pieces.push((opening.ports.to_vec(), open));
            }
            for other in all.without(free).iter() {
                let grants = self.row(other, back).into_iter().flat_map(Row::grants);
                for grant in grants.filter(|it| it.ends.contains(end)) {
                    let ports = both(opening.ports, &grant.ports);
                    if !ports.is_empty() {
                        single.entry(ports).or_default().push(other);
                    }
                }
            }
        }
        pieces.extend(single.into_iter().map(|(ports, ends)| (ports, ends.into_iter().collect())));
        pieces
    }
}

/// The intersection of two lists of ports.
fn both(one: &[PortRange], other: &[PortRange]) -> Vec<PortRange> {
    let mut all = Vec::new();
    for a in one {
        for b in other.iter().filter(|b| a.overlaps(**b)) {
            all.push(PortRange {
                protocol: a.protocol,
                from: a.from.max(b.from),
                to: a.to.min(b.to),
            });
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}
