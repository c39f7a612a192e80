//! `networking.k8s.io/v1` NetworkPolicy: allow rules of one tier, each in a namespace.

mod capabilities;
mod render;

use super::Dialect;

/// `policies = kubernetes`, the default.
pub static DIALECT: Dialect =
    Dialect { capabilities: capabilities::CAPABILITIES, render: render::policy };
