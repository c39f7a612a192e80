//! What every part of lowering reads: the model of one cluster and its addresses.

use std::collections::BTreeMap;

use crate::lock::Allocated;
use crate::model::{Model, WorkloadId};
use crate::source::{Files, Site};

/// What every part of lowering reads.
#[derive(Clone, Copy)]
pub(super) struct Input<'m> {
    pub(super) model: &'m Model,
    pub(super) files: &'m Files,
    pub(super) allocated: &'m Allocated,
    /// Where each fixed address is written.
    pub(super) fixed: &'m BTreeMap<WorkloadId, Site>,
}
