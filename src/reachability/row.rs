//! What one end may do in one direction: sets of ends, each on some ports.

use std::borrow::Cow;

use crate::scalar::{EVERY_PORT, PortRange, Protocol};

use super::ids::{EndId, PolicyId, RuleId};
use super::set::Set;

/// What one end may do in one direction.
#[derive(Debug, Clone, Default)]
pub struct Row<'r> {
    isolating: Vec<PolicyId>,
    grants: Vec<RowGrant<'r>>,
    /// What rules deny; empty where nothing is allowed but by a rule.
    denials: Vec<RowGrant<'r>>,
}

/// Connections of one end that one rule decides about.
#[derive(Debug, Clone)]
pub struct RowGrant<'r> {
    /// The rule; `None`: no rule matches, and the last tier passes.
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

    /// Whether no policy isolates the end: it may do everything.
    pub fn is_free(&self) -> bool {
        self.isolating.is_empty()
    }

    /// The policies that isolate the end.
    pub fn isolating(&self) -> &[PolicyId] {
        &self.isolating
    }

    /// The connections that are allowed to an end that is isolated, each with the rule that allows it. Where the
    /// order of rules has a meaning, what an earlier rule decides is taken out of the later ones.
    pub fn grants(&self) -> &[RowGrant<'r>] {
        &self.grants
    }

    /// The connections that a rule denies, in the same way; empty where rules only allow.
    pub(super) fn denials(&self) -> &[RowGrant<'r>] {
        &self.denials
    }

    /// What it opens; everything where nothing isolates.
    pub fn openings(&'r self, everybody: &'r Set) -> Vec<Opening<'r>> {
        if self.is_free() {
            return vec![Opening { ports: EVERY_PORT, ends: everybody }];
        }
        self.grants.iter().map(|it| Opening { ports: &it.ports, ends: &it.ends }).collect()
    }
}

/// Some ends on some ports, owned.
pub type EndsOnPorts = (Vec<PortRange>, Set);

/// Some ends on some ports.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'r> {
    /// The ports.
    pub ports: &'r [PortRange],
    /// With whom.
    pub ends: &'r Set,
}

impl Opening<'_> {
    /// Whether a port is among its own; a range that no opening cuts.
    fn has(&self, range: PortRange) -> bool {
        self.ports.iter().any(|it| it.contains(range))
    }
}

/// Ports cut where some list of ports begins or ends; what is in none of them is left out.
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

/// Everybody in some openings on a range that none of them cuts.
pub fn ends_on(openings: &[Opening<'_>], range: PortRange) -> Set {
    Set::union(openings.iter().filter(|it| it.has(range)).map(|it| it.ends))
}

/// Where two rows differ first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The ports.
    pub range: PortRange,
    /// The other end.
    pub end: EndId,
    /// Whether the first row has it; else the second.
    pub is_in_first: bool,
}

/// The smallest port, and on it the first end, that one row has and the other has not.
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
