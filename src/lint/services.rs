//! Services that lead nowhere: without pods, with a target port that the pods do not have, or with a node port of
//! another Service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::places::Collector;
use super::report::services::{self as report, Target};
use super::selectors::meant;
use super::snapshot::{View, name, namespace, text};
use crate::diagnostics::nearest;
use crate::policy::{Labels, Port};
use crate::reachability::{Class, Service, Set};
use crate::scalar::{PortRange, port_name};
use crate::source::Span;

/// Checks the Services.
pub(super) fn check(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    node_ports(view, diagnostics);
    if !view.snapshot.knows_pods {
        return;
    }
    let served = served(view);
    let mut undeclared = BTreeMap::<Target, Vec<Span>>::new();
    for (manifest, service) in view.services() {
        if service.pods.is_none() {
            continue;
        }
        let pods = view.pods_of(service);
        if pods.is_empty() {
            let has_endpoints = served.contains(&(&service.namespace, &service.name));
            if !has_endpoints && !is_of_hosts(view, service) {
                without_pods(view, diagnostics, manifest, service);
            }
        } else {
            targets(view, diagnostics, manifest, service, &pods, &mut undeclared);
        }
    }
    for (target, places) in undeclared {
        diagnostics.push(report::undeclared_target(&target, &places));
    }
    containers(view, diagnostics);
}

/// Returns the Services that have endpoints, of any origin: endpoints of the API server are stronger evidence than the
/// pods of a snapshot.
fn served<'s>(view: &View<'s>) -> BTreeSet<(&'s str, &'s str)> {
    let slices = view.objects("discovery.k8s.io", "EndpointSlice").filter_map(|(_, it)| {
        let service = text(it, "/metadata/labels/kubernetes.io~1service-name")?;
        let has_some = it.get("endpoints")?.as_array().is_some_and(|it| !it.is_empty());
        has_some.then(|| (namespace(it), service))
    });
    let endpoints = view.objects("", "Endpoints").filter_map(|(_, it)| {
        it.pointer("/subsets/0")?;
        Some((namespace(it), name(it)))
    });
    slices.chain(endpoints).collect()
}

/// Returns whether the pods of a Service use the network of their nodes: they are endpoints all the same.
fn is_of_hosts(view: &View<'_>, service: &Service) -> bool {
    let Some(selector) = &service.pods else { return false };
    let mut pods = view.snapshot.cluster.pods.iter().filter(|it| it.host_network);
    pods.any(|it| it.namespace == service.namespace && selector.selects(&it.labels))
}

fn without_pods(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    manifest: usize,
    service: &Service,
) {
    let Some(selector) = &service.pods else { return };
    let ends = view.reach.ends();
    let own = ends.of_namespace(&service.namespace);
    let classes = own.iter().filter_map(|it| ends.class(it));
    let all: BTreeSet<&Labels> = classes.map(|it| &it.pods.labels).collect();
    let near = meant(selector, &all).map(|(has, _)| has);
    // A Service that an operator owns may lead to pods that the operator creates.
    let is_owned = view.field(manifest, "/metadata/ownerReferences/0").is_some();
    if near.is_none() && is_owned && !view.snapshot.has_pods {
        return;
    }
    let elsewhere = (own.is_empty() || near.is_none())
        .then(|| {
            let mut classes = ends.classes().map(|(_, it)| it.pods);
            classes.find(|it| !selector.0.is_empty() && selector.selects(&it.labels))
        })
        .flatten()
        .filter(|_| view.field(manifest, "/metadata/namespace").is_none())
        .map(|it| it.namespace.clone());
    let place = diagnostics.entry(manifest, "/spec/selector");
    let has_namespace = view.field(manifest, "/metadata/namespace").is_some();
    diagnostics.push(report::no_pods(
        service,
        near.as_deref(),
        elsewhere.as_deref(),
        has_namespace,
        place,
    ));
}

