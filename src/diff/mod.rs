//! Desired objects compared with the objects of a cluster: objects that an apply would create, change and remove,
//! objects that have another owner, and risks. The module reads neither a disk nor a cluster.

mod cluster;
mod declared;
mod difference;
#[cfg(test)]
mod emitted_for_tests;
mod exposure;
mod flatten;
mod helm;
mod kind;
mod leaving;
mod lines;
mod live;
mod load_balancers;
mod normalize;
mod object_risks;
mod objects;
mod pending_addresses;
mod pools;
pub mod render;
mod risk;
mod sides;
mod stored;
#[cfg(test)]
mod tests;
mod text;
mod tried;
mod unmodelled;
mod values;

pub use cluster::{Cluster, Differing, differing};
pub use difference::{Action, Comparison, Conflict, Difference, FieldChange, Skipped};
pub use kind::{Kind, ObjectKey};
pub use lines::{Line, Sign};
pub use live::{FieldConflict, Live, LiveObject};
pub use objects::compare;
pub use risk::{Class, Risk};
pub use sides::{Output, between, with_cluster, with_live};
pub use text::unified;
