//! The connections of one end in one direction: sets of other ends, each with ports.

use std::borrow::Cow;

use crate::scalar::{EVERY_PORT, PortRange, Protocol};

use super::ids::{EndId, PolicyId, RuleId};
use super::set::Set;

/// The connections of one end in one direction.
#[derive(Debug, Clone, Default)]
pub struct Row<'r> {
    isolating: Vec<PolicyId>,
    grants: Vec<RowGrant<'r>>,
    /// Connections that rules deny; empty if rules only allow.
    denials: Vec<RowGrant<'r>>,
}

/// Connections of one end that one rule decides.
#[derive(Debug, Clone)]
pub struct RowGrant<'r> {
    /// The deciding rule; `None`: no rule matches, and the last tier passes.
    pub at: Option<RuleId>,
    /// The ports.
    pub ports: Cow<'r, [PortRange]>,
    /// The other ends.
    pub ends: Cow<'r, Set>,
}

impl<'r> Row<'r> {
    pub(super) fn new(
        isolating: Vec<PolicyId>,
        grants: Vec<RowGrant<'r>>,
        denials: Vec<RowGrant<'r>>,
    ) -> Self {
        Self { isolating, grants, denials }
    }

    /// Whether no policy isolates the end, so that every connection is allowed.
    pub fn is_free(&self) -> bool {
        self.isolating.is_empty()
    }

    /// The policies that isolate the end.
    pub fn isolating(&self) -> &[PolicyId] {
        &self.isolating
    }

    /// The allowed connections of an isolated end, each with the rule that allows it. If the order of rules
    /// matters, connections that an earlier rule decides are removed from later ones.
    pub fn grants(&self) -> &[RowGrant<'r>] {
        &self.grants
    }

    /// The connections that rules deny, in the same form; empty if rules only allow.
    pub(super) fn denials(&self) -> &[RowGrant<'r>] {
        &self.denials
    }

    /// The allowed connections as openings; every connection if no policy isolates the end.
    pub fn openings(&'r self, everybody: &'r Set) -> Vec<Opening<'r>> {
        if self.is_free() {
            return vec![Opening { ports: EVERY_PORT, ends: everybody }];
        }
        self.grants.iter().map(|it| Opening { ports: &it.ports, ends: &it.ends }).collect()
    }
}

/// A set of ends with ports.
pub type EndsOnPorts = (Vec<PortRange>, Set);

/// A set of ends with ports, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'r> {
    /// The ports.
    pub ports: &'r [PortRange],
    /// The other ends.
    pub ends: &'r Set,
}

impl Opening<'_> {
    /// Whether the opening includes a port range that no opening splits.
    fn has(&self, range: PortRange) -> bool {
        self.ports.iter().any(|it| it.contains(range))
    }
}

/// Splits ports at every border of the lists. Ports that are in no list are omitted.
pub fn cut<'p>(lists: impl IntoIterator<Item = &'p [PortRange]>) -> Vec<PortRange> {
    let mut borders: Vec<(Protocol, u32)> = Vec::new();
    let mut all: Vec<PortRange> = lists.into_iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    for it in &all {
        borders.push((it.protocol, u32::from(it.from)));
        borders.push((it.protocol, u32::from(it.to) + 1));
    }
    borders.sort_unstable();
    borders.dedup();
    let pairs = borders.iter().zip(borders.iter().skip(1));
    let pairs = pairs.filter(|((protocol, _), (next, _))| protocol == next);
    let range = |((protocol, from), (_, to)): (&(Protocol, u32), &(Protocol, u32))| {
        let (from, to) = (u16::try_from(*from).ok()?, u16::try_from(to - 1).ok()?);
        let range = PortRange { protocol: *protocol, from, to };
        all.iter().any(|it| it.contains(range)).then_some(range)
    };
    pairs.filter_map(range).collect()
}

/// The ends of all openings that include a port range. No opening may split the range.
pub fn ends_on(openings: &[Opening<'_>], range: PortRange) -> Set {
    Set::union(openings.iter().filter(|it| it.has(range)).map(|it| it.ends))
}

/// The first difference between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The ports.
    pub range: PortRange,
    /// The other end.
    pub end: EndId,
    /// Whether only the first row has the connection; else only the second has it.
    pub is_in_first: bool,
}

/// The first difference between two rows: the smallest port, and on it the first end.
pub fn difference(first: &[Opening<'_>], second: &[Opening<'_>]) -> Option<Difference> {
    let ports = first.iter().chain(second).map(|it| it.ports);
    cut(ports).into_iter().find_map(|range| {
        let (one, other) = (ends_on(first, range), ends_on(second, range));
        if one == other {
            return None;
        }
        let (extra, missing) = (one.without(&other).first(), other.without(&one).first());
        let end = [extra, missing].into_iter().flatten().min()?;
        Some(Difference { range, end, is_in_first: extra == Some(end) })
    })
}
