//! How messages call the ends of flows.

use crate::model::{Endpoint, Model};

/// How messages call an end.
pub(super) fn name(model: &Model, endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Workload(id) => model.workload(*id).path.clone(),
        Endpoint::Namespace(id) => model.namespace(*id).path.clone(),
        Endpoint::External(id) => model.external(*id).name.to_string(),
        Endpoint::Addresses(addresses) => {
            addresses.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Endpoint::Internet => "internet".to_owned(),
        Endpoint::Anyone => "anyone".to_owned(),
        Endpoint::Nodes => "nodes".to_owned(),
        Endpoint::Apiserver => "apiserver".to_owned(),
        Endpoint::Dns => "dns".to_owned(),
    }
}
