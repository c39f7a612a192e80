//! The kinds of objects in which a cluster's network policies can be written: one folder for each, with
//! `render` (policies to objects), `read` (objects to policies), `capabilities` (what the kinds can express) and `parts`
//! (where the parts of a policy are in an object), one row in `of`, and one word in `policy::DialectName`.
//!
//! A dialect must not know a model or a flow, and `render` and `read` share no code: a build is proven by the policies
//! that are read from its objects.

mod capabilities;
mod definition;
pub mod kubernetes;

pub use capabilities::{Capabilities, Unsupported};
pub use definition::Dialect;

use crate::policy::DialectName;

/// The dialect with a name.
pub fn of(name: DialectName) -> &'static Dialect {
    match name {
        DialectName::Kubernetes => &kubernetes::DIALECT,
    }
}

/// The dialect that reads objects of an API group and a kind; `None` if these are no policies.
pub fn of_kind(group: &str, kind: &str) -> Option<&'static Dialect> {
    let all = DialectName::WORDS.iter().map(|(_, name)| of(*name));
    all.into_iter().find(|it| it.kinds.contains(&(group, kind)))
}
