//! Node ports: one Service's number on every node, and only where a Service has one; and what else belongs to
//! Services that are reached from outside.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Model, NamespaceId, Port, Service, ServiceType, Workload};
use crate::source::Span;

/// What the API server takes unless `--service-node-port-range` says otherwise.
const USUAL: RangeInclusive<u16> = 30000..=32767;

/// Reports a number that two Services ask for, whatever their protocols: Kubernetes counts numbers only
/// (pkg/registry/core/service/portallocator). Two ports of one Service have one number only if they have
/// one Service port, with two protocols (pkg/registry/core/service/storage/alloc.go).
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<u16, Asked<'_>> = BTreeMap::new();
    for workload in &model.workloads {
        let Some(service) = &workload.service else { continue };
        if service.managed {
            reached_from_outside(workload, service, diagnostics);
        }
        let key = (workload.namespace, service.name.as_str());
        for port in &workload.ports {
            let Some(wanted) = &port.node_port else { continue };
            let asked = Asked { span: wanted.span, path: &workload.path, service: key, port };
            let other = *first.entry(wanted.node).or_insert(asked);
            if other.service != key {
                diagnostics.push(twice(wanted.node, &other, &asked));
            } else if service.managed && other.port.service_port != port.service_port {
                diagnostics.push(twice_in_one(wanted.node, &other, &asked));
            }
            if !USUAL.contains(&wanted.node) {
                diagnostics.push(unusual(wanted.span, wanted.node));
            }
        }
    }
}

/// A port that asks for a number.
#[derive(Clone, Copy)]
struct Asked<'m> {
    span: Span,
    path: &'m str,
    service: (NamespaceId, &'m str),
    port: &'m Port,
}

fn twice(number: u16, first: &Asked<'_>, second: &Asked<'_>) -> Diagnostic {
    let message = format!("`{}` and `{}` both request node port {number}", first.path, second.path);
    Diagnostic::new(Code::E0327, second.span, message)
        .here(format!("also requests {number}"))
        .label(first.span, format!("`{}` requests {number}", first.path))
        .note("every node listens on a node port for one Service of the cluster")
        .help("give one of them another number, or none: Kubernetes assigns a free port")
}

fn twice_in_one(number: u16, first: &Asked<'_>, second: &Asked<'_>) -> Diagnostic {
    let message = format!("two ports of `{}` request node port {number}", first.path);
    Diagnostic::new(Code::E0327, second.span, message)
        .here(format!("`{}` also requests {number}", second.port.name))
        .label(first.span, format!("`{}` requests {number}", first.port.name))
        .help(
            "give one of them another number, or none: two Service ports share a node port only if \
             they have the same number and different protocols",
        )
}

fn unusual(span: Span, number: u16) -> Diagnostic {
    let message =
        format!("node port {number} is not between {} and {}", USUAL.start(), USUAL.end());
    Diagnostic::new(Code::W0301, span, message)
        .here("the API server rejects it, unless another range is configured")
        .help(
            "use a number of the range; if your API server has another range \
         (`--service-node-port-range`), write `# expect W0301: …` above",
        )
}

/// Neither a node port nor a traffic policy is anything to a Service that is reached inside the cluster only.
fn reached_from_outside(workload: &Workload, service: &Service, diagnostics: &mut Diagnostics) {
    let word = match service.kind.node {
        ServiceType::ClusterIp => "cluster-ip",
        ServiceType::Headless => "headless",
        ServiceType::NodePort | ServiceType::LoadBalancer => return,
    };
    let nodes = workload.ports.iter().filter_map(|it| it.node_port.as_ref());
    let nodes = nodes.map(|it| (it.span, "no node ports"));
    let policy = service.traffic_policy_span.map(|it| (it.span, "no traffic policy"));
    for (span, what) in nodes.chain(policy) {
        let message = format!("a Service of type `{word}` has {what}");
        diagnostics.push(
            Diagnostic::new(Code::E0302, span, message)
                .label(service.kind.span, format!("`{}` is `{word}`", workload.path))
                .help("write `type = node-port` or `type = load-balancer`, or remove this"),
        );
    }
}
