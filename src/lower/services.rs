//! Services that mlnetc makes, and aliases of services.

use rayon::prelude::*;

use super::metadata::Metadata;
use super::{Input, files, metallb, report};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::{
    Alias, Model, Port, Selector, Service as Declared, ServiceType, TrafficPolicy, Workload,
    WorkloadId,
};
use crate::objects::{Object, Service, ServicePort, ServiceSpec, StringMap};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;

/// Makes the Services, sorted by namespace and name.
pub(super) fn all(input: Input<'_>, diagnostics: &mut Diagnostics) -> Vec<Traced> {
    let model = input.model;
    let managed: Vec<(WorkloadId, &Workload, &Declared)> = model
        .workload_ids()
        .filter_map(|(id, it)| Some((id, it, it.service.as_ref().filter(|it| it.managed)?)))
        .collect();
    let results: Vec<Result<Traced, Box<Diagnostic>>> = managed
        .into_par_iter()
        .map(|(id, workload, service)| declared(input, id, workload, service))
        .collect();
    let made = results.into_iter().filter_map(|it| match it {
        Ok(traced) => Some(traced),
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
    });
    let mut made: Vec<Traced> = made.collect();
    made.extend(model.aliases.iter().filter_map(|it| alias(input, it)));
    made.par_sort_by(|left, right| left.object.key().cmp(&right.object.key()));
    made
}

fn declared(
    input: Input<'_>,
    id: WorkloadId,
    workload: &Workload,
    service: &Declared,
) -> Result<Traced, Box<Diagnostic>> {
    let model = input.model;
    let namespace = model.namespace(workload.namespace).name.as_str();
    let Some(selector) = selector(&workload.pods) else {
        return Err(Box::new(report::service_selector(model, workload)));
    };
    let served: Vec<&Port> = workload.ports.iter().filter(|it| it.service_port.is_some()).collect();
    if served.is_empty() && service.kind.node != ServiceType::Headless {
        return Err(Box::new(report::service_without_port(model, workload)));
    }
    let mut origins = Origins::of(&[workload.site]);
    for (key, _, site) in &service.labels {
        origins.part(&field_path!["metadata", "labels", key.clone()], &[*site]);
    }
    let annotations = metallb::annotations(input, id);
    for (key, _, site) in &annotations {
        origins.part(&field_path!["metadata", "annotations", *key], &[*site]);
    }
    if let Some(site) = service.traffic_policy_span {
        origins.part(&field_path!["spec", "externalTrafficPolicy"], &[site]);
    }
    for (at, port) in served.iter().enumerate() {
        origins.part(&field_path!["spec", "ports", at], &[port.site]);
    }
    let description = workload.description.as_deref();
    let labels = service.labels.iter().map(|(key, value, _)| (key.as_str(), value.as_str()));
    let annotations = annotations.into_iter().map(|(key, value, _)| (key.into(), value)).collect();
    let metadata = Metadata::of(input, &service.name, Some(namespace), workload.site, description)
        .labels(labels)
        .annotations(annotations)
        .done();
    let spec = spec(model, workload, service, selector, &served);
    Ok(Traced {
        file: files::of_owner(model, workload.owner, "services.yaml"),
        object: Object::Service(Service::new(metadata, spec)),
        origins,
    })
}

fn spec(
    model: &Model,
    workload: &Workload,
    service: &Declared,
    selector: StringMap,
    served: &[&Port],
) -> ServiceSpec {
    let kind = service.kind.node;
    let external = matches!(kind, ServiceType::LoadBalancer | ServiceType::NodePort);
    let policy = match service.traffic_policy {
        TrafficPolicy::Local => "Local",
        TrafficPolicy::Cluster => "Cluster",
    };
    ServiceSpec {
        kind: kind.kubernetes(),
        cluster_ip: (kind == ServiceType::Headless).then_some("None"),
        external_name: None,
        external_traffic_policy: external.then_some(policy),
        allocate_load_balancer_node_ports: (kind == ServiceType::LoadBalancer)
            .then(|| model.opens_node_ports(workload)),
        selector,
        ports: served.iter().filter_map(|it| port(it)).collect(),
    }
}

fn port(port: &Port) -> Option<ServicePort> {
    Some(ServicePort {
        name: port.name.node.as_str().to_owned(),
        protocol: port.pod_port.0.protocol.as_str(),
        port: port.service_port?.0,
        target_port: port.pod_port.0.from,
        node_port: port.node_port.as_ref().map(|it| it.node),
    })
}

/// Converts a selector to a Service's selector; `None` if it is empty or a requirement is not a single value.
fn selector(pods: &Selector) -> Option<StringMap> {
    let labels = pods.values().filter(|it| !it.is_empty())?;
    let labels = labels.into_iter().map(|(key, value)| (key.clone().into(), value.clone()));
    Some(StringMap(labels.collect()))
}

fn alias(input: Input<'_>, alias: &Alias) -> Option<Traced> {
    let model = input.model;
    let target = model.workload(alias.to);
    let service = target.service.as_ref()?;
    let name = format!(
        "{}.{}.svc.{}",
        service.name,
        model.namespace(target.namespace).name,
        model.cluster.domain
    );
    let namespace = model.namespace(alias.namespace).name.as_str();
    let description = alias.description.as_deref();
    let metadata =
        Metadata::of(input, &alias.name, Some(namespace), alias.site, description).done();
    let spec = ServiceSpec {
        kind: "ExternalName",
        cluster_ip: None,
        external_name: Some(name),
        external_traffic_policy: None,
        allocate_load_balancer_node_ports: None,
        selector: StringMap::default(),
        ports: Vec::new(),
    };
    let mut origins = Origins::of(&[alias.site]);
    origins.part(&field_path!["spec", "externalName"], &[alias.site, target.site]);
    Some(Traced {
        file: files::of_owner(model, alias.owner, "services.yaml"),
        object: Object::Service(Service::new(metadata, spec)),
        origins,
    })
}
