//! Reads the objects that decide which connections are allowed: Namespaces, Pods, workloads, Services, and
//! policies of every dialect. In: manifests of any author, including mlnetc; out: the cluster that
//! `reachability` evaluates, with the defaults of the API server. It must not know a model.

mod service;
#[cfg(test)]
pub(crate) mod tests;
mod workload;

use serde_json::Value;

use crate::dialect;
use crate::manifests::fields::Metadata;
use crate::manifests::shape::Wrong;
use crate::policy::{Part, Policy};
use crate::reachability::{Cluster, Namespace, Pods, Service};
use crate::scalar::FieldPath;

/// An object that an API server rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Kind, namespace and name: `NetworkPolicy shop/web`.
    pub object: String,
    /// The field, the value that the API server expects and the value in the manifest, as one sentence.
    pub why: String,
    /// The JSON pointer of the field.
    pub pointer: String,
    /// How to correct the manifest, if one edit is likely.
    pub help: Option<String>,
}

/// The result of reading one object.
#[derive(Debug, Clone)]
pub enum Read {
    /// A Namespace.
    Namespace(Namespace),
    /// A Pod, or all pods of a workload.
    Pods(Pods),
    /// A Service.
    Service(Service),
    /// A policy of a dialect.
    Policy(Policy),
    /// An object of another kind, or a pod that has terminated.
    Other,
}

/// Reads objects in any order. Invalid objects are skipped, and returned beside the cluster.
pub fn cluster<'v>(objects: impl IntoIterator<Item = &'v Value>) -> (Cluster, Vec<Invalid>) {
    let (mut cluster, mut invalid) = (Cluster::default(), Vec::new());
    for read in objects.into_iter().map(object) {
        match read {
            Ok(read) => read.add_to(&mut cluster),
            Err(it) => invalid.push(it),
        }
    }
    cluster.without_templates_of_pods();
    (cluster, invalid)
}

/// Whether objects of an API version and a kind are policies of a dialect.
pub fn is_policy(api_version: &str, kind: &str) -> bool {
    dialect::of_kind(group(api_version), kind).is_some()
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Returns the path of a part of a policy in its object.
pub fn path(policy: &Policy, part: Part) -> FieldPath {
    (dialect::of(policy.dialect).path)(part)
}

/// Returns the JSON pointer of a part of a policy in its object.
pub fn pointer(policy: &Policy, part: Part) -> String {
    path(policy, part).to_string()
}

/// Reads one object.
pub fn object(object: &Value) -> Result<Read, Invalid> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (group, kind) = (group(text("apiVersion")), text("kind"));
    let read = match (group, kind) {
        ("", "Namespace") => Metadata::of(object).map(|it| {
            Read::Namespace(Namespace { name: it.name, labels: it.labels.unwrap_or_default() })
        }),
        ("", "Service") => service::read(object).map(Read::Service),
        ("", "Pod") => workload::pod(object).map(|it| it.map_or(Read::Other, Read::Pods)),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job" | "CronJob")
        | ("", "ReplicationController") => {
            workload::template(object, kind).map(|it| it.map_or(Read::Other, Read::Pods))
        }
        _ => match dialect::of_kind(group, kind) {
            Some(dialect) => (dialect.read)(object).map(Read::Policy),
            None => Ok(Read::Other),
        },
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

impl Read {
    /// Adds the object to a cluster.
    pub fn add_to(self, cluster: &mut Cluster) {
        match self {
            Self::Namespace(it) => cluster.namespaces.push(it),
            Self::Pods(it) => cluster.pods.push(it),
            Self::Service(it) => cluster.services.push(it),
            Self::Policy(it) => cluster.policies.push(it),
            Self::Other => {}
        }
    }
}
