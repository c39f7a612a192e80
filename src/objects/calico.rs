//! `operator.tigera.io/v1` Installation, with the fields that mlnetc writes. All of them exist since operator
//! 1.34 (Calico 3.28).

use serde::Serialize;

use super::Meta;

/// An Installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    /// `operator.tigera.io/v1`
    pub api_version: &'static str,
    /// `Installation`
    pub kind: &'static str,
    /// Metadata. The name is always `default`.
    pub metadata: Meta,
    /// Configuration of Calico.
    pub spec: InstallationSpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallationSpec {
    /// The CNI plugin, if the operator would choose another one by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni: Option<Cni>,
    /// The pod network.
    pub calico_network: CalicoNetwork,
    /// Absolute path with a trailing slash: the operator appends `nodeagent~uds` without a separator.
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
    /// Whether BIRD runs, that is, whether nodes use BGP.
    pub bgp: EnabledDisabled,
    /// Whether pods may forward packets, which k3s needs.
    #[serde(rename = "containerIPForwarding", skip_serializing_if = "Option::is_none")]
    pub container_ip_forwarding: Option<EnabledDisabled>,
    /// The MTU in bytes, if the source declares one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u16>,
    /// The IP pools, one for each pod network of the cluster.
    pub ip_pools: Vec<IpPool>,
}

/// An item of `ipPools`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpPool {
    /// The pod network.
    pub cidr: String,
    /// Prefix length of the address blocks that nodes get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_size: Option<u8>,
    /// `VXLAN`, `VXLANCrossSubnet`, `IPIP`, `IPIPCrossSubnet` or `None`.
    pub encapsulation: &'static str,
    /// Whether the addresses of pods become those of their nodes in connections that leave the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_outgoing: Option<EnabledDisabled>,
    /// The nodes that use the pool: always `all()`.
    pub node_selector: &'static str,
    /// Always false, the default of the API server. An apply replaces the whole list, so that without this
    /// field every client-side `kubectl apply` would report a changed Installation.
    #[serde(rename = "disableBGPExport")]
    pub disable_bgp_export: bool,
}

impl Installation {
    /// Creates an Installation.
    pub fn new(metadata: Meta, spec: InstallationSpec) -> Self {
        Self { api_version: "operator.tigera.io/v1", kind: "Installation", metadata, spec }
    }
}
