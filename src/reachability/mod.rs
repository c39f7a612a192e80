//! Evaluates which connections are possible in a cluster. In: namespaces, pods, Services and policies; out: the
//! connections that each end may open or accept, with the rules that decide. It must not know a source, a
//! model, an object or a dialect, so that it evaluates policies of mlnetc and of other authors alike.

mod cluster;
mod dead;
mod ends;
mod fold;
mod ids;
mod reach;
mod row;
mod set;
mod space;
#[cfg(test)]
mod tests;
mod words;

pub use cluster::{Cluster, NamedPort, Namespace, PodNetworks, Pods, Service, ServicePort};
pub use dead::Dead;
pub use ends::{Class, Ends, networks};
pub use ids::{EndId, PolicyId, RuleId};
pub use reach::{Decision, Reach, Verdict};
pub use row::{Difference, EndsOnPorts, Opening, Row, RowGrant, cut, difference, ends_on};
pub use set::Set;
