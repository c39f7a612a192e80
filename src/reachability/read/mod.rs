//! Manifests to what the engine reads, with the defaults that the API server fills in. What is emitted
//! and what a cluster has go through here alike.

mod policy;
mod service;
mod shape;
#[cfg(test)]
mod tests;
mod workload;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde_json::Value;

use super::cluster::{Cluster, Namespace, Pods, Service};
use crate::policy::{Labels, Policy, Selector};
use crate::scalar::{PortRange, Protocol};
use shape::Wrong;

/// An object that no API server would have taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What it is: `NetworkPolicy shop/web`.
    pub object: String,
    /// The field, what the API server expects and what the manifest has, as one sentence.
    pub why: String,
    /// The JSON pointer of the field.
    pub pointer: String,
    /// How to correct the manifest, where one edit is likely.
    pub help: Option<String>,
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
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: String,
    namespace: Option<String>,
    labels: Option<Labels>,
    owner_references: Option<Vec<Owner>>,
}

/// An object that made another.
#[derive(Debug, Deserialize)]
struct Owner {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
}

impl Metadata {
    /// An object without a namespace lies in `default`, as `kubectl apply` has it.
    fn namespace(&self) -> String {
        self.namespace.clone().unwrap_or_else(|| "default".to_owned())
    }

    /// The first owner.
    fn owner(&self) -> Option<&Owner> {
        self.owner_references.as_ref()?.first()
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
    read.map_err(|wrong: Wrong| {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").map(|it| format!("{it}/")).unwrap_or_default();
        let name = text("/metadata/name").unwrap_or_default();
        Invalid {
            object: format!("{kind} {namespace}{name}"),
            why: wrong.to_string(),
            pointer: wrong.pointer(),
            help: wrong.help(),
        }
    })
}

/// Reads a label selector: `matchLabels` and `matchExpressions`.
pub fn label_selector(value: &Value) -> Result<Selector, String> {
    shape::read(value).and_then(policy::selector).map_err(|it| it.to_string())
}

fn metadata(object: &Value) -> Result<Metadata, Wrong> {
    shape::field(object, "metadata")
}

/// A protocol; TCP where none is named.
fn protocol(word: Option<&str>) -> Result<Protocol, Wrong> {
    match word {
        None | Some("TCP") => Ok(Protocol::Tcp),
        Some("UDP") => Ok(Protocol::Udp),
        Some("SCTP") => Ok(Protocol::Sctp),
        Some(other) => Err(format!("`{other}` is no protocol").into()),
    }
}

fn one(protocol: Protocol, port: u16) -> PortRange {
    PortRange { protocol, from: port, to: port }
}

/// A number or a name of a port.
#[derive(Debug)]
enum IntOrString {
    Int(u16),
    String(String),
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(IntOrStringVisitor)
    }
}

struct IntOrStringVisitor;

impl Visitor<'_> for IntOrStringVisitor {
    type Value = IntOrString;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a port number from 1 to 65535 or a port name")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<IntOrString, E> {
        let port = u16::try_from(number).map(IntOrString::Int);
        port.map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<IntOrString, E> {
        Ok(IntOrString::String(name.to_owned()))
    }
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
