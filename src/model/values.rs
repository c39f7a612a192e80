//! Helm values and environment variables.

use super::{NamespaceId, WorkloadId};
use crate::source::{Site, Spanned};

/// A Helm values document.
#[derive(Debug, Clone)]
pub struct Values {
    /// Its name in the source, with the uses it is in: `mlflow.mlflow`.
    pub path: String,
    /// The Helm release.
    pub release: String,
    /// The chart, as `helm` takes it.
    pub chart: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<NamespaceId>,
    /// The JSON Schema that the document must meet: a path relative to the project's root.
    pub schema: Option<Spanned<String>>,
    /// What is set, in the order of the source.
    pub settings: Vec<Setting>,
    /// The declaration.
    pub site: Site,
    /// Its doc comment.
    pub description: Option<String>,
}

/// `set PATH = VALUE`.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The path's segments.
    pub path: Vec<String>,
    /// The value.
    pub value: Leaf,
    /// The declaration.
    pub site: Site,
}

/// A value: known, but for what depends on the lock.
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
    /// `annotations(S)`: what its Service has to carry.
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

/// Environment variables of a workload that something else owns.
#[derive(Debug, Clone)]
pub struct Env {
    /// Its name in the source, with the uses it is in: `seldon.seldon-controller`.
    pub path: String,
    /// Its own name.
    pub name: String,
    /// What kind of object.
    pub target: EnvTarget,
    /// The object's real name.
    pub object: Spanned<String>,
    /// Its namespace.
    pub namespace: NamespaceId,
    /// The container in it.
    pub container: String,
    /// What is set; each path has one segment.
    pub settings: Vec<Setting>,
    /// The declaration.
    pub site: Site,
    /// Its doc comment.
    pub description: Option<String>,
}

/// What `on` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvTarget {
    /// `deployment`
    Deployment,
    /// `statefulset`
    StatefulSet,
    /// `daemonset`
    DaemonSet,
}
