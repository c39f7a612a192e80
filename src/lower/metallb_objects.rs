//! Parts that all objects of MetalLB share: the file, selectors of nodes, and places in the cluster's block.

use super::peers::selector;
use crate::model::Selector;
use crate::objects::{LabelSelector, Object};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;
use crate::source::{Site, Span, Spanned};

/// The file that contains all objects of MetalLB.
const FILE: &str = "metallb/pools.yaml";

/// Converts selectors of nodes, and records the place of each.
pub(super) fn node_selectors(
    nodes: &[Spanned<Selector>],
    origins: &mut Origins,
) -> Vec<LabelSelector> {
    for (idx, it) in nodes.iter().enumerate() {
        origins.part(&field_path!["spec", "nodeSelectors", idx], &[at(it.span)]);
    }
    nodes.iter().map(|it| LabelSelector::of(selector(&it.node))).collect()
}

/// Returns an object in the file of MetalLB's objects, with its origins.
pub(super) fn traced(object: Object, origins: Origins) -> Traced {
    Traced { file: FILE.to_owned(), object, origins }
}

/// Returns a place in the cluster's block, which is never inside a component.
pub(super) fn at(span: Span) -> Site {
    Site { span, via: None }
}
