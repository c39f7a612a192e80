//! `networking.k8s.io/v1` NetworkPolicy: allow rules of one tier, each in a namespace.

mod capabilities;
mod parts;
mod read;
mod render;

use super::definition::Dialect;

/// `policies = kubernetes`, the default.
pub static DIALECT: Dialect = Dialect {
    capabilities: capabilities::CAPABILITIES,
    kinds: &[("networking.k8s.io", "NetworkPolicy")],
    render: render::policy,
    read: read::policy,
    path: parts::path,
};