/// Reports ports of a Service that its pods do not have.
fn targets(
    view: &View<'_>,
    diagnostics: &mut Collector<'_>,
    manifest: usize,
    service: &Service,
    pods: &Set,
    undeclared: &mut BTreeMap<Target, Vec<Span>>,
) {
    let classes: Vec<&Class<'_>> =
        pods.iter().filter_map(|it| view.reach.ends().class(it)).collect();
    for (at, it) in service.ports.iter().enumerate() {
        let pointer = format!("/spec/ports/{at}/targetPort");
        match &it.target {
            Port::Named(protocol, wanted) => {
                let named = classes.iter().flat_map(|it| &it.pods.ports);
                let named: Vec<_> = named.filter(|it| it.protocol == *protocol).collect();
                if named.iter().any(|it| it.name == *wanted) {
                    continue;
                }
                let names: BTreeSet<&str> = named.iter().map(|it| it.name.as_str()).collect();
                let near = nearest(wanted, names.iter().copied());
                let place = diagnostics.entry(manifest, &pointer);
                diagnostics.push(report::no_such_target(service, wanted, near, &names, place));
            }
            Port::Numbers(range) => {
                let all_say = classes.iter().all(|it| !it.pods.listens.is_empty());
                let any = classes.iter().flat_map(|it| &it.pods.listens);
                if !all_say || any.clone().any(|it| it.overlaps(*range)) {
                    continue;
                }
                let declared: BTreeSet<PortRange> = any.copied().collect();
                let is_written = view.field(manifest, &pointer).is_some();
                let pointer = if is_written { pointer } else { format!("/spec/ports/{at}/port") };
                let place = diagnostics.entry(manifest, &pointer);
                let declared = declared.into_iter().map(port_name).collect();
                let target =
                    Target { service: service.name.clone(), port: port_name(*range), declared };
                undeclared.entry(target).or_default().push(place);
            }
        }
    }
}

/// Reports node ports that two Services request.
fn node_ports(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    let mut claims = BTreeMap::<(u64, &str), Vec<(usize, usize)>>::new();
    for (manifest, _) in view.services() {
        let ports = view.field(manifest, "/spec/ports").and_then(Value::as_array);
        for (at, it) in ports.into_iter().flatten().enumerate() {
            let Some(number) = it.get("nodePort").and_then(Value::as_u64).filter(|it| *it > 0)
            else {
                continue;
            };
            let protocol = it.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
            claims.entry((number, protocol)).or_default().push((manifest, at));
        }
    }
    for ((number, protocol), claims) in claims {
        let services: BTreeSet<usize> = claims.iter().map(|(it, _)| *it).collect();
        if services.len() < 2 {
            continue;
        }
        let places = claims.iter().map(|(manifest, at)| {
            diagnostics.entry(*manifest, &format!("/spec/ports/{at}/nodePort"))
        });
        let places: Vec<Span> = places.collect();
        diagnostics.push(report::node_port_twice(number, protocol, &places));
    }
}

/// Reports pods with two ports of the same name and protocol.
fn containers(view: &View<'_>, diagnostics: &mut Collector<'_>) {
    for (at, it) in view.snapshot.manifests.iter().enumerate() {
        let kind = text(&it.object, "/kind").unwrap_or_default();
        let spec = match kind {
            "Pod" => "/spec",
            "CronJob" => "/spec/jobTemplate/spec/template/spec",
            _ => "/spec/template/spec",
        };
        let containers = it.object.pointer(&format!("{spec}/containers")).and_then(Value::as_array);
        let mut seen = BTreeMap::<(&str, &str), (u64, String)>::new();
        for (container, it) in containers.into_iter().flatten().enumerate() {
            let ports = it.get("ports").and_then(Value::as_array);
            for (port, it) in ports.into_iter().flatten().enumerate() {
                let Some(named) = it.get("name").and_then(Value::as_str) else { continue };
                let number = it.get("containerPort").and_then(Value::as_u64).unwrap_or(0);
                let protocol = it.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
                let pointer = format!("{spec}/containers/{container}/ports/{port}/name");
                match seen.get(&(named, protocol)) {
                    None => _ = seen.insert((named, protocol), (number, pointer)),
                    Some((first, place)) if *first != number => {
                        let (first, place) = (*first, diagnostics.entry(at, place));
                        let second = diagnostics.entry(at, &pointer);
                        diagnostics.push(report::name_twice(
                            named,
                            (first, place),
                            (number, second),
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}
