//! Guardrails: no flow overlaps a `forbid`.

use super::names::name;
use super::overlap::{holds, overlap, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Client, Endpoint, Flow, Forbid, Model, Server};

/// Reports each flow that a guardrail covers, once for each guardrail.
pub(super) fn check(model: &Model, said: &mut Diagnostics) {
    for forbid in &model.forbids {
        for flow in &model.flows {
            if let Some((client, server)) = forbidden(model, forbid, flow) {
                said.push(report(model, forbid, flow, client, server));
            }
        }
    }
}

/// The first pair of ends that the guardrail covers.
fn forbidden<'m>(
    model: &Model,
    forbid: &Forbid,
    flow: &'m Flow,
) -> Option<(&'m Client, &'m Server)> {
    let excepted =
        |it: &Endpoint| forbid.except.iter().any(|except| holds(model, &except.endpoint, it));
    let clients = flow.clients.iter().filter(|it| !excepted(&it.endpoint));
    let clients = clients
        .filter(|it| forbid.clients.iter().any(|no| overlap(model, &no.endpoint, &it.endpoint)));
    for client in clients {
        let servers = flow.servers.iter().filter(|it| !excepted(&it.endpoint));
        for server in servers {
            let covered = forbid.servers.iter().any(|no| {
                overlap(model, &no.endpoint, &server.endpoint)
                    && ports(model, no).overlaps(&ports(model, server))
            });
            if covered {
                return Some((client, server));
            }
        }
    }
    None
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
        .here("opens it")
        .label(forbid.site.span, "forbids it");
    let outside = |at: crate::source::Span| {
        at.file != flow.site.span.file
            || at.start < flow.site.span.start
            || at.end > flow.site.span.end
    };
    let diagnostic = diagnostic
        .label_if(Some(client.site.span).filter(|it| outside(*it)), "the client")
        .label_if(Some(server.site.span).filter(|it| outside(*it)), "the server");
    diagnostic
        .note_if(forbid.reason.as_ref(), |reason| format!("the reason given there: {reason}"))
        .help(format!("remove the flow, or agree on an exception with the owner of the guardrail: `except [{from}]`"))
}
