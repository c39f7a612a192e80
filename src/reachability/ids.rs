//! Ids: rows of the tables of a cluster.

use crate::policy::Direction;

/// One end of connections: a row of `Ends`. Classes of pods come first, then the pieces of address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndId(pub(super) u32);

/// A row of `Cluster::policies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(u32);

/// A rule of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    /// The policy.
    pub policy: PolicyId,
    /// The direction of the rule.
    pub direction: Direction,
    /// The place of the rule among those of its direction, from 0.
    pub rule: usize,
}

impl EndId {
    /// The end at a row.
    pub fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("INVARIANT: a cluster has fewer than 4 billion ends"))
    }

    /// The row.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl PolicyId {
    /// The policy at a row.
    pub fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("INVARIANT: a cluster has fewer than 4 billion policies"))
    }

    /// The row.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}
