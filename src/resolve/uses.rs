//! The components that a file declares and uses, found before name resolution: `compile` reads only the part of
//! the standard library that a project needs.

use std::collections::BTreeSet;

use crate::source::Name;
use crate::syntax::ast::{self, Item, ValueKind};

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

/// The components that a file uses, in any block.
pub fn used_components(file: &ast::File) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    collect(&file.items, &mut found);
    found
}

/// Paths of the JSON Schemas that a file's `values` name, in any block.
pub fn schema_paths(file: &ast::File) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect_schemas(&file.items, &mut found);
    found
}

fn collect_schemas(items: &[Item], found: &mut BTreeSet<String>) {
    for item in items {
        if let Item::Values(block) = item {
            collect_schemas(&block.items, found);
        } else if let Item::Field(field) = item {
            if field.name.node.as_str() == "schema"
                && let ValueKind::Text(text) = &field.value.kind
            {
                found.insert(text.plain.clone());
            }
        } else if let Item::Cluster(block) | Item::Tenant(block) = item {
            collect_schemas(&block.items, found);
        } else if let Item::Component(component) = item {
            collect_schemas(&component.block.items, found);
        } else if let Item::When(when) = item {
            collect_schemas(&when.then, found);
            collect_schemas(&when.otherwise, found);
        }
    }
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
