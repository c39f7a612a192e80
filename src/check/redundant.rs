//! Flows that open nothing, because another one opens it already.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::overlap::{addresses, as_nodes, holds, ports};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Client, Endpoint, Flow, Isolation, Mark, Model, NamespaceId, Selector, Server};
use crate::scalar::around;
use crate::source::{Files, Site, Span};

/// The flows, by what whatever their ends hold has in common with them.
#[derive(Default)]
struct Index<'m> {
    clients: BTreeMap<EndKey<'m>, Vec<&'m Flow>>,
    servers: BTreeMap<EndKey<'m>, Vec<&'m Flow>>,
}

/// Index key that an end shares with every end that it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EndKey<'m> {
    /// Pods of a namespace, which may have a label.
    Pods(NamespaceId, Option<Mark<'m>>),
    /// A network, or one around it.
    Network(IpNet),
    /// `internet`, and what has no known address.
    Outside,
    /// Every pod and every address.
    Anyone,
}

/// Reports each flow of the project's files that one other flow makes redundant, in each cluster that has
/// it. What a component or a profile writes is not reported: it may do something in the next namespace.
pub(super) fn check<'m>(
    files: &Files,
    models: impl Iterator<Item = &'m Model>,
    diagnostics: &mut Diagnostics,
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
        diagnostics.push(diagnostic);
    }
}

impl<'m> Index<'m> {
    fn of(model: &'m Model, flows: impl Iterator<Item = &'m Flow>) -> Self {
        let mut index = Self::default();
        for flow in flows {
            for it in flow.clients.iter().flat_map(|it| keys(model, &it.endpoint)) {
                add(&mut index.clients, it, flow);
            }
            for it in flow.servers.iter().flat_map(|it| keys(model, &it.endpoint)) {
                add(&mut index.servers, it, flow);
            }
        }
        index
    }

    /// The flows that may hold another's first ends.
    fn candidates<'i>(
        &'i self,
        model: &'m Model,
        flow: &'m Flow,
    ) -> impl Iterator<Item = &'m Flow> + use<'i, 'm> {
        let clients = rows(model, &self.clients, flow.clients.first().map(|it| &it.endpoint));
        let servers = rows(model, &self.servers, flow.servers.first().map(|it| &it.endpoint));
        let count = |rows: &[&[&Flow]]| rows.iter().map(|it| it.len()).sum::<usize>();
        let fewer = if count(&clients) < count(&servers) { clients } else { servers };
        fewer.into_iter().flatten().copied()
    }
}

fn add<'m>(to: &mut BTreeMap<EndKey<'m>, Vec<&'m Flow>>, key: EndKey<'m>, flow: &'m Flow) {
    let flows = to.entry(key).or_default();
    if !flows.last().is_some_and(|it| std::ptr::eq(*it, flow)) {
        flows.push(flow);
    }
}

/// The rows of the index that may hold an end.
fn rows<'i, 'm>(
    model: &'m Model,
    index: &'i BTreeMap<EndKey<'m>, Vec<&'m Flow>>,
    end: Option<&'m Endpoint>,
) -> Vec<&'i [&'m Flow]> {
    let keys = end.map(|it| keys_of_wider(model, it)).unwrap_or_default();
    keys.iter().filter_map(|it| index.get(it)).map(Vec::as_slice).collect()
}

/// Where the index has an end.
fn keys<'m>(model: &'m Model, endpoint: &'m Endpoint) -> Vec<EndKey<'m>> {
    of_end(model, endpoint, Selector::marks, |networks| {
        networks.iter().map(|it| EndKey::Network(*it)).collect()
    })
}

/// Where the index has the ends that may hold an end.
fn keys_of_wider<'m>(model: &'m Model, endpoint: &'m Endpoint) -> Vec<EndKey<'m>> {
    let mut keys = of_end(model, endpoint, Selector::marks_of_wider, |networks| {
        let around = networks.first().into_iter().flat_map(|it| around(*it));
        around.map(EndKey::Network).chain([EndKey::Outside]).collect()
    });
    keys.push(EndKey::Anyone);
    keys
}

fn of_end<'m>(
    model: &'m Model,
    endpoint: &'m Endpoint,
    marks: impl Fn(&'m Selector) -> Vec<Option<Mark<'m>>>,
    networks: impl Fn(&[IpNet]) -> Vec<EndKey<'m>>,
) -> Vec<EndKey<'m>> {
    let end = as_nodes(model, endpoint);
    if let Some(id) = end.as_workload() {
        let workload = model.workload(id);
        let key = |it| EndKey::Pods(workload.namespace, it);
        return marks(&workload.pods).into_iter().map(key).collect();
    }
    if let Some(id) = end.as_namespace() {
        return vec![EndKey::Pods(id, None)];
    }
    if *end == Endpoint::Anyone {
        return vec![EndKey::Anyone];
    }
    match addresses(model, end).0.as_slice() {
        [] => vec![EndKey::Outside],
        some => networks(some),
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
    // `anyone` opens the half of the other end alone.
    let isolated = |wide: &Endpoint, it: &Endpoint, closes: fn(&Isolation) -> Option<Site>| {
        let namespace = model.namespace_of(as_nodes(model, it));
        *wide == Endpoint::Anyone
            && namespace.is_some_and(|id| closes(&model.namespace(id).isolation).is_some())
    };
    let client = |it: &Client| {
        wider.clients.iter().any(|wide| {
            holds(model, &wide.endpoint, &it.endpoint)
                && !isolated(&wide.endpoint, &it.endpoint, |it| it.egress)
        })
    };
    let server = |it: &Server| {
        wider.servers.iter().any(|wide| {
            holds(model, &wide.endpoint, &it.endpoint)
                && ports(model, wide).contains(&ports(model, it))
                && !isolated(&wide.endpoint, &it.endpoint, |it| it.ingress)
        })
    };
    lasts && flow.clients.iter().all(client) && flow.servers.iter().all(server)
}

/// A flow that another one makes redundant.
fn report(model: &Model, flow: &Flow, wider: &Flow) -> Diagnostic {
    Diagnostic::new(Code::N0501, flow.site.span, "another flow opens every connection of this flow")
        .here("opens no other connection")
        .label(wider.site.span, "already opens these connections")
        .through(&model.expansions, wider.site)
        .help("remove this flow, or narrow the other flow")
}
