//! Paths to the parts of a NetworkPolicy.

use crate::policy::{Direction, Part, RulePart};
use crate::scalar::{FieldPath, field_path};

/// The path of a part of a policy in its object.
pub(super) fn path(part: Part) -> FieldPath {
    match part {
        Part::Subject => field_path!["spec", "podSelector"],
        Part::Directions => field_path!["spec", "policyTypes"],
        Part::Rules(direction) => field_path!["spec", direction.word()],
        Part::Rule(direction, at, part) => {
            within(field_path!["spec", direction.word(), at], direction, part)
        }
    }
}

/// The path of a part of the rule at the path `rule`.
fn within(rule: FieldPath, direction: Direction, part: RulePart) -> FieldPath {
    let peers = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    let peer = |at: usize| rule.child(peers).child(at);
    let port = |at: usize| rule.child("ports").child(at);
    match part {
        RulePart::Whole => rule,
        RulePart::Peers => rule.child(peers),
        RulePart::Peer(at) => peer(at),
        RulePart::PeerNamespaces(at) => peer(at).child("namespaceSelector"),
        RulePart::PeerPods(at) => peer(at).child("podSelector"),
        RulePart::PeerNetwork(at) => peer(at).child("ipBlock").child("cidr"),
        RulePart::Port(at) => port(at),
        RulePart::PortNumber(at) => port(at).child("port"),
        RulePart::PortProtocol(at) => port(at).child("protocol"),
    }
}
