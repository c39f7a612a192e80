//! The kinds of objects in which a cluster's network policies can be written: one folder for each, with
//! `render` (policies to objects) and `capabilities` (what the kinds can express), one row in `of`, and one
//! word in `policy::DialectName`. `reachability/read` reads NetworkPolicies back.
//!
//! A dialect must not know a model or a flow: a build is proven by the policies that are read from its objects.

pub mod kubernetes;

use crate::objects::{Meta, Object};
use crate::origin::Origins;
use crate::policy::{Action, DialectName, Policy};

/// One dialect.
#[derive(Debug)]
pub struct Dialect {
    /// What its kinds can express.
    pub capabilities: Capabilities,
    /// Makes the object of a policy, with the declarations behind each part of it.
    pub render: fn(&Policy, Meta) -> (Object, Origins),
}

/// What the kinds of a dialect can express.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The actions that a rule may have.
    pub actions: &'static [Action],
    /// Whether a policy may apply to pods of several namespaces.
    pub cluster_scope: bool,
    /// Whether the order of rules and policies has a meaning.
    pub ordered: bool,
}

/// The dialect with a name.
pub fn of(name: DialectName) -> &'static Dialect {
    match name {
        DialectName::Kubernetes => &kubernetes::DIALECT,
    }
}
