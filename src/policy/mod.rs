//! Network policies without a dialect: what a set of policies allows, denies and passes on, in which order,
//! for which pods. The lowering makes them from a model, a dialect renders them to objects and reads them
//! back from objects, and the reachability engine evaluates them.
//!
//! This module is data. It must not know a model, an object, or how any of them is evaluated.

mod direction;
mod part;
mod rule;
mod selector;
mod text;

pub use direction::Direction;
pub use part::{Part, RulePart};
pub use rule::{Action, Peer, Port, Provenance, Rule};
pub use selector::{Labels, NAMESPACE_LABEL, Requirement, Selector, Test};

use crate::source::Site;

/// A kind of objects in which policies can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum DialectName {
    /// `networking.k8s.io/v1` NetworkPolicy.
    #[default]
    Kubernetes,
}

impl DialectName {
    /// The words of the cluster's field `policies`.
    pub const WORDS: &'static [(&'static str, Self)] = &[("kubernetes", Self::Kubernetes)];
}

/// One policy: rules for the connections of some pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The name of the object, unique in its scope.
    pub name: String,
    /// The kind of objects in which it is written.
    pub dialect: DialectName,
    /// Where the object is defined.
    pub scope: Scope,
    /// The group of policies with which it is evaluated.
    pub tier: Tier,
    /// The position among the policies of its tier: lower orders are evaluated first.
    pub order: i64,
    /// The pods that it applies to.
    pub subject: Subject,
    /// Rules for connections to the pods, in order; `None`: the policy does not apply to ingress.
    pub ingress: Option<Vec<Rule>>,
    /// Rules for connections from the pods, in order; `None`: the policy does not apply to egress.
    pub egress: Option<Vec<Rule>>,
    /// The declarations that need it, the first of them first; empty for a policy that was read from an object.
    pub sites: Vec<Site>,
    /// The declarations that isolate its pods in the directions that it applies to; empty: those of the policy.
    pub isolated_by: Vec<Site>,
}

/// Where a policy is defined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In the namespace with this name.
    Namespace(String),
    /// In the cluster.
    Cluster,
}

/// The pods that a policy applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Namespaces of the pods; `None`: the namespace of the policy, or every namespace where the scope is the
    /// cluster.
    pub namespaces: Option<Selector>,
    /// Labels of the pods.
    pub pods: Selector,
    /// The declarations that name these pods; empty: those of the policy.
    pub sites: Vec<Site>,
}

/// A group of policies that are evaluated together: for each connection, the first rule that matches decides.
/// Tiers are evaluated one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tier {
    /// The position among the tiers: lower orders are evaluated first.
    pub order: i64,
    /// What happens to a connection of a pod that a policy of the tier selects if no rule of the tier matches.
    pub unmatched: Unmatched,
}

/// The result for a connection that no rule of a tier matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmatched {
    /// It is denied.
    Deny,
    /// The next tier decides. After the last tier the connection is allowed.
    Pass,
}

impl Tier {
    /// The tier of `networking.k8s.io/v1` NetworkPolicies. A selected pod denies what no rule allows. The order
    /// is the order of Calico's default tier, so that tiers of other kinds sort around it.
    /// <https://docs.tigera.io/calico/latest/reference/resources/tier>
    pub const NETWORK_POLICY: Self = Self { order: 1_000_000, unmatched: Unmatched::Deny };
}

impl Policy {
    /// The rules of a direction, in order; `None`: the policy does not apply to it.
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// The name of the policy's namespace; empty if its scope is the cluster.
    pub fn namespace(&self) -> &str {
        match &self.scope {
            Scope::Namespace(name) => name,
            Scope::Cluster => "",
        }
    }

    /// `NAMESPACE/NAME`, or `NAME` if the scope is the cluster.
    pub fn path(&self) -> String {
        match &self.scope {
            Scope::Namespace(namespace) => format!("{namespace}/{}", self.name),
            Scope::Cluster => self.name.clone(),
        }
    }
}
