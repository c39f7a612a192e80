//! What MetalLB's objects share: their file, selectors of nodes, and places in the cluster's block.

use super::peers::selector;
use crate::model::Selector;
use crate::objects::{LabelSelector, Object};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;
use crate::source::{Site, Span, Spanned};

/// The file of all objects of MetalLB.
const FILE: &str = "metallb/pools.yaml";

/// Selectors of nodes, each with its place.
pub(super) fn node_selectors(
    nodes: &[Spanned<Selector>],
    origins: &mut Origins,
) -> Vec<LabelSelector> {
    for (idx, it) in nodes.iter().enumerate() {
        origins.part(&field_path!["spec", "nodeSelectors", idx], &[at(it.span)]);
    }
    nodes.iter().map(|it| LabelSelector::of(&selector(&it.node))).collect()
}

/// An object of that file.
pub(super) fn traced(object: Object, origins: Origins) -> Traced {
    Traced { file: FILE.to_owned(), object, origins }
}

/// A place in the cluster's block, which no component can hold.
pub(super) fn at(span: Span) -> Site {
    Site { span, via: None }
}
