//! Manifests to what the engine reads, with the defaults that the API server fills in. What is emitted
//! and what a cluster has go through here alike.

mod policy;
mod service;
mod workload;

use serde::Deserialize;
use serde_json::Value;

use super::cluster::{Cluster, Namespace, Pods, Policy, Service};
use super::selector::{Labels, Selector};
use crate::scalar::{PortRange, Protocol};

/// An object that no API server would have taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What it is: `NetworkPolicy shop/web`.
    pub object: String,
    /// Why.
    pub why: String,
}

/// One object, read.
#[derive(Debug, Clone)]
pub enum Read {
    /// A Namespace.
    Namespace(Namespace),
    /// A Pod, or the pods of a workload.
    Pods(Pods),
    /// A Service.
    Service(Service),
    /// A NetworkPolicy.
    Policy(Policy),
    /// Something that decides nothing here.
    Other,
}

/// `metadata`, as far as it matters.
#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    namespace: Option<String>,
    labels: Option<Labels>,
}

impl Metadata {
    /// An object without a namespace lies in `default`, as `kubectl apply` has it.
    fn namespace(&self) -> String {
        self.namespace.clone().unwrap_or_else(|| "default".to_owned())
    }
}

/// Reads objects in any order; what is invalid is left out and said.
pub fn cluster<'v>(objects: impl IntoIterator<Item = &'v Value>) -> (Cluster, Vec<Invalid>) {
    let (mut cluster, mut invalid) = (Cluster::default(), Vec::new());
    for read in objects.into_iter().map(object) {
        match read {
            Ok(read) => cluster.take(read),
            Err(it) => invalid.push(it),
        }
    }
    cluster.without_templates_of_pods();
    (cluster, invalid)
}

/// Reads one object.
pub fn object(object: &Value) -> Result<Read, Invalid> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    let kind = text("kind");
    let read = match (group, kind) {
        ("", "Namespace") => metadata(object).map(|it| {
            Read::Namespace(Namespace { name: it.name, labels: it.labels.unwrap_or_default() })
        }),
        ("", "Service") => service::read(object).map(Read::Service),
        ("networking.k8s.io", "NetworkPolicy") => policy::read(object).map(Read::Policy),
        ("", "Pod") => workload::pod(object).map(|it| it.map_or(Read::Other, Read::Pods)),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "ReplicationController") => {
            workload::template(object, kind).map(|it| it.map_or(Read::Other, Read::Pods))
        }
        _ => Ok(Read::Other),
    };
    read.map_err(|why| {
        let metadata = metadata(object).unwrap_or_default();
        let namespace = metadata.namespace.map(|it| format!("{it}/")).unwrap_or_default();
        Invalid { object: format!("{kind} {namespace}{}", metadata.name), why }
    })
}

/// Reads a label selector: `matchLabels` and `matchExpressions`.
pub fn label_selector(value: &Value) -> Result<Selector, String> {
    read_as(value).and_then(policy::selector)
}

fn metadata(object: &Value) -> Result<Metadata, String> {
    object.get("metadata").map_or_else(|| Ok(Metadata::default()), read_as)
}

fn read_as<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| error.to_string())
}

/// A protocol; TCP where none is named.
fn protocol(word: Option<&str>) -> Result<Protocol, String> {
    match word {
        None | Some("TCP") => Ok(Protocol::Tcp),
        Some("UDP") => Ok(Protocol::Udp),
        Some("SCTP") => Ok(Protocol::Sctp),
        Some(other) => Err(format!("`{other}` is no protocol")),
    }
}

fn one(protocol: Protocol, port: u16) -> PortRange {
    PortRange { protocol, from: port, to: port }
}

/// A number or a name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum IntOrString {
    Int(u16),
    String(String),
}

impl Cluster {
    /// Adds what was read.
    pub fn take(&mut self, read: Read) {
        match read {
            Read::Namespace(it) => self.namespaces.push(it),
            Read::Pods(it) => self.pods.push(it),
            Read::Service(it) => self.services.push(it),
            Read::Policy(it) => self.policies.push(it),
            Read::Other => {}
        }
    }

    /// Where a snapshot has pods and their workloads, the pods are what is there.
    pub fn without_templates_of_pods(&mut self) {
        let (pods, templates): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pods).into_iter().partition(|it| it.is_one);
        let mut by_namespace = std::collections::BTreeMap::<&str, Vec<&Pods>>::new();
        for it in &pods {
            by_namespace.entry(&it.namespace).or_default().push(it);
        }
        let is_there = |template: &Pods| {
            let pods = by_namespace.get(template.namespace.as_str());
            pods.into_iter().flatten().any(|pod| {
                template.labels.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
            })
        };
        let unseen: Vec<Pods> = templates.into_iter().filter(|it| !is_there(it)).collect();
        self.pods = pods;
        self.pods.extend(unseen);
    }
}
