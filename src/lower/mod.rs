//! Checked model and addresses in; Kubernetes objects out, each with the file it lies in and the
//! places of the source that made each part of it. What the back end cannot say is reported here.

mod bgp;
mod calico;
mod dns;
mod env;
mod files;
mod flows;
mod merge;
mod metadata;
mod metallb;
mod namespaces;
mod network;
mod notes;
mod peers;
mod policies;
mod report;
mod schemas;
mod services;
#[cfg(test)]
mod tests;
mod values;

pub use schemas::{Schemas, check as check_schemas};

use std::collections::BTreeMap;

use crate::check::Checked;
use crate::diagnostics::Diagnostics;
use crate::lock::Allocated;
use crate::model::{Model, WorkloadId};
use crate::origin::Traced;
use crate::source::{Files, Site};

/// What every part of lowering reads.
#[derive(Clone, Copy)]
struct Input<'m> {
    model: &'m Model,
    files: &'m Files,
    allocated: &'m Allocated,
    /// Where each fixed address is written.
    fixed: &'m BTreeMap<WorkloadId, Site>,
}

/// Makes everything that a cluster needs, kind by kind, each by namespace and name.
pub fn cluster(
    checked: &Checked,
    files: &Files,
    allocated: &Allocated,
    said: &mut Diagnostics,
) -> Vec<Traced> {
    let model = checked.model();
    let mut fixed = BTreeMap::new();
    for it in model.cluster.metallb.iter().flat_map(|it| &it.addresses) {
        if let Some(id) = it.workload {
            fixed.entry(id).or_insert(it.site);
        }
    }
    let input = Input { model, files, allocated, fixed: &fixed };
    let mut objects = Vec::new();
    objects.extend(calico::installation(input, said));
    objects.extend(metallb::pools(input, said));
    objects.extend(namespaces::all(input));
    objects.extend(services::all(input, said));
    objects.extend(policies::all(input, said));
    objects.extend(values::documents(input, said));
    objects.extend(env::patches(input, said));
    objects
}
