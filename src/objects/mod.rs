//! The Kubernetes objects that mlnetc emits, as plain structs. Their fields are in reading order. Module
//! `origin` keeps the places of the source beside the objects.

mod calico;
mod fill;
mod instance;
mod meta;
mod metallb;
mod namespace;
mod network_policy;
mod patch;
mod service;

pub(crate) use fill::fill;
pub(crate) use instance::{Emitted, Instance};

pub use calico::{CalicoNetwork, Cni, EnabledDisabled, Installation, InstallationSpec, IpPool};
pub use meta::{Meta, StringMap};
pub use metallb::{
    Advertisement, AdvertisementSpec, BfdProfile, BfdProfileSpec, BgpPeer, BgpPeerSpec,
    IpAddressPool, IpAddressPoolSpec, SecretReference, ServiceAllocation,
};
pub use namespace::Namespace;
pub use network_policy::{
    Egress, Expression, Ingress, IpBlock, LabelSelector, NetworkPolicy, NetworkPolicySpec, Peer,
    PolicyPort,
};
pub use patch::{Container, EnvVar, PatchSpec, PatchTemplate, PodSpec, WorkloadPatch};
pub use service::{Service, ServicePort, ServiceSpec};

use serde::Serialize;

/// An emitted document. The rare variants that are larger than the frequent ones are boxed: a build has them all in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Object {
    /// `v1` Namespace
    Namespace(Namespace),
    /// `networking.k8s.io/v1` NetworkPolicy
    NetworkPolicy(NetworkPolicy),
    /// `v1` Service
    Service(Service),
    /// `operator.tigera.io/v1` Installation
    Installation(Installation),
    /// `metallb.io/v1beta1` BFDProfile
    BfdProfile(BfdProfile),
    /// `metallb.io/v1beta2` BGPPeer
    BgpPeer(Box<BgpPeer>),
    /// `metallb.io/v1beta1` IPAddressPool
    IpAddressPool(IpAddressPool),
    /// `metallb.io/v1beta1` L2Advertisement or BGPAdvertisement
    Advertisement(Advertisement),
    /// A partial `apps/v1` Deployment, StatefulSet or DaemonSet for server-side apply.
    WorkloadPatch(WorkloadPatch),
    /// A Helm values document: not a Kubernetes object.
    HelmValues(HelmValues),
}

/// A values file for `helm upgrade -f`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HelmValues {
    /// The name of the release.
    #[serde(skip)]
    pub release: String,
    /// The chart, if the source names it.
    #[serde(skip)]
    pub chart: Option<String>,
    /// The version of the chart, if the source names it.
    #[serde(skip)]
    pub version: Option<String>,
    /// The namespace of the release, if the source names it.
    #[serde(skip)]
    pub namespace: Option<String>,
    /// The `values` declaration's doc comment.
    #[serde(skip)]
    pub description: Option<String>,
    /// The content, with keys in the order of the source.
    #[serde(flatten)]
    pub values: serde_json::Map<String, serde_json::Value>,
}

impl Object {
    /// Returns kind, namespace and name, as Kubernetes names them. The kind of a Helm document is `HelmValues`.
    pub fn key(&self) -> (&'static str, Option<&str>, &str) {
        match self {
            Self::Namespace(it) => (it.kind, None, &it.metadata.name),
            Self::NetworkPolicy(it) => {
                (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name)
            }
            Self::Service(it) => (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name),
            Self::Installation(it) => (it.kind, None, &it.metadata.name),
            Self::BfdProfile(it) => (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name),
            Self::BgpPeer(it) => (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name),
            Self::IpAddressPool(it) => {
                (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name)
            }
            Self::Advertisement(it) => {
                (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name)
            }
            Self::WorkloadPatch(it) => {
                (it.kind, it.metadata.namespace.as_deref(), &it.metadata.name)
            }
            Self::HelmValues(it) => ("HelmValues", it.namespace.as_deref(), &it.release),
        }
    }

    /// Returns `apiVersion`; `None` for a Helm document.
    pub fn api_version(&self) -> Option<&'static str> {
        match self {
            Self::Namespace(it) => Some(it.api_version),
            Self::NetworkPolicy(it) => Some(it.api_version),
            Self::Service(it) => Some(it.api_version),
            Self::Installation(it) => Some(it.api_version),
            Self::BfdProfile(it) => Some(it.api_version),
            Self::BgpPeer(it) => Some(it.api_version),
            Self::IpAddressPool(it) => Some(it.api_version),
            Self::Advertisement(it) => Some(it.api_version),
            Self::WorkloadPatch(it) => Some(it.api_version),
            Self::HelmValues(_) => None,
        }
    }
}
