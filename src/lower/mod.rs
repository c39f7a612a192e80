//! Makes the objects of a cluster. In: a checked model and its addresses; out: network policies in no dialect
//! and Kubernetes objects, each with its file and the places of the source that made each part of it. Reports
//! what the objects cannot express.

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

/// The output of a cluster, in the order in which it is written: by kind, each by namespace and name.
#[derive(Debug)]
pub struct Lowered {
    /// The Calico Installation, MetalLB's objects, Namespaces and Services.
    pub network: Vec<Traced>,
    /// The network policies, which a dialect renders.
    pub policies: Vec<PlacedPolicy>,
    /// Helm values and patches of workloads.
    pub values: Vec<Traced>,
}

/// Makes all objects and policies of a cluster.
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
