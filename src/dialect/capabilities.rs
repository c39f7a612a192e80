//! The actions, scopes and orders that the kinds of a dialect can express, and the check that a policy stays
//! within them.

use std::fmt;

use crate::policy::{Action, Policy, Port, Rule, Scope, Tier};

/// The features that the kinds of a dialect can express.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The actions that a rule may have.
    pub actions: &'static [Action],
    /// Whether a policy may apply to pods of several namespaces.
    pub cluster_scope: bool,
    /// Whether policies have a tier and an order. Without them, each policy has order 0 in the tier
    /// `Tier::NETWORK_POLICY`.
    pub ordered: bool,
    /// Whether a rule may name a port by the name that a container gives it.
    pub port_names: bool,
}

/// A policy that a dialect cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// `NAMESPACE/NAME` of the policy.
    policy: String,
    needs: Need,
}

/// A property of a policy that a dialect lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Action(Action),
    ClusterScope,
    Order,
    PortNames,
}

impl Capabilities {
    /// Checks that a policy only needs these features.
    pub fn check(&self, policy: &Policy) -> Result<(), Unsupported> {
        match self.lacking(policy) {
            Some(needs) => Err(Unsupported { policy: policy.path(), needs }),
            None => Ok(()),
        }
    }

    fn lacking(&self, policy: &Policy) -> Option<Need> {
        let rules = || [&policy.ingress, &policy.egress].into_iter().flatten().flatten();
        let spans = policy.scope == Scope::Cluster || policy.subject.namespaces.is_some();
        let is_ordered = policy.order != 0 || policy.tier != Tier::NETWORK_POLICY;
        let has_name =
            |it: &Rule| it.ports.iter().flatten().any(|it| matches!(it, Port::Named(..)));
        if let Some(rule) = rules().find(|it| !self.actions.contains(&it.action)) {
            return Some(Need::Action(rule.action));
        }
        let lacks = [
            (Need::ClusterScope, spans && !self.cluster_scope),
            (Need::Order, is_ordered && !self.ordered),
            (Need::PortNames, !self.port_names && rules().any(has_name)),
        ];
        lacks.into_iter().find(|(_, lacks)| *lacks).map(|(need, _)| need)
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "policy {} needs ", self.policy)?;
        out.write_str(match self.needs {
            Need::Action(Action::Allow) => "rules that allow",
            Need::Action(Action::Deny) => "rules that deny",
            Need::Action(Action::Pass) => "rules that pass to the next tier",
            Need::ClusterScope => "the pods of several namespaces",
            Need::Order => "a tier and an order",
            Need::PortNames => "names of ports",
        })?;
        out.write_str(", which its dialect does not support")
    }
}

impl std::error::Error for Unsupported {}
