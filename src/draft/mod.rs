//! A draft of a component from the objects of a product that runs in a cluster: its Services, its pods, and the flows
//! that its settings name. In: manifests; out: the text of a component. The draft is for a person to complete; it must
//! not claim that its flows are complete.

mod calls;
mod names;
mod objects;
mod tree;

use std::collections::BTreeSet;

use crate::manifests::Manifests;
use crate::syntax;
use objects::Objects;

/// The reason why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// No Service and no workload is in the namespace, or in any if none was named; with the kinds and names of the
    /// objects that no API server accepts.
    Empty(BTreeSet<String>),
    /// Several namespaces have Services or workloads, and none was named.
    Namespaces(BTreeSet<String>),
}

/// Returns the text of a component from the objects of one namespace; without a namespace, from those of the only namespace.
pub fn component(
    manifests: &Manifests,
    name: &str,
    namespace: Option<&str>,
) -> Result<String, Refused> {
    let objects = Objects::read(manifests);
    let mut namespaces = objects.namespaces();
    let namespace = match namespace {
        Some(name) if namespaces.contains(name) => name.to_owned(),
        Some(_) => return Err(Refused::Empty(objects.invalid)),
        None => match (namespaces.pop_first(), namespaces.is_empty()) {
            (None, _) => return Err(Refused::Empty(objects.invalid)),
            (Some(one), true) => one,
            (Some(first), false) => {
                namespaces.insert(first);
                return Err(Refused::Namespaces(namespaces));
            }
        },
    };
    Ok(syntax::print(&[tree::component(&objects, name, &namespace)]))
}

#[cfg(test)]
mod tests;
