//! How messages call the ends of flows.

use crate::model::{Endpoint, Model, Server, port_suffix};
use crate::scalar::{PodPort, PortSet};

/// The name of an end in messages, where an address has its prefix length.
pub(super) fn name(model: &Model, endpoint: &Endpoint) -> String {
    match endpoint.as_addresses() {
        Some(it) => it.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        None => model.called(endpoint),
    }
}

/// The ports to write behind a server so that an `accept` covers it; empty if an `accept` without ports does.
pub(super) fn ports_to_accept(model: &Model, server: &Server) -> String {
    let end = &server.endpoint;
    if let Some(id) = end.as_external() {
        let ports = &model.external(id).ports;
        let declared = PortSet::of(ports.iter().map(|(_, it)| PodPort(*it)));
        let is_covered = ports.is_empty() || declared.contains(&server.ports);
        return if is_covered { String::new() } else { ":any".to_owned() };
    }
    let Some(id) = end.as_workload() else {
        return end.as_namespace().map_or_else(String::new, |_| numbers(&server.ports));
    };
    let workload = model.workload(id);
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
    if server.ports == PortSet::Any { ":any".to_owned() } else { port_suffix(&names) }
}

/// Pod ports as they are written behind a server: `:80`, `:[80, 443]`, `:any`.
pub(super) fn numbers(ports: &PortSet) -> String {
    let PortSet::Some(ports) = ports else { return ":any".to_owned() };
    let numbers: Vec<String> = ports.iter().map(|it| it.0.to_string()).collect();
    port_suffix(&numbers)
}
