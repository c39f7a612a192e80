//! Plain values that every layer shares: ports, sets of addresses, days, versions, paths to parts of an object.
//! They must not know a source or a cluster.

mod addresses;
mod date;
mod path;
mod percent;
mod port_names;
mod ports;
mod ranges;
mod version;

pub use addresses::{Addresses, NOT_PUBLIC_V4, NOT_PUBLIC_V6, around};
pub use date::Date;
pub(crate) use path::field_path;
pub use path::{FieldPath, Pointer, Segment};
pub use percent::percent_encoded;
pub use port_names::{port_name, port_names};
pub use ports::{EVERY_PORT, PodPort, PortRange, PortSet, Protocol, ServicePort};
pub use ranges::{AddressRange, cut};
pub use version::Version;
