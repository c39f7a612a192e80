//! What hosts say to each other, asked for as a flow of pods: a NetworkPolicy is about pods alone.

use super::overlap::{EndLocation, place};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Endpoint, Flow, Model, Server};
use crate::scalar::{PortRange, PortSet, Protocol};
use crate::source::{Files, Span};

/// What nodes speak among themselves, and no pod with a node: Calico's requirements (VXLAN, BGP, Typha,
/// `calico/getting-started/kubernetes/requirements`), MetalLB's (memberlist, `installation`), Flannel's
/// and the documentation of `WireGuard`.
const OF_NODES: &[(Protocol, u16, &str)] = &[
    (Protocol::Udp, 4789, "VXLAN"),
    (Protocol::Udp, 8472, "VXLAN"),
    (Protocol::Tcp, 179, "BGP"),
    (Protocol::Tcp, 5473, "Calico's Typha"),
    (Protocol::Tcp, 7946, "MetalLB's memberlist"),
    (Protocol::Udp, 7946, "MetalLB's memberlist"),
    (Protocol::Udp, 51820, "WireGuard"),
    (Protocol::Udp, 51821, "WireGuard"),
];

/// The API server's usual range, `--service-node-port-range`.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;

/// Whether no end is pods that a policy can select.
pub(super) fn is_between_hosts(model: &Model, flow: &Flow) -> bool {
    let mut ends = flow.clients.iter().map(|it| &it.endpoint);
    let mut servers = flow.servers.iter().map(|it| &it.endpoint);
    let host = |it: &Endpoint| place(model, it) == EndLocation::Outside && *it != Endpoint::Dns;
    ends.all(host) && servers.all(host)
}

/// Reports each flow of the project's files that is between hosts.
pub(super) fn check(files: &Files, model: &Model, diagnostics: &mut Diagnostics) {
    for flow in &model.flows {
        let named = !flow.clients.is_empty() && !flow.servers.is_empty();
        if !named || files.file(flow.site.span.file).is_stdlib() || flow.site.via.is_some() {
            continue;
        }
        if let Some(said_of_port) = flow.servers.iter().find_map(|it| of_host(model, it)) {
            diagnostics.push(said_of_port);
        } else if is_between_hosts(model, flow) {
            diagnostics.push(
                Diagnostic::new(
                    Code::W0504,
                    flow.site.span,
                    "neither the client nor the server of \
                 this flow is a pod",
                )
                .here("between hosts: a NetworkPolicy does not apply")
                .help("remove it; `mlnetc report firewall` lists the connections that nodes need"),
            );
        }
    }
}

/// A server on a port that hosts use.
fn of_host(model: &Model, server: &Server) -> Option<Diagnostic> {
    let PortSet::Some(ports) = &server.ports else { return None };
    if place(model, &server.endpoint) != EndLocation::Outside {
        return None;
    }
    let mut single = ports.iter().map(|it| it.0).filter(|it| it.is_single());
    single.find_map(|it| of_port(model, server, it))
}

fn of_port(model: &Model, server: &Server, port: PortRange) -> Option<Diagnostic> {
    let span = server.site.span;
    let start = |message: String| Diagnostic::new(Code::W0504, span, message);
    let on_nodes = server.endpoint == Endpoint::Nodes;
    if port == PortRange::tcp(2049) {
        return Some(
            start("2049 is the port of NFS, which nodes use and pods do not".to_owned())
                .here("written as a flow of pods")
                .note("the kubelet mounts volumes on the node before the pod starts, and no policy \
                 applies to it")
                .help("remove the flow; a firewall between the nodes and the server must allow the nodes"),
        );
    }
    if on_nodes && NODE_PORTS.contains(&port.from) && port.protocol != Protocol::Sctp {
        let (path, place) = node_port(model, port).unzip();
        let message = match &path {
            Some(path) => format!("{} is the node port of `{path}`", port.from),
            None => format!("{} is a node port", port.from),
        };
        return Some(
            start(message)
                .here("a rule for it matches nothing")
                .label_if(place, "this port")
                .note("node ports are translated to pod ports before policies apply")
                .help(match path {
                    Some(path) => format!("write `{path}`"),
                    None => "name the service behind it".to_owned(),
                }),
        );
    }
    let known = OF_NODES.iter().find(|it| (it.0, it.1) == (port.protocol, port.from));
    let (_, _, what) = known.filter(|_| on_nodes)?;
    Some(
        start(format!("{port} is {what}, which connects nodes to each other"))
            .here("written as a flow")
            .note("these connections come from the addresses of the nodes; a policy of pods does not apply")
            .help(
                "remove the flow; `mlnetc report firewall` lists the connections that nodes need",
            ),
    )
}

/// Returns the service that has a node port, and the place that declares it.
fn node_port(model: &Model, port: PortRange) -> Option<(String, Span)> {
    model.workloads.iter().find_map(|workload| {
        let given = workload.ports.iter().filter_map(|it| it.node_port.as_ref());
        let found = given.into_iter().find(|it| it.node == port.from)?;
        Some((workload.path.clone(), found.span))
    })
}
