//! Consent: a flow into what belongs to somebody else needs an `accept` of its owner.

use std::collections::{BTreeMap, BTreeSet};

use super::overlap::{holds, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Accept, Client, Endpoint, Flow, Model, Owner, Server};

/// Reports flows without consent, and consents without a flow.
pub(super) fn check(model: &Model, said: &mut Diagnostics) {
    let mut by_owner: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
    for (at, accept) in model.accepts.iter().enumerate() {
        let owners: BTreeSet<Owner> =
            accept.servers.iter().filter_map(|it| owner(model, &it.endpoint)).collect();
        for owner in owners {
            by_owner.entry(owner).or_default().push(at);
        }
    }
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for flow in &model.flows {
        for server in &flow.servers {
            let Some(owner) = owner(model, &server.endpoint) else { continue };
            let accepts = by_owner.get(&owner).map_or(&[][..], Vec::as_slice);
            let needs = matches!(server.named_by, Owner::Tenant(_)) && server.named_by != owner;
            for client in &flow.clients {
                let fits = |at: &&usize| consents(model, &model.accepts[**at], client, server);
                let mut consented = false;
                for at in accepts.iter().filter(fits) {
                    used.insert(*at);
                    consented = true;
                }
                if needs && !consented {
                    said.push(without_consent(model, flow, client, server, owner));
                    break;
                }
            }
        }
    }
    for (at, accept) in model.accepts.iter().enumerate() {
        let nothing_named = accept.clients.is_empty() || accept.servers.is_empty();
        if !used.contains(&at) && !nothing_named {
            said.push(unused(accept));
        }
    }
}

/// Whether an `accept` speaks for this pair.
fn consents(model: &Model, accept: &Accept, client: &Client, server: &Server) -> bool {
    let clients = accept.clients.iter().any(|it| holds(model, &it.endpoint, &client.endpoint));
    clients
        && accept.servers.iter().any(|it| {
            holds(model, &it.endpoint, &server.endpoint) && it.ports.contains(&ports(model, server))
        })
}

/// Whose a server is, if it is somebody's.
fn owner(model: &Model, endpoint: &Endpoint) -> Option<Owner> {
    match endpoint {
        Endpoint::Workload(id) => Some(model.workload(*id).owner),
        Endpoint::Namespace(id) => Some(model.namespace(*id).owner),
        Endpoint::External(_)
        | Endpoint::Addresses(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Nodes
        | Endpoint::Apiserver
        | Endpoint::Dns => None,
    }
}

/// How messages call an end.
fn name(model: &Model, endpoint: &Endpoint) -> String {
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

/// A tenant opens what is another's, and nobody has consented.
fn without_consent(
    model: &Model,
    flow: &Flow,
    client: &Client,
    server: &Server,
    owner: Owner,
) -> Diagnostic {
    let (from, to) = (name(model, &client.endpoint), name(model, &server.endpoint));
    let author = model.owner_name(server.named_by);
    let (whose, place) = match owner {
        Owner::Platform => ("the platform".to_owned(), "a file of the platform".to_owned()),
        Owner::Tenant(id) => {
            let tenant = &model.tenant(id).name;
            (format!("`{tenant}`"), format!("a file of `{tenant}`"))
        }
    };
    let declared = match &server.endpoint {
        Endpoint::Workload(id) => Some(model.workload(*id).site.span),
        Endpoint::Namespace(id) => Some(model.namespace(*id).site.span),
        Endpoint::External(_)
        | Endpoint::Addresses(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Nodes
        | Endpoint::Apiserver
        | Endpoint::Dns => None,
    };
    let through = (flow.site.span.file != server.site.span.file).then_some(flow.site.span);
    Diagnostic::new(
        Code::E0403,
        server.site.span,
        format!("`{author}` opens a flow into `{to}`, and {whose} has not accepted it"),
    )
    .here(format!("belongs to {whose}"))
    .label_if(through, "opened by this flow")
    .label_if(declared, format!("`{to}` is declared here"))
    .help(format!("ask for the consent, one line in {place}: `accept {from} -> {to}`"))
}

/// An `accept` that no flow needs.
fn unused(accept: &Accept) -> Diagnostic {
    Diagnostic::new(Code::N0401, accept.site.span, "no flow uses this accept")
        .here("opens nothing by itself")
        .help("remove it, or write the flow that it is for")
}
