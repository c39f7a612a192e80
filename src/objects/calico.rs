//! `operator.tigera.io/v1` Installation: the fields that mlnetc writes, all of which exist in every
//! operator from 1.34 (Calico 3.28) on.

use serde::Serialize;

use super::Meta;

/// The Installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    /// `operator.tigera.io/v1`
    pub api_version: &'static str,
    /// `Installation`
    pub kind: &'static str,
    /// Metadata; the name is always `default`.
    pub metadata: Meta,
    /// What it says.
    pub spec: InstallationSpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallationSpec {
    /// The CNI plugin, where the operator would pick another by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni: Option<Cni>,
    /// The pod network.
    pub calico_network: CalicoNetwork,
    /// Absolute, with a trailing slash: the operator appends `nodeagent~uds` to it as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flex_volume_path: Option<String>,
}

/// `cni`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cni {
    /// `Calico`
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// `Enabled` or `Disabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum EnabledDisabled {
    /// On.
    Enabled,
    /// Off.
    Disabled,
}

/// `calicoNetwork`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CalicoNetwork {
    /// Whether BIRD runs.
    pub bgp: EnabledDisabled,
    /// Whether pods may forward; k3s needs it.
    #[serde(rename = "containerIPForwarding", skip_serializing_if = "Option::is_none")]
    pub container_ip_forwarding: Option<EnabledDisabled>,
    /// The MTU, where the source gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u16>,
    /// The pools: one for each pod network of the cluster.
    pub ip_pools: Vec<IpPool>,
}

/// One of `ipPools`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpPool {
    /// The pod network.
    pub cidr: String,
    /// Prefix length of a node's blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_size: Option<u8>,
    /// `VXLAN`, `VXLANCrossSubnet`, `IPIP`, `IPIPCrossSubnet` or `None`.
    pub encapsulation: &'static str,
    /// Whether pods leave the cluster with their node's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_outgoing: Option<EnabledDisabled>,
    /// Which nodes: `all()`.
    pub node_selector: &'static str,
    /// Always false, the server's default. The list is replaced as a whole, so that without it every
    /// client-side `kubectl apply` would find the Installation changed.
    #[serde(rename = "disableBGPExport")]
    pub disable_bgp_export: bool,
}

impl Installation {
    /// The Installation.
    pub fn new(metadata: Meta, spec: InstallationSpec) -> Self {
        Self { api_version: "operator.tigera.io/v1", kind: "Installation", metadata, spec }
    }
}
