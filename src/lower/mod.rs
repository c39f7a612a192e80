//! Checked model and addresses in; network policies in no dialect and Kubernetes objects out, each with the
//! file it lies in and the places of the source that made each part of it. What the back end cannot say is reported here.

mod bgp;
mod calico;
mod dns;
mod env;
mod files;
mod flows;
mod input;
mod merge;
mod metadata;
mod metallb;
mod metallb_objects;
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

pub use policies::PlacedPolicy;
pub use schemas::{Schemas, check as check_schemas};

use std::collections::BTreeMap;

use crate::check::Checked;
use crate::diagnostics::Diagnostics;
use crate::lock::Allocated;
use crate::origin::Traced;
use crate::source::Files;
use input::Input;

/// What a cluster needs, in the order in which it is written: kind by kind, each by namespace and name.
#[derive(Debug)]
pub struct Lowered {
    /// The Calico Installation, MetalLB's objects, Namespaces and Services.
    pub network: Vec<Traced>,
    /// The network policies, which a dialect renders.
    pub policies: Vec<PlacedPolicy>,
    /// Helm values and patches of workloads.
    pub values: Vec<Traced>,
}

/// Makes everything that a cluster needs.
pub fn cluster(
    checked: &Checked,
    files: &Files,
    allocated: &Allocated,
    diagnostics: &mut Diagnostics,
) -> Lowered {
    let model = checked.model();
    let mut fixed = BTreeMap::new();
    for it in model.cluster.metallb.iter().flat_map(|it| &it.addresses) {
        if let Some(id) = it.workload {
            fixed.entry(id).or_insert(it.site);
        }
    }
    let input = Input { model, files, allocated, fixed: &fixed };
    let mut network = Vec::new();
    network.extend(calico::installation(input, diagnostics));
    network.extend(metallb::pools(input, diagnostics));
    network.extend(namespaces::all(input));
    network.extend(services::all(input, diagnostics));
    let policies = policies::all(input, diagnostics);
    let mut values = Vec::new();
    values.extend(values::documents(input, diagnostics));
    values.extend(env::patches(input, diagnostics));
    Lowered { network, policies, values }
}
