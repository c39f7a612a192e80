//! Partial `apps/v1` objects for server-side apply. They contain environment variables of containers and
//! nothing else, so that the field manager `mlnetc` owns no other field.

use serde::Serialize;

use super::Meta;

/// A partial Deployment, StatefulSet or DaemonSet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadPatch {
    /// `apps/v1`
    pub api_version: &'static str,
    /// `Deployment`, `StatefulSet` or `DaemonSet`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// The patched part of the object.
    pub spec: PatchSpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchSpec {
    /// The pod template.
    pub template: PatchTemplate,
}

/// `spec.template`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchTemplate {
    /// The pod.
    pub spec: PodSpec,
}

/// `spec.template.spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PodSpec {
    /// The containers, merged by name.
    pub containers: Vec<Container>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Name of the container.
    pub name: String,
    /// Environment variables, merged by name.
    pub env: Vec<EnvVar>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvVar {
    /// Name of the variable.
    pub name: String,
    /// Value of the variable; always a string.
    pub value: String,
}

impl WorkloadPatch {
    /// Creates a patch of this kind.
    pub fn new(kind: &'static str, metadata: Meta, containers: Vec<Container>) -> Self {
        let spec = PatchSpec { template: PatchTemplate { spec: PodSpec { containers } } };
        Self { api_version: "apps/v1", kind, metadata, spec }
    }
}
