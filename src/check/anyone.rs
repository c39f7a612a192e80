//! `anyone` as the client of a service inside the cluster: the flow opens the ingress of the service, and the
//! egress of no pod.

use super::overlap::holds;
use super::routes::without_route;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Endpoint, Flow, Model, Namespace, NamespaceId, Server};
use crate::source::{Files, Site};

/// How many namespaces a message names.
const MOST: usize = 3;

/// Remarks on each flow of the project's files from `anyone` to a service that only pods reach, while
/// namespaces that the project declares isolate their egress and have no flow to it.
pub(super) fn check(files: &Files, model: &Model, diagnostics: &mut Diagnostics) {
    let in_project = |it: Site| !files.file(it.span.file).is_stdlib();
    for flow in &model.flows {
        let is_anyone = flow.clients.iter().any(|it| it.endpoint == Endpoint::Anyone);
        if !is_anyone || !in_project(flow.site) || flow.site.via.is_some() {
            continue;
        }
        for server in &flow.servers {
            let Some(id) = server.endpoint.as_workload() else { continue };
            if without_route(model, model.workload(id)).is_none() {
                continue;
            }
            let kept: Vec<&Namespace> = model
                .namespace_ids()
                .filter(|(id, it)| in_project(it.site) && is_kept(model, *id, it, server))
                .map(|(_, it)| it)
                .collect();
            if let Some((first, egress)) =
                kept.iter().find_map(|it| Some((*it, it.isolation.egress?)))
            {
                diagnostics.push(report(model, flow, server, &kept, (first, egress)));
            }
        }
    }
}

/// Whether a namespace isolates its egress, and none of its pods has a flow to the server.
fn is_kept(model: &Model, id: NamespaceId, namespace: &Namespace, server: &Server) -> bool {
    let leads_there = |flow: &Flow| {
        flow.clients.iter().any(|it| model.namespace_of(&it.endpoint) == Some(id))
            && flow.servers.iter().any(|it| {
                it.endpoint == Endpoint::Anyone || holds(model, &it.endpoint, &server.endpoint)
            })
    };
    namespace.isolation.egress.is_some() && !model.flows.iter().any(leads_there)
}

fn report(
    model: &Model,
    flow: &Flow,
    server: &Server,
    kept: &[&Namespace],
    (first, egress): (&Namespace, Site),
) -> Diagnostic {
    let path = model.called(&server.endpoint);
    let message = format!(
        "`anyone` opens the ingress of `{path}` for every pod, but not the egress \
     of any namespace"
    );
    let mut names: Vec<&str> = kept.iter().map(|it| it.path.as_str()).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let written = match names.as_slice() {
        [name] => (*name).to_owned(),
        names => format!("[{}]", names.join(", ")),
    };
    let others = if more > 0 { format!(", and {more} more namespaces") } else { String::new() };
    Diagnostic::new(Code::N0338, flow.site.span, message)
        .here("opens only ingress")
        .label(egress.span, format!("the egress of `{}` stays closed", first.path))
        .through(&model.expansions, egress)
        .help(format!(
            "if these pods need `{path}`, open their egress, too: `flow {written} -> {path}`{others}"
        ))
}
