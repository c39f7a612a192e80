//! Reads Pods, and workloads that create pods.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use crate::manifests::fields::{Metadata, protocol};
use crate::manifests::shape::{self, Wrong};
use crate::reachability::{NamedPort, Pods};
use crate::scalar::PortRange;

/// `spec` of a workload: its pod template, or that of the Jobs of a `CronJob`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadSpec {
    template: Option<Template>,
    job_template: Option<JobTemplate>,
}

#[derive(Debug, Deserialize)]
struct JobTemplate {
    spec: Option<JobSpec>,
}

#[derive(Debug, Deserialize)]
struct JobSpec {
    template: Option<Template>,
}

#[derive(Debug, Default, Deserialize)]
struct Template {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    host_network: Option<bool>,
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    ports: Option<Vec<ContainerPort>>,
    /// `Always` marks a sidecar: it runs beside the containers, and its ports count.
    restart_policy: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ContainerPort {
    name: Option<String>,
    #[serde(rename = "containerPort")]
    number: u16,
    protocol: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(rename = "podIP")]
    pod_ip: Option<String>,
    #[serde(rename = "podIPs")]
    pod_ips: Option<Vec<PodIp>>,
    phase: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PodIp {
    ip: Option<String>,
}

/// Reads a Pod; `None` if it has terminated, because it has no connections.
pub(super) fn pod(object: &Value) -> Result<Option<Pods>, Wrong> {
    let metadata = Metadata::of(object)?;
    let spec: Spec = shape::field(object, "spec")?;
    let status: Status = shape::field(object, "status")?;
    let workload = workload(&metadata);
    let mut pods = pods(metadata.namespace(), metadata.name.clone(), metadata, spec)?;
    if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return Ok(None);
    }
    pods.workload = workload;
    let more = status.pod_ips.unwrap_or_default().into_iter().filter_map(|it| it.ip);
    let addresses = status.pod_ip.into_iter().chain(more);
    pods.addresses = addresses.filter_map(|it| it.parse::<IpAddr>().ok()).collect();
    pods.addresses.sort_unstable();
    pods.addresses.dedup();
    pods.is_one = true;
    Ok(Some(pods))
}

/// Reads the pod template of a workload; `None` if another workload created the workload.
pub(super) fn template(object: &Value, kind: &str) -> Result<Option<Pods>, Wrong> {
    let metadata = Metadata::of(object)?;
    // A ReplicaSet or a Job with an owner is part of that owner.
    if metadata.owner().is_some() {
        return Ok(None);
    }
    let spec: WorkloadSpec = shape::field(object, "spec")?;
    let (template, path) = if kind == "CronJob" {
        let job = spec.job_template.and_then(|it| it.spec);
        (job.and_then(|it| it.template), &["template", "spec", "jobTemplate", "spec"][..])
    } else {
        (spec.template, &["template", "spec"][..])
    };
    let Some(template) = template else { return Ok(None) };
    let name = format!("{}/{}", kind.to_lowercase(), metadata.name);
    let pods = pods(metadata.namespace(), name.clone(), template.metadata, template.spec);
    let mut pods = pods.map_err(|it| path.iter().fold(it, |it, field| it.within(field)))?;
    pods.workload = Some(name);
    Ok(Some(pods))
}

/// Returns the workload that created a pod. The name of a Deployment's `ReplicaSet` is the name of the Deployment
/// and a hash.
fn workload(pod: &Metadata) -> Option<String> {
    let owner = pod.owner()?;
    let (kind, name) = (&owner.kind, &owner.name);
    let labels = pod.labels.as_ref();
    let hash = labels.and_then(|it| it.get("pod-template-hash")).filter(|_| kind == "ReplicaSet");
    let deployment = hash.and_then(|it| name.strip_suffix(it)?.strip_suffix('-'));
    Some(match deployment {
        Some(name) => format!("deployment/{name}"),
        None => format!("{}/{name}", kind.to_lowercase()),
    })
}

fn pods(namespace: String, name: String, metadata: Metadata, spec: Spec) -> Result<Pods, Wrong> {
    let (mut ports, mut listens) = (Vec::new(), Vec::new());
    let beside = |it: &Container| it.restart_policy.as_deref() == Some("Always");
    let init = spec.init_containers.into_iter().flatten().enumerate();
    let init = init.filter(|(_, it)| beside(it)).map(|it| ("initContainers", it));
    let containers = spec.containers.into_iter().flatten().enumerate();
    for (field, (at, container)) in containers.map(|it| ("containers", it)).chain(init) {
        for (row, port) in container.ports.into_iter().flatten().enumerate() {
            let protocol = protocol(port.protocol.as_deref()).map_err(|it| {
                it.within("protocol")
                    .item(row)
                    .within("ports")
                    .item(at)
                    .within(field)
                    .within("spec")
            })?;
            listens.push(PortRange::single(protocol, port.number));
            if let Some(name) = port.name {
                ports.push(NamedPort { name, protocol, port: port.number });
            }
        }
    }
    Ok(Pods {
        namespace,
        name,
        workload: None,
        labels: metadata.labels.unwrap_or_default(),
        ports,
        listens,
        addresses: Vec::new(),
        anywhere: false,
        host_network: spec.host_network.unwrap_or(false),
        is_one: false,
    })
}
