//! How messages call the ends of flows.

use crate::model::{Endpoint, Model, Server};
use crate::scalar::{PodPort, PortSet};

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

/// The ports to write behind a server so that an `accept` covers it; empty if an `accept` without ports does.
pub(super) fn ports_to_accept(model: &Model, server: &Server) -> String {
    if let Endpoint::External(id) = &server.endpoint {
        let ports = &model.external(*id).ports;
        let declared = PortSet::of(ports.iter().map(|(_, it)| PodPort(*it)));
        let is_covered = ports.is_empty() || declared.contains(&server.ports);
        return if is_covered { String::new() } else { ":any".to_owned() };
    }
    let Endpoint::Workload(id) = &server.endpoint else { return String::new() };
    let workload = model.workload(*id);
    if workload.ports.is_empty() || workload.default_ports().contains(&server.ports) {
        return String::new();
    }
    let opened =
        |it: &&crate::model::Port| server.ports.overlaps(&PortSet::Some(vec![it.pod_port]));
    let names: Vec<&str> =
        workload.ports.iter().filter(opened).map(|it| it.name.node.as_str()).collect();
    match (&server.ports, names.as_slice()) {
        (PortSet::Any, _) => ":any".to_owned(),
        (PortSet::Some(_), [name]) => format!(":{name}"),
        (PortSet::Some(_), names) => format!(":[{}]", names.join(", ")),
    }
}
