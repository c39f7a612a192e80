//! Flows that change nothing, because neither end is closed in the direction that matters.

use super::hosts::is_between_hosts;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Endpoint, Flow, Model, NamespaceId};
use crate::source::Files;

/// Reports each flow of the project's files that opens what is open anyway.
pub(super) fn check(files: &Files, model: &Model, diagnostics: &mut Diagnostics) {
    for flow in &model.flows {
        let named = !flow.clients.is_empty() && !flow.servers.is_empty();
        let in_project = !files.file(flow.site.span.file).is_stdlib();
        if named && in_project && !has_effect(model, flow) && !is_between_hosts(model, flow) {
            diagnostics.push(report(model, flow));
        }
    }
}

fn has_effect(model: &Model, flow: &Flow) -> bool {
    flow.clients.iter().any(|it| model.isolation_of(&it.endpoint).egress.is_some())
        || flow.servers.iter().any(|it| model.isolation_of(&it.endpoint).ingress.is_some())
}

/// The namespace of pods that a policy can select.
fn namespace(model: &Model, endpoint: &Endpoint) -> Option<NamespaceId> {
    let hosted = model.is_on_host_network(endpoint);
    model.namespace_of(endpoint).filter(|_| !hosted)
}

/// A flow between ends that are open anyway.
fn report(model: &Model, flow: &Flow) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code::W0501,
        flow.site.span,
        "this flow has no effect: neither end is isolated",
    );
    let ends = flow.clients.iter().map(|it| (&it.endpoint, "egress"));
    let ends = ends.chain(flow.servers.iter().map(|it| (&it.endpoint, "ingress")));
    let mut seen = Vec::new();
    for (endpoint, direction) in ends {
        if let Some(id) = namespace(model, endpoint)
            && !seen.contains(&id)
        {
            seen.push(id);
            let it = model.namespace(id);
            diagnostic = diagnostic
                .label(it.site.span, format!("`{}` is not isolated for {direction}", it.path));
        }
    }
    diagnostic.help(
        "isolate a namespace with `isolate = both` (or `ingress`, `egress`), or remove the flow",
    )
}
