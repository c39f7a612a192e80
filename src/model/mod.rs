//! What a program means, for one cluster: every name bound, every component expanded, every port a
//! pod port. Data only; the passes have the logic.
//!
//! Rows refer to each other by the ids of `ids`. A row's place in its table follows the source; what
//! is emitted must be sorted by names, never by ids.

mod bgp;
mod cluster;
mod cni;
mod consent;
mod endpoint;
mod ends;
mod flow;
mod ids;
mod owner;
mod program;
mod text;
mod values;
mod workload;

pub use crate::policy::DialectName;
pub use bgp::{BfdProfile, BgpMode, BgpPeer, BgpRoutes, PeerOptions, RemoteAsn};
pub use cluster::{
    Announce, Calico, Cluster, Distribution, Encapsulation, FixedAddress, Metallb, Pool, Reserved,
    Taker,
};
pub use cni::Cni;
pub use endpoint::{Client, Endpoint, External, Server, port_suffix};
pub use flow::{Absent, Accept, Assert, Flow, Forbid};
pub use ids::{ExternalId, NamespaceId, TenantId, WorkloadId};
pub use owner::{Owner, Tenant};
pub use program::Model;
pub use values::{Env, EnvTarget, Leaf, Part, Setting, Values};
pub use workload::{
    Alias, Isolation, Mark, Namespace, Port, Requirement, Selector, Service, ServiceType,
    TrafficPolicy, Workload,
};
