//! `v1` Service.

use serde::Serialize;

use super::{Meta, StringMap};

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// `v1`
    pub api_version: &'static str,
    /// `Service`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// Type, selector and ports.
    pub spec: ServiceSpec,
}

/// `spec`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`; always written.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `None` (the string) for a headless Service, else absent.
    #[serde(rename = "clusterIP", skip_serializing_if = "Option::is_none")]
    pub cluster_ip: Option<&'static str>,
    /// The DNS name that an `ExternalName` resolves to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_name: Option<String>,
    /// `Local` or `Cluster`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_traffic_policy: Option<&'static str>,
    /// Whether a load balancer also opens node ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocate_load_balancer_node_ports: Option<bool>,
    /// Labels of the pods that the Service forwards to.
    #[serde(skip_serializing_if = "StringMap::is_empty")]
    pub selector: StringMap,
    /// Ports of the Service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// Name of the port.
    pub name: String,
    /// `TCP`, `UDP` or `SCTP`; always written.
    pub protocol: &'static str,
    /// The port that clients connect to.
    pub port: u16,
    /// The port on which pods listen; always a number.
    pub target_port: u16,
    /// The port on each node, if the source requests one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_port: Option<u16>,
}

impl Service {
    /// Creates a Service.
    pub fn new(metadata: Meta, spec: ServiceSpec) -> Self {
        Self { api_version: "v1", kind: "Service", metadata, spec }
    }
}
