//! Ids of the rows in a cluster's tables.

use crate::policy::Direction;

/// Id of an end of connections: a row of `Ends`. Classes of pods come first, then the pieces of address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndId(pub(super) u32);

/// Id of a policy: a row of `Cluster::policies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(u32);

/// Id of a rule of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    /// The policy.
    pub policy: PolicyId,
    /// The direction of the rule.
    pub direction: Direction,
    /// Index of the rule among the rules of its direction, from 0.
    pub rule: usize,
}

impl EndId {
    /// The id of the end at an index.
    pub fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("INVARIANT: a cluster has fewer than 4 billion ends"))
    }

    /// The index of the end.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl PolicyId {
    /// The id of the policy at an index.
    pub fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("INVARIANT: a cluster has fewer than 4 billion policies"))
    }

    /// The index of the policy.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}
