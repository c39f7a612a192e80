//! Places of declarations, as objects record them in the annotation `mlnet.dev/source`.

use serde_json::Value;

use crate::source::Place;

/// Returns the place of an object's declaration from its annotation.
pub(super) fn remembered_source(object: &Value) -> Option<Place> {
    let source = object.pointer("/metadata/annotations/mlnet.dev~1source")?;
    Place::remembered(source.as_str()?)
}

/// Returns the place of an object's declaration: the place in its annotation, with the columns of `known` if both are
/// the same line; without an annotation, `known`.
pub(super) fn declaration(object: &Value, known: Option<Place>) -> Option<Place> {
    let Some(remembered) = remembered_source(object) else { return known };
    known.filter(|it| it.to_string() == remembered.to_string()).or(Some(remembered))
}
