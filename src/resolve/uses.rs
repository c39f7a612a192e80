//! Which components a file declares and uses, before anything is resolved: so that `compile` reads
//! only the part of the standard library that a project needs.

use std::collections::BTreeSet;

use crate::source::Name;
use crate::syntax::ast::{self, Item};

/// The components that a file declares.
pub fn declared_components(file: &ast::File) -> BTreeSet<Name> {
    let components = file.items.iter().filter_map(|item| {
        if let Item::Component(component) = item {
            Some(component.block.name.node.clone())
        } else {
            None
        }
    });
    components.collect()
}

/// The components that a file uses, in whatever block.
pub fn used_components(file: &ast::File) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    collect(&file.items, &mut found);
    found
}

fn collect(items: &[Item], found: &mut BTreeSet<Name>) {
    for item in items {
        if let Item::Use(it) = item {
            found.insert(it.component.node.clone());
        } else if let Item::Cluster(block) | Item::Tenant(block) = item {
            collect(&block.items, found);
        } else if let Item::Component(component) = item {
            collect(&component.block.items, found);
        } else if let Item::When(when) = item {
            collect(&when.then, found);
            collect(&when.otherwise, found);
        }
    }
}
