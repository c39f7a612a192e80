//! The differences of an object as a flat list of JSON pointers.

use super::difference::FieldChange;
use super::values::Node;
use crate::scalar::{FieldPath, Segment};
use crate::source::Place;

/// Returns every part that differs, with its place from `source`.
pub(super) fn changes(
    node: &Node,
    source: impl Fn(&[Segment]) -> Option<Place>,
) -> Vec<FieldChange> {
    let mut found = Vec::new();
    visit(node, &FieldPath::default(), &source, &mut found);
    found
}

fn visit(
    node: &Node,
    path: &FieldPath,
    source: &impl Fn(&[Segment]) -> Option<Place>,
    found: &mut Vec<FieldChange>,
) {
    match node {
        Node::Leaf { before, after } => found.push(FieldChange {
            pointer: path.to_string(),
            before: before.clone(),
            after: after.clone(),
            source: after.as_ref().and_then(|_| source(path)),
        }),
        Node::Map(fields) => {
            for (field, node) in fields {
                visit(node, &path.child(field.clone()), source, found);
            }
        }
        Node::List(items) => {
            for item in items {
                visit(&item.node, &path.child(item.at), source, found);
            }
        }
    }
}
