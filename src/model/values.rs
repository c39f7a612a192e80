//! Helm values and environment variables.

use super::{NamespaceId, WorkloadId};
use crate::source::{Site, Spanned};

/// A Helm values document.
#[derive(Debug, Clone)]
pub struct Values {
    /// Name in the source, prefixed with the uses that contain it: `mlflow.mlflow`.
    pub path: String,
    /// The Helm release.
    pub release: String,
    /// The chart, in a form that `helm` accepts.
    pub chart: Option<String>,
    /// The version of the chart.
    pub version: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<NamespaceId>,
    /// The JSON Schema that validates the document: a path relative to the project's root.
    pub schema: Option<Spanned<String>>,
    /// The settings, in the order of the source.
    pub settings: Vec<Setting>,
    /// Place of the declaration.
    pub site: Site,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// `set PATH = VALUE`.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The path's segments.
    pub path: Vec<String>,
    /// The value.
    pub value: Leaf,
    /// Place of the declaration.
    pub site: Site,
}

/// A value. It is known at compile time, except for the parts that depend on the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// A string.
    Text(String),
    /// An integer.
    Int(i64),
    /// A boolean.
    Bool(bool),
    /// A list.
    List(Vec<Leaf>),
    /// A map, in the order of the source.
    Map(Vec<(String, Leaf)>),
    /// A string with pieces that depend on the lock.
    Pieces(Vec<Part>),
    /// `address(S)`: the load-balancer address.
    Address(WorkloadId, Site),
    /// `annotations(S)`: the annotations that the Service needs.
    Annotations(WorkloadId, Site),
}

/// A piece of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Characters.
    Plain(String),
    /// `{address(S)}`
    Address(WorkloadId, Site),
}

/// Environment variables of a workload that mlnetc does not own.
#[derive(Debug, Clone)]
pub struct Env {
    /// Name in the source, prefixed with the uses that contain it: `seldon.seldon-controller`.
    pub path: String,
    /// Name without the prefix.
    pub name: String,
    /// Kind of the object.
    pub target: EnvTarget,
    /// The object's real name.
    pub object: Spanned<String>,
    /// The object's namespace.
    pub namespace: NamespaceId,
    /// The container in the object's pods.
    pub container: String,
    /// The settings; each path has one segment.
    pub settings: Vec<Setting>,
    /// Place of the declaration.
    pub site: Site,
    /// Doc comment of the declaration.
    pub description: Option<String>,
}

/// The kind of object that `on` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvTarget {
    /// `deployment`
    Deployment,
    /// `statefulset`
    StatefulSet,
    /// `daemonset`
    DaemonSet,
}
