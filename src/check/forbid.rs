//! Guardrails: no flow overlaps a `forbid`. This names each flow that does; what the objects allow beside
//! that is `validate`'s to see.

use super::consent::in_project;
use super::names::name;
use super::overlap::{holds, overlap, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Client, Endpoint, Flow, Forbid, Model, Owner, Server, WorkloadId};

/// Upper bound on the flows of other owners that a warning shows.
const SHOWN: usize = 8;

/// A flow that a guardrail covers, with the first pair of ends that it covers.
type Crossing<'m> = (&'m Flow, &'m Client, &'m Server);

/// Reports each flow that a guardrail covers, once for each guardrail. A tenant's guardrail stops the flows
/// of that tenant; one warning lists the flows of other owners.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for forbid in &model.forbids {
        let crossings = model.flows.iter().filter_map(|flow| {
            forbidden(model, forbid, flow).map(|(client, server)| (flow, client, server))
        });
        let (bound, free): (Vec<Crossing<'_>>, Vec<Crossing<'_>>) =
            crossings.partition(|(flow, ..)| binds(forbid, flow));
        for (flow, client, server) in bound {
            diagnostics.push(report(model, forbid, flow, client, server));
        }
        if !free.is_empty() {
            diagnostics.push(report_crossings(model, forbid, &free));
        }
    }
}

/// Whether a guardrail stops a flow that it covers.
fn binds(forbid: &Forbid, flow: &Flow) -> bool {
    forbid.author == Owner::Platform || forbid.author == flow.author
}

/// The first pair of ends that the guardrail covers.
fn forbidden<'m>(
    model: &Model,
    forbid: &Forbid,
    flow: &'m Flow,
) -> Option<(&'m Client, &'m Server)> {
    let excepted =
        |it: &Endpoint| forbid.except.iter().any(|except| includes(model, &except.endpoint, it));
    let clients = flow.clients.iter().filter(|it| !excepted(&it.endpoint));
    let clients = clients.filter(|it| {
        forbid.clients.iter().any(|no| meets(model, forbid, &no.endpoint, &it.endpoint))
    });
    for client in clients {
        let servers = flow.servers.iter().filter(|it| !excepted(&it.endpoint));
        for server in servers {
            let covered = forbid.servers.iter().any(|no| {
                meets(model, forbid, &no.endpoint, &server.endpoint)
                    && ports(model, no).overlaps(&ports(model, server))
            });
            if covered {
                return Some((client, server));
            }
        }
    }
    None
}

/// Whether an end of a flow is an end of a guardrail, which includes the workloads of a namespace that are
/// their nodes, unless they are excepted.
fn meets(model: &Model, forbid: &Forbid, end: &Endpoint, of_flow: &Endpoint) -> bool {
    let is_bound = |id: WorkloadId| {
        let workload = Endpoint::Workload(id);
        !forbid.except.iter().any(|it| includes(model, &it.endpoint, &workload))
    };
    let has_nodes = || hosts(model, end).any(is_bound);
    overlap(model, end, of_flow) || overlap(model, &Endpoint::Nodes, of_flow) && has_nodes()
}

/// Whether everything in an end of a flow is in another end; a workload that is its node is in its namespace.
fn includes(model: &Model, end: &Endpoint, of_flow: &Endpoint) -> bool {
    let is_hosted = |id: WorkloadId| *of_flow == Endpoint::Workload(id);
    holds(model, end, of_flow) || hosts(model, end).any(is_hosted)
}

/// The workloads of a namespace that are their nodes.
fn hosts<'m>(model: &'m Model, end: &Endpoint) -> impl Iterator<Item = WorkloadId> + use<'m> {
    let hosts = |id| model.hosts_of(id).map(|(id, _)| id);
    end.as_namespace().into_iter().flat_map(hosts)
}

/// A flow that a guardrail forbids.
fn report(
    model: &Model,
    forbid: &Forbid,
    flow: &Flow,
    client: &Client,
    server: &Server,
) -> Diagnostic {
    let (from, to) = (name(model, &client.endpoint), name(model, &server.endpoint));
    let message = format!("a flow from `{from}` to `{to}` is forbidden");
    let diagnostic = Diagnostic::new(Code::E0501, flow.site.span, message)
        .here("opens the connection")
        .label(forbid.site.span, "forbids the connection");
    let outside = |at: crate::source::Span| {
        at.file != flow.site.span.file
            || at.start < flow.site.span.start
            || at.end > flow.site.span.end
    };
    let diagnostic = diagnostic
        .label_if(Some(client.site.span).filter(|it| outside(*it)), "the client")
        .label_if(Some(server.site.span).filter(|it| outside(*it)), "the server");
    diagnostic
        .note_if(forbid.reason.as_ref(), |reason| format!("reason of the guardrail: {reason}"))
        .help(format!("remove the flow, or agree on an exception with the owner of the guardrail: `except [{from}]`"))
}

/// Reports the flows of other owners that a tenant's guardrail covers.
fn report_crossings(model: &Model, forbid: &Forbid, crossings: &[Crossing<'_>]) -> Diagnostic {
    let tenant = model.owner_name(forbid.author);
    let message = format!("flows of other owners cross this guardrail of `{tenant}`");
    let mut diagnostic = Diagnostic::new(Code::W0507, forbid.site.span, message)
        .here(format!("forbids only the flows of `{tenant}`"));
    for (flow, client, server) in crossings.iter().take(SHOWN) {
        let (from, to) = (name(model, &client.endpoint), name(model, &server.endpoint));
        let whose = match flow.author {
            Owner::Platform => "the platform".to_owned(),
            Owner::Tenant(id) => format!("`{}`", model.tenant(id).name),
        };
        let text = format!("a flow of {whose} from `{from}` to `{to}`");
        diagnostic = diagnostic.label(in_project(model, flow.site).0, text);
    }
    let more = crossings.len().saturating_sub(SHOWN);
    diagnostic
        .note_if((more > 0).then_some(more), |more| format!("{more} more flows cross it"))
        .note_if(forbid.reason.as_ref(), |reason| format!("reason of the guardrail: {reason}"))
        .help(
            "agree with the owners of these flows, or ask the platform for the guardrail: \
         guardrails of the platform apply to all owners",
        )
}
