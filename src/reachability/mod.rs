//! Who reaches whom in a cluster, from its manifests alone, as the API server and the enforcers read
//! them: Namespaces, pods, Services and NetworkPolicies in, verdicts out. It knows nothing of a source,
//! a model or the compiler's own flows, so that it can judge what they became.

mod cluster;
mod dead;
mod ends;
mod fold;
mod reach;
mod read;
mod row;
mod set;
mod space;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use cluster::{Cluster, NamedPort, Namespace, PodNetworks, Pods, Service, ServicePort};
pub use dead::Dead;
pub use ends::{Class, Ends, networks};
pub use reach::{Half, Reach, Verdict};
pub use read::{
    Invalid, Read, cluster as read, label_selector as read_selector, object as read_object,
};
pub use row::{Difference, EVERY_PORT, Opening, Row, RowGrant, RuleId, cut, difference, ends_on};
pub use set::Set;
pub use words::{port, ports};
