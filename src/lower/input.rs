//! The input of every part of lowering: the model of one cluster and its addresses.

use std::collections::BTreeMap;

use crate::lock::Allocated;
use crate::model::{Model, WorkloadId};
use crate::source::{Files, Site};

/// The input of every part of lowering.
#[derive(Clone, Copy)]
pub(super) struct Input<'m> {
    pub(super) model: &'m Model,
    pub(super) files: &'m Files,
    pub(super) allocated: &'m Allocated,
    /// The place that fixes each fixed address.
    pub(super) fixed: &'m BTreeMap<WorkloadId, Site>,
}
