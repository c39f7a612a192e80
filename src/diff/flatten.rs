//! What differs, as a flat list of JSON pointers.

use super::difference::FieldChange;
use super::values::Node;
use crate::origin::escape;
use crate::source::Place;

/// Every part that differs, with what `source` says about its place.
pub(super) fn changes(node: &Node, source: impl Fn(&str) -> Option<Place>) -> Vec<FieldChange> {
    let mut found = Vec::new();
    visit(node, "", &source, &mut found);
    found
}

fn visit(
    node: &Node,
    pointer: &str,
    source: &impl Fn(&str) -> Option<Place>,
    found: &mut Vec<FieldChange>,
) {
    match node {
        Node::Leaf { before, after } => found.push(FieldChange {
            pointer: pointer.to_owned(),
            before: before.clone(),
            after: after.clone(),
            source: after.as_ref().and_then(|_| source(pointer)),
        }),
        Node::Map(fields) => {
            for (field, node) in fields {
                visit(node, &format!("{pointer}/{}", escape(field)), source, found);
            }
        }
        Node::List(items) => {
            for item in items {
                visit(&item.node, &format!("{pointer}/{}", item.at), source, found);
            }
        }
    }
}
