//! The meaning of a program for one cluster: every name is bound, every component is expanded, every port is a
//! pod port. Data only; the passes contain the logic.
//!
//! Rows refer to each other by the ids of `ids`. The index of a row follows the order of the source; output
//! must be sorted by names, never by ids.

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
