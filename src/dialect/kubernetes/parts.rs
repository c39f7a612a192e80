//! Paths to the parts of a NetworkPolicy.

use crate::policy::{Direction, Part, RulePart};
use crate::scalar::{FieldPath, field_path};

/// The path of a part of a policy in its object.
pub(super) fn path(part: Part) -> FieldPath {
    match part {
        Part::Subject => field_path!["spec", "podSelector"],
        Part::Directions => field_path!["spec", "policyTypes"],
        Part::Rules(direction) => field_path!["spec", direction.word()],
        Part::Rule(direction, at, part) => in_rule(direction, at, part),
    }
}

/// The path of a part of a rule. A build asks for hundreds of thousands: each is one list.
fn in_rule(direction: Direction, rule: usize, part: RulePart) -> FieldPath {
    let rules = direction.word();
    let peers = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    match part {
        RulePart::Whole => field_path!["spec", rules, rule],
        RulePart::Peers => field_path!["spec", rules, rule, peers],
        RulePart::Peer(at) => field_path!["spec", rules, rule, peers, at],
        RulePart::PeerNamespaces(at) => {
            field_path!["spec", rules, rule, peers, at, "namespaceSelector"]
        }
        RulePart::PeerPods(at) => field_path!["spec", rules, rule, peers, at, "podSelector"],
        RulePart::PeerNetwork(at) => {
            field_path!["spec", rules, rule, peers, at, "ipBlock", "cidr"]
        }
        RulePart::Port(at) => field_path!["spec", rules, rule, "ports", at],
        RulePart::PortNumber(at) => field_path!["spec", rules, rule, "ports", at, "port"],
        RulePart::PortProtocol(at) => field_path!["spec", rules, rule, "ports", at, "protocol"],
    }
}
