//! The features of policies that NetworkPolicies can express.

use crate::dialect::capabilities::Capabilities;
use crate::policy::Action;

/// Rules only allow, so that their order has no meaning; each policy belongs to a namespace.
/// <https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation>
///
/// A NetworkPolicy may name a port, but the objects that mlnetc writes only have numbers.
pub(super) const CAPABILITIES: Capabilities = Capabilities {
    actions: &[Action::Allow],
    cluster_scope: false,
    ordered: false,
    port_names: false,
};
