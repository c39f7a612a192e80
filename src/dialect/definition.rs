//! The data and functions of one dialect.

use serde_json::Value;

use super::capabilities::{Capabilities, Unsupported};
use crate::manifests::shape::Wrong;
use crate::objects::{Meta, Object};
use crate::origin::Origins;
use crate::policy::{Part, Policy};
use crate::scalar::FieldPath;

/// One dialect, which writes a policy as an object of type `O`.
#[derive(Debug)]
pub struct Dialect<O = Object> {
    /// The features that its kinds can express.
    pub capabilities: Capabilities,
    /// API group and kind of the objects that `read` accepts.
    pub kinds: &'static [(&'static str, &'static str)],
    /// Makes the object of a policy that the capabilities allow, with the declarations behind each part of it.
    pub render: fn(Policy, Meta) -> (O, Origins),
    /// Parses an object of one of its kinds, by any author, to the policy that enforcers evaluate.
    pub read: fn(&Value) -> Result<Policy, Wrong>,
    /// The path of a part of a policy in its object.
    pub path: fn(Part) -> FieldPath,
}

impl<O> Dialect<O> {
    /// Makes the object of a policy, with the declarations behind each part of it. A policy that the dialect cannot
    /// express is an error: no other policy takes its place.
    pub fn object(&self, policy: Policy, metadata: Meta) -> Result<(O, Origins), Unsupported> {
        self.capabilities.check(&policy)?;
        Ok((self.render)(policy, metadata))
    }
}
