//! Flows that open nothing, because another one opens it already.

use std::collections::BTreeMap;

use super::overlap::{Place, holds, place, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Client, Flow, Model, Server};
use crate::source::{Files, Span};

/// The flows, by where their ends are: only ends of one place hold each other.
#[derive(Default)]
struct Index<'m> {
    clients: BTreeMap<Place, Vec<&'m Flow>>,
    servers: BTreeMap<Place, Vec<&'m Flow>>,
}

/// Reports each flow of the project's files that one other flow makes redundant, in each cluster that has
/// it. What a component or a profile writes is not reported: it may do something in the next namespace.
pub(super) fn check<'m>(
    files: &Files,
    models: impl Iterator<Item = &'m Model>,
    said: &mut Diagnostics,
) {
    let mut covered: BTreeMap<Span, Option<Diagnostic>> = BTreeMap::new();
    for model in models {
        let lives = |it: &&Flow| !it.clients.is_empty() && !it.servers.is_empty();
        let index = Index::of(model, model.flows.iter().filter(lives));
        for flow in model.flows.iter().filter(lives).filter(|it| it.site.via.is_none()) {
            if files.file(flow.site.span.file).is_stdlib() {
                continue;
            }
            let wider = index.candidates(model, flow).find(|it| covers(model, it, flow));
            let found = wider.map(|it| report(model, flow, it));
            let row = covered.entry(flow.site.span).or_insert_with(|| found.clone());
            if found.is_none() {
                *row = None;
            }
        }
    }
    for diagnostic in covered.into_values().flatten() {
        said.push(diagnostic);
    }
}

impl<'m> Index<'m> {
    fn of(model: &Model, flows: impl Iterator<Item = &'m Flow>) -> Self {
        let mut index = Self::default();
        for flow in flows {
            let add = |to: &mut BTreeMap<Place, Vec<&'m Flow>>, place: Place| {
                let flows = to.entry(place).or_default();
                if !flows.last().is_some_and(|it| std::ptr::eq(*it, flow)) {
                    flows.push(flow);
                }
            };
            for it in &flow.clients {
                add(&mut index.clients, place(model, &it.endpoint));
            }
            for it in &flow.servers {
                add(&mut index.servers, place(model, &it.endpoint));
            }
        }
        index
    }

    /// The flows that may hold another's first ends.
    fn candidates(&self, model: &Model, flow: &Flow) -> impl Iterator<Item = &'m Flow> {
        let of = |rows: &BTreeMap<Place, Vec<&'m Flow>>, place: Option<Place>| {
            let rows = [place, Some(Place::Anyone)].map(|it| it.and_then(|it| rows.get(&it)));
            rows.into_iter().flatten().flatten().copied().collect::<Vec<_>>()
        };
        let first = flow.clients.first().map(|it| place(model, &it.endpoint));
        let clients = of(&self.clients, first);
        let first = flow.servers.first().map(|it| place(model, &it.endpoint));
        let servers = of(&self.servers, first);
        if clients.len() < servers.len() { clients } else { servers }.into_iter()
    }
}

/// Whether whatever one flow opens, a wider one opens for as long. Of two that open the same, the first
/// one stays.
fn covers(model: &Model, wider: &Flow, flow: &Flow) -> bool {
    wider.site.span != flow.site.span
        && opens_all(model, wider, flow)
        && (wider.site.span < flow.site.span || !opens_all(model, flow, wider))
}

fn opens_all(model: &Model, wider: &Flow, flow: &Flow) -> bool {
    let lasts = match (&wider.until, &flow.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wider), Some(flow)) => wider.node >= flow.node,
    };
    let client =
        |it: &Client| wider.clients.iter().any(|wide| holds(model, &wide.endpoint, &it.endpoint));
    let server = |it: &Server| {
        wider.servers.iter().any(|wide| {
            holds(model, &wide.endpoint, &it.endpoint)
                && ports(model, wide).contains(&ports(model, it))
        })
    };
    lasts && flow.clients.iter().all(client) && flow.servers.iter().all(server)
}

/// A flow that another one makes redundant.
fn report(model: &Model, flow: &Flow, wider: &Flow) -> Diagnostic {
    Diagnostic::new(Code::N0501, flow.site.span, "another flow opens all that this one opens")
        .here("opens nothing more")
        .label(wider.site.span, "opens it already")
        .through(&model.expansions, wider.site)
        .help("remove this one, or narrow the other")
}
