//! The kinds of objects that are compared, and the key of an object.

use serde_json::Value;

use crate::objects::Object;
use crate::origin::Traced;

/// A kind that mlnetc writes, whole or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `v1` Namespace
    Namespace,
    /// `v1` Service
    Service,
    /// `networking.k8s.io` NetworkPolicy
    NetworkPolicy,
    /// `operator.tigera.io` Installation
    Installation,
    /// `metallb.io` BFDProfile
    BfdProfile,
    /// `metallb.io` BGPPeer
    BgpPeer,
    /// `metallb.io` IPAddressPool
    IpAddressPool,
    /// `metallb.io` L2Advertisement
    L2Advertisement,
    /// `metallb.io` BGPAdvertisement
    BgpAdvertisement,
    /// `apps` Deployment, of which mlnetc sets environment variables
    Deployment,
    /// `apps` StatefulSet, likewise
    StatefulSet,
    /// `apps` DaemonSet, likewise
    DaemonSet,
}

/// The kind, namespace and name of an object. The version of its API is not part of the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; `None` for a cluster-scoped kind.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 12] = [
        Self::Namespace,
        Self::Service,
        Self::NetworkPolicy,
        Self::Installation,
        Self::BfdProfile,
        Self::BgpPeer,
        Self::IpAddressPool,
        Self::L2Advertisement,
        Self::BgpAdvertisement,
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
    ];

    /// Returns the kind with a name in the API group of `api_version`; the version is ignored.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Self::ALL.into_iter().find(|it| it.group() == group && it.name() == kind)
    }

    /// Returns its name in Kubernetes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Service => "Service",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::Installation => "Installation",
            Self::BfdProfile => "BFDProfile",
            Self::BgpPeer => "BGPPeer",
            Self::IpAddressPool => "IPAddressPool",
            Self::L2Advertisement => "L2Advertisement",
            Self::BgpAdvertisement => "BGPAdvertisement",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// Returns the name for `kubectl get`, with the group if another API has a resource of this name.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::Service => "services",
            Self::NetworkPolicy => "networkpolicies.networking.k8s.io",
            Self::Installation => "installations.operator.tigera.io",
            Self::BfdProfile => "bfdprofiles.metallb.io",
            Self::BgpPeer => "bgppeers.metallb.io",
            Self::IpAddressPool => "ipaddresspools.metallb.io",
            Self::L2Advertisement => "l2advertisements.metallb.io",
            Self::BgpAdvertisement => "bgpadvertisements.metallb.io",
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }

    /// Returns its resource with the group: `networkpolicies.networking.k8s.io`.
    pub fn qualified(self) -> String {
        let plural = self.resource().split('.').next().unwrap_or_default();
        if self.group().is_empty() {
            plural.to_owned()
        } else {
            format!("{plural}.{}", self.group())
        }
    }

    /// Returns its API group; empty for the core group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Namespace | Self::Service => "",
            Self::NetworkPolicy => "networking.k8s.io",
            Self::Installation => "operator.tigera.io",
            Self::BfdProfile
            | Self::BgpPeer
            | Self::IpAddressPool
            | Self::L2Advertisement
            | Self::BgpAdvertisement => "metallb.io",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => "apps",
        }
    }

    /// Returns whether its objects are namespaced.
    pub fn is_namespaced(self) -> bool {
        !matches!(self, Self::Namespace | Self::Installation)
    }

    /// Returns whether a chart or an operator makes its objects, so that mlnetc only sets environment variables in
    /// them.
    pub fn is_patched(self) -> bool {
        matches!(self, Self::Deployment | Self::StatefulSet | Self::DaemonSet)
    }
}

impl ObjectKey {
    /// Returns the key of a live object; `None` for a kind that mlnetc does not write.
    pub fn of(object: &Value) -> Option<Self> {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str);
        let kind = Kind::of(text("/apiVersion")?, text("/kind")?)?;
        let name = text("/metadata/name").unwrap_or_default();
        Some(Self::new(kind, text("/metadata/namespace"), name))
    }

    /// Returns the key of an emitted object; `None` for a document that is not an object.
    pub(super) fn of_emitted(object: &Object) -> Option<Self> {
        let (kind, namespace, name) = object.key();
        Some(Self::new(Kind::of(object.api_version()?, kind)?, namespace, name))
    }

    /// Returns the key of an object. A namespaced object without a namespace is in `default`, as for `kubectl`.
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        let namespace = kind.is_namespaced().then(|| namespace.unwrap_or("default").to_owned());
        Self { kind, namespace, name: name.to_owned() }
    }
}

/// Returns the key and the value of an emitted object, as it is sent to an API server; `None` for a document that is
/// not an object.
pub(super) fn emitted(traced: &Traced) -> Option<(ObjectKey, Value)> {
    Some((ObjectKey::of_emitted(&traced.object)?, serde_json::to_value(&traced.object).ok()?))
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ", self.kind.name())?;
        if let Some(namespace) = &self.namespace {
            write!(out, "{namespace}/")?;
        }
        out.write_str(&self.name)
    }
}
