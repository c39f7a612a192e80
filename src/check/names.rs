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
    let workload = match &server.endpoint {
        Endpoint::Workload(id) => model.workload(*id),
        Endpoint::Namespace(_) => return numbers(&server.ports),
        Endpoint::External(_)
        | Endpoint::Addresses(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Nodes
        | Endpoint::Apiserver
        | Endpoint::Dns => return String::new(),
    };
    if workload.ports.is_empty() {
        return numbers(&server.ports);
    }
    if workload.default_ports().contains(&server.ports) {
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

/// Pod ports as a server has them behind its name: `:80`, `:[80, 443]`, `:any`.
fn numbers(ports: &PortSet) -> String {
    let PortSet::Some(ports) = ports else { return ":any".to_owned() };
    let numbers: Vec<String> = ports.iter().map(|it| it.0.to_string()).collect();
    match numbers.as_slice() {
        [number] => format!(":{number}"),
        numbers => format!(":[{}]", numbers.join(", ")),
    }
}
