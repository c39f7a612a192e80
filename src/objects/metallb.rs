//! `metallb.io/v1beta1`: pools and how they are announced.

use serde::Serialize;

use super::{LabelSelector, Meta};

/// An IPAddressPool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPool {
    /// `metallb.io/v1beta1`
    pub api_version: &'static str,
    /// `IPAddressPool`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// What it says.
    pub spec: IpAddressPoolSpec,
}

/// `spec` of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpAddressPoolSpec {
    /// `FIRST-LAST`, both in full.
    pub addresses: Vec<String>,
    /// Whether Services that ask for nothing may get one; written only where it is `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
    /// Whose Services it serves; `None`: everybody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_allocation: Option<ServiceAllocation>,
}

/// `serviceAllocation`: enforced for Services that ask for an address too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAllocation {
    /// Lower is tried first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Their namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Their labels; a Service must meet one selector, and be in one of the namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_selectors: Vec<LabelSelector>,
}

/// An L2Advertisement or a BGPAdvertisement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advertisement {
    /// `metallb.io/v1beta1`
    pub api_version: &'static str,
    /// `L2Advertisement` or `BGPAdvertisement`
    pub kind: &'static str,
    /// Metadata.
    pub metadata: Meta,
    /// What it says.
    pub spec: AdvertisementSpec,
}

/// `spec` of an advertisement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdvertisementSpec {
    /// The pools.
    pub ip_address_pools: Vec<String>,
    /// The nodes' interfaces (L2); empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<String>,
}

impl IpAddressPool {
    /// A pool.
    pub fn new(metadata: Meta, spec: IpAddressPoolSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec }
    }
}

impl Advertisement {
    /// An advertisement of this kind.
    pub fn new(kind: &'static str, metadata: Meta, spec: AdvertisementSpec) -> Self {
        Self { api_version: "metallb.io/v1beta1", kind, metadata, spec }
    }
}
