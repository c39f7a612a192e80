//! Flows to or from a namespace that has workloads on the network of their nodes: policies select pods by
//! labels, and those are nodes.

use super::names::{name, numbers};
use super::overlap::{holds, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Endpoint, Flow, Model, Workload};
use crate::scalar::PortSet;
use crate::source::Site;

/// Workloads that a message shows.
const SHOWN: usize = 5;

/// An end of a flow that is a namespace, and what it leaves out.
struct LeftOut<'m> {
    site: Site,
    workloads: Vec<&'m Workload>,
    /// The other end, of which policies decide.
    other: &'m Endpoint,
    is_server: bool,
}

/// Reports each end of a flow that leaves out workloads of its namespaces.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for flow in &model.flows {
        for it in left_out(model, flow) {
            diagnostics.push(report(model, flow, &it));
        }
    }
}

/// The ends of a flow, one for each place: a tenant is several namespaces at one.
fn left_out<'m>(model: &'m Model, flow: &'m Flow) -> Vec<LeftOut<'m>> {
    let mut all: Vec<LeftOut<'m>> = Vec::new();
    let clients = flow.clients.iter().map(|it| (&it.endpoint, it.site, false));
    let servers = flow.servers.iter().map(|it| (&it.endpoint, it.site, true));
    for (endpoint, site, is_server) in clients.chain(servers) {
        let Some(id) = endpoint.as_namespace() else { continue };
        let hosts: Vec<&Workload> = model.hosts_of(id).map(|(_, it)| it).collect();
        if hosts.is_empty() {
            continue;
        }
        let Some(other) = closed(model, flow, is_server) else { continue };
        match all.iter_mut().find(|it| (it.site, it.is_server) == (site, is_server)) {
            Some(known) => known.workloads.extend(hosts),
            None => all.push(LeftOut { site, workloads: hosts, other, is_server }),
        }
    }
    all
}

/// The first end opposite that policies close, and that no flow opens for the nodes.
fn closed<'m>(model: &'m Model, flow: &'m Flow, is_server: bool) -> Option<&'m Endpoint> {
    let isolation = |it: &Endpoint| {
        let hosted = model.is_on_host_network(it);
        let namespace = model.namespace_of(it).filter(|_| !hosted)?;
        Some(model.namespace(namespace).isolation)
    };
    if is_server {
        let mut clients = flow.clients.iter().map(|it| &it.endpoint);
        return clients.find(|it| {
            isolation(it).is_some_and(|it| it.egress.is_some()) && !opens_nodes(model, flow, it)
        });
    }
    let mut servers = flow.servers.iter().map(|it| &it.endpoint);
    servers.find(|it| {
        isolation(it).is_some_and(|it| it.ingress.is_some()) && !lets_nodes_in(model, flow, it)
    })
}

/// Whether some flow opens the nodes to a client, on the ports of this one.
fn opens_nodes(model: &Model, flow: &Flow, client: &Endpoint) -> bool {
    model.flows.iter().any(|other| {
        let from = || other.clients.iter().any(|it| holds(model, &it.endpoint, client));
        let opens = |port: &PortSet| {
            let mut servers = other.servers.iter();
            servers.any(|it| {
                holds(model, &it.endpoint, &Endpoint::Nodes) && ports(model, it).contains(port)
            })
        };
        let namespaces = flow.servers.iter();
        let mut namespaces = namespaces.filter(|it| it.endpoint.as_namespace().is_some());
        from() && namespaces.all(|it| opens(&it.ports))
    })
}

/// Whether some flow lets the nodes in to a server, on the ports of this one.
fn lets_nodes_in(model: &Model, flow: &Flow, server: &Endpoint) -> bool {
    let asked = flow.servers.iter().find(|it| it.endpoint == *server);
    let Some(asked) = asked.map(|it| ports(model, it)) else { return false };
    model.flows.iter().any(|other| {
        let mut clients = other.clients.iter();
        let mut servers = other.servers.iter();
        clients.any(|it| holds(model, &it.endpoint, &Endpoint::Nodes))
            && servers
                .any(|it| holds(model, &it.endpoint, server) && ports(model, it).contains(&asked))
    })
}

/// An end of a flow that leaves out workloads of its namespaces.
fn report(model: &Model, flow: &Flow, it: &LeftOut<'_>) -> Diagnostic {
    let names: Vec<String> =
        it.workloads.iter().take(SHOWN).map(|it| format!("`{}`", it.path)).collect();
    let more = it.workloads.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!(
        "this flow does not apply to {}{more}: a policy cannot select pods on the network of their node",
        names.join(", ")
    );
    let mut diagnostic = Diagnostic::new(Code::W0508, it.site.span, message)
        .here("selects only the pods with their own addresses")
        .through(&model.expansions, it.site);
    for workload in it.workloads.iter().take(SHOWN) {
        let text = format!("`{}` runs on the network of its node", workload.path);
        diagnostic =
            diagnostic.label(workload.site.span, text).through(&model.expansions, workload.site);
    }
    let other = name(model, it.other);
    let first = it.workloads.first().map_or("", |it| it.path.as_str());
    let written = if it.is_server {
        let ports = flow.servers.iter().find(|server| server.site == it.site);
        let ports = ports.map_or_else(String::new, |it| numbers(&it.ports));
        format!(
            "`flow {other} -> {first}{ports}`, which opens the addresses of the nodes on that port"
        )
    } else {
        format!("`flow {first} -> {other}`, which allows every node")
    };
    diagnostic.help(format!("write {written}, or expect the warning if this is intended"))
}
