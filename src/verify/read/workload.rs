//! Pods, and the workloads that make them.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use super::super::cluster::{NamedPort, Pods};
use super::super::selector::Labels;
use super::{Metadata, metadata, one, protocol, read_as};

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
    /// `Always`: it runs beside the others, and its ports count.
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

/// Reads a Pod; nothing for one that has ended, which talks to nobody.
pub(super) fn pod(object: &Value) -> Result<Option<Pods>, String> {
    let metadata = metadata(object)?;
    let spec: Spec = object.get("spec").map_or_else(|| Ok(Spec::default()), read_as)?;
    let status: Status = object.get("status").map_or_else(|| Ok(Status::default()), read_as)?;
    let workload = workload(object, metadata.labels.as_ref());
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

/// Reads the pod template of a workload; nothing where another workload made it.
pub(super) fn template(object: &Value, kind: &str) -> Result<Option<Pods>, String> {
    let metadata = metadata(object)?;
    let spec = object.get("spec");
    let spec = if kind == "CronJob" { spec.and_then(job_spec) } else { spec };
    let Some(template) = spec.and_then(|it| it.get("template")) else { return Ok(None) };
    // A ReplicaSet or a Job of something else is that something's.
    if owner(object).is_some() {
        return Ok(None);
    }
    let template: Template = read_as(template)?;
    let name = format!("{}/{}", kind.to_lowercase(), metadata.name);
    let mut pods = pods(metadata.namespace(), name.clone(), template.metadata, template.spec)?;
    pods.workload = Some(name);
    Ok(Some(pods))
}

fn job_spec(spec: &Value) -> Option<&Value> {
    spec.get("jobTemplate")?.get("spec")
}

/// The first of an object's owners.
fn owner(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("ownerReferences")?.get(0)
}

/// What made a pod. The replica sets of a Deployment have its name and a hash.
fn workload(pod: &Value, labels: Option<&Labels>) -> Option<String> {
    let owner = owner(pod)?;
    let text = |field: &str| owner.get(field)?.as_str();
    let (kind, name) = (text("kind")?, text("name")?);
    let hash = labels.and_then(|it| it.get("pod-template-hash")).filter(|_| kind == "ReplicaSet");
    let deployment = hash.and_then(|it| name.strip_suffix(it)?.strip_suffix('-'));
    Some(match deployment {
        Some(name) => format!("deployment/{name}"),
        None => format!("{}/{name}", kind.to_lowercase()),
    })
}

fn pods(namespace: String, name: String, metadata: Metadata, spec: Spec) -> Result<Pods, String> {
    let beside = spec.init_containers.into_iter().flatten();
    let beside = beside.filter(|it| it.restart_policy.as_deref() == Some("Always"));
    let containers = spec.containers.into_iter().flatten().chain(beside);
    let (mut ports, mut listens) = (Vec::new(), Vec::new());
    for port in containers.flat_map(|it| it.ports.unwrap_or_default()) {
        let protocol = protocol(port.protocol.as_deref())?;
        listens.push(one(protocol, port.number));
        if let Some(name) = port.name {
            ports.push(NamedPort { name, protocol, port: port.number });
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
