//! Flows from the internet into Services that have no address outside the cluster: the policy opens a port,
//! and no packet comes.

use std::collections::BTreeSet;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{
    Client, Endpoint, Flow, Model, Requirement, Selector, Service, ServiceType, Workload,
    WorkloadId,
};
use crate::scalar::Addresses;

/// Reports each service that is opened to `internet` and has no route from there, at the first flow that
/// opens it.
///
/// Only `internet` is certain: a router beside the cluster may know a way to the pods or the Services
/// (BGP, static routes), so that other addresses are not reported. Neither are the cluster's own networks if
/// they are public, or if machines beside the pods have addresses of them.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    if !is_private(model) {
        return;
    }
    let mut seen: BTreeSet<WorkloadId> = BTreeSet::new();
    for flow in &model.flows {
        let client = flow.clients.iter().find(|it| it.endpoint == Endpoint::Internet);
        let Some(client) = client else { continue };
        for server in &flow.servers {
            if let Some(id) = server.endpoint.as_workload()
                && let Some(service) = without_route(model, model.workload(id))
                && seen.insert(id)
            {
                diagnostics.push(report(model, flow, client, (model.workload(id), service)));
            }
        }
    }
}

/// Whether no router of the internet knows a way to pods and Services.
fn is_private(model: &Model) -> bool {
    let cluster = &model.cluster;
    let hidden = Addresses::not_public_v4().union(&Addresses::not_public_v6());
    let networks = || cluster.pods.iter().chain(&cluster.services);
    networks().all(|it| hidden.covers(&Addresses::of([it.node])))
        && !cluster.pods.iter().any(|it| cluster.shares(it.node))
}

/// The Service of a workload, if nothing outside the cluster reaches its pods through one.
pub(super) fn without_route<'m>(model: &Model, workload: &'m Workload) -> Option<&'m Service> {
    let service = workload.service.as_ref()?;
    // A flow into an open namespace has no effect, which is reported.
    let is_closed = model.namespace(workload.namespace).isolation.ingress.is_some();
    let has_route = model.workloads.iter().any(|it| {
        it.namespace == workload.namespace && is_outside(it) && may_share(&it.pods, &workload.pods)
    });
    (is_closed && !is_outside(workload) && !has_route).then_some(service)
}

/// Whether clients outside the cluster reach the pods: by the Service, or by the address of their node.
fn is_outside(workload: &Workload) -> bool {
    let by_service = workload.service.as_ref().is_some_and(|it| {
        matches!(it.kind.node, ServiceType::LoadBalancer | ServiceType::NodePort)
    });
    by_service || workload.host_network
}

/// Whether one pod may have the labels of both selectors: none of them has to be two things at once.
fn may_share(one: &Selector, other: &Selector) -> bool {
    !one.0.iter().any(|(key, left)| {
        let same = other.0.iter().filter(|(it, _)| it == key);
        same.map(|(_, it)| it).any(|right| contradict(left, right) || contradict(right, left))
    })
}

/// The values that a requirement allows, if it lists them.
fn values(it: &Requirement) -> &[String] {
    match it {
        Requirement::Is(value) => std::slice::from_ref(value),
        Requirement::In(values) => values,
        Requirement::NotIn(_) | Requirement::Exists | Requirement::Absent => &[],
    }
}

/// Whether no value of a label meets both requirements.
fn contradict(one: &Requirement, other: &Requirement) -> bool {
    match (one, other) {
        (Requirement::Is(_) | Requirement::In(_), Requirement::Is(_) | Requirement::In(_)) => {
            !values(one).iter().any(|it| values(other).contains(it))
        }
        (Requirement::Is(_) | Requirement::In(_), Requirement::NotIn(denied)) => {
            values(one).iter().all(|it| denied.contains(it))
        }
        (Requirement::Is(_) | Requirement::In(_) | Requirement::Exists, Requirement::Absent) => {
            true
        }
        _ => false,
    }
}

fn report(
    model: &Model,
    flow: &Flow,
    client: &Client,
    (workload, service): (&Workload, &Service),
) -> Diagnostic {
    let path = &workload.path;
    let word = service.kind.node.word();
    let message = format!("`{path}` has no route from the internet: its Service is `{word}`");
    let by_default = service.kind.span == workload.site.span;
    let kind = if by_default { "the default type" } else { "this type" };
    let diagnostic = Diagnostic::new(Code::W0337, client.site.span, message)
        .here("opens a port that clients outside of the cluster cannot reach")
        .label(service.kind.span, format!("`{word}` is {kind}"));
    let balancers = model.workloads.iter().filter(|it| it.is_load_balancer());
    let balancer = balancers.map(|it| it.path.as_str()).min();
    let through = match balancer {
        Some(balancer) => format!(
            "a load balancer: `flow internet -> {balancer}` and `flow {balancer} -> {path}`"
        ),
        None => "an ingress controller, whose Service is a load balancer".to_owned(),
    };
    let help = if service.managed {
        format!(
            "write `type = load-balancer` or `type = node-port` on the service, or route clients \
             through {through}"
        )
    } else {
        format!(
            "if its chart creates a load balancer or a node port, write `type = load-balancer` or \
             `type = node-port`; otherwise route clients through {through}"
        )
    };
    diagnostic.through(&model.expansions, flow.site).help(help)
}
