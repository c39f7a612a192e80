//! Consent: a flow into what belongs to somebody else needs an `accept` of its owner.

use std::collections::{BTreeMap, BTreeSet};

use super::names::name;
use super::overlap::{holds, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Accept, Client, Endpoint, Flow, Model, Owner, Server};
use crate::scalar::PortSet;
use crate::source::{Site, Span};

/// Reports flows without consent.
pub(super) fn check(model: &Model, whole: bool, said: &mut Diagnostics) {
    // An accept that could not be bound may be the one that is asked for.
    let lenient = !whole || said.has_errors();
    walk(model, lenient, |it| said.push(it));
}

/// Reports consents without a flow, in a model without errors.
pub(super) fn unused(model: &Model, said: &mut Diagnostics) {
    let used = walk(model, false, |_without_consent| {});
    for (at, accept) in model.accepts.iter().enumerate() {
        let nothing_named = accept.clients.is_empty() || accept.servers.is_empty();
        if !used.contains(&at) && !nothing_named {
            said.push(without_flow(accept));
        }
    }
}

/// The consents that flows use; says what is opened without one.
fn walk(model: &Model, lenient: bool, mut say: impl FnMut(Diagnostic)) -> BTreeSet<usize> {
    let unbound = |it: &Accept| it.clients.is_empty() || it.servers.is_empty();
    let lenient = lenient && model.accepts.iter().any(unbound);
    let mut by_owner: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
    for (at, accept) in model.accepts.iter().enumerate() {
        let owners: BTreeSet<Owner> =
            accept.servers.iter().filter_map(|it| model.owner_of(&it.endpoint)).collect();
        for owner in owners {
            by_owner.entry(owner).or_default().push(at);
        }
    }
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for flow in &model.flows {
        for server in &flow.servers {
            let Some(owner) = model.owner_of(&server.endpoint) else { continue };
            let accepts = by_owner.get(&owner).map_or(&[][..], Vec::as_slice);
            let needs = matches!(server.named_by, Owner::Tenant(_)) && server.named_by != owner;
            for client in &flow.clients {
                let fits = |at: &&usize| consents(model, &model.accepts[**at], client, server);
                let mut consented = false;
                for at in accepts.iter().filter(fits) {
                    used.insert(*at);
                    consented = true;
                }
                if needs && !consented && !lenient {
                    say(without_consent(model, flow, client, server, owner));
                    break;
                }
            }
        }
    }
    used
}

/// Whether an `accept` speaks for this pair.
fn consents(model: &Model, accept: &Accept, client: &Client, server: &Server) -> bool {
    let clients = accept.clients.iter().any(|it| holds(model, &it.endpoint, &client.endpoint));
    clients
        && accept.servers.iter().any(|it| {
            holds(model, &it.endpoint, &server.endpoint) && it.ports.contains(&ports(model, server))
        })
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
        Endpoint::Workload(id) => Some(in_project(model, model.workload(*id).site)),
        Endpoint::Namespace(id) => Some(in_project(model, model.namespace(*id).site)),
        Endpoint::External(_)
        | Endpoint::Addresses(_)
        | Endpoint::Internet
        | Endpoint::Anyone
        | Endpoint::Nodes
        | Endpoint::Apiserver
        | Endpoint::Dns => None,
    };
    let declares =
        matches!(server.endpoint, Endpoint::Workload(id) if !model.workload(id).ports.is_empty());
    let ports = if declares && server.ports == PortSet::Any { ":any" } else { "" };
    let through = (flow.site.span.file != server.site.span.file).then_some(flow.site.span);
    Diagnostic::new(
        Code::E0403,
        server.site.span,
        format!("`{author}` opens a flow into `{to}`, and {whose} has not accepted it"),
    )
    .here(format!("belongs to {whose}"))
    .label_if(through, "opened by this flow")
    .label_if(
        declared.map(|(at, _)| at),
        format!("`{to}` is {}", declared.map_or("", |(_, how)| how)),
    )
    .help(format!("ask for the consent, one line in {place}: `accept {from} -> {to}{ports}`"))
}

/// Where the owner's files have something: its declaration, or the `use` that brought it.
pub(super) fn in_project(model: &Model, site: Site) -> (Span, &'static str) {
    let Some(via) = site.via else { return (site.span, "declared here") };
    let parents = std::iter::successors(Some(via), |it| model.expansions[it.0 as usize].parent);
    let outermost = parents.last().unwrap_or(via);
    (model.expansions[outermost.0 as usize].span, "part of this")
}

/// An `accept` that no flow needs.
fn without_flow(accept: &Accept) -> Diagnostic {
    Diagnostic::new(Code::N0401, accept.site.span, "no flow uses this accept")
        .help("remove it, or write the flow that it is for: an accept opens nothing by itself")
}
