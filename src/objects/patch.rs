//! A partial `apps/v1` object for server-side apply: environment variables of one container, and
//! nothing else, so that the field manager `mlnetc` owns nothing else.

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
    /// The part that is set.
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
    /// Its name.
    pub name: String,
    /// The variables, merged by name.
    pub env: Vec<EnvVar>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value; always a string.
    pub value: String,
}

impl WorkloadPatch {
    /// A patch of this kind.
    pub fn new(kind: &'static str, metadata: Meta, containers: Vec<Container>) -> Self {
        let spec = PatchSpec { template: PatchTemplate { spec: PodSpec { containers } } };
        Self { api_version: "apps/v1", kind, metadata, spec }
    }
}
