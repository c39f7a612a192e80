//! JSON pointers to the parts of a NetworkPolicy.

use crate::policy::{Direction, Part, RulePart};

/// The JSON pointer of a part of a policy.
pub(super) fn pointer(part: Part) -> String {
    match part {
        Part::Subject => "/spec/podSelector".to_owned(),
        Part::Directions => "/spec/policyTypes".to_owned(),
        Part::Rules(direction) => format!("/spec/{}", direction.word()),
        Part::Rule(direction, at, part) => {
            format!("/spec/{}/{at}{}", direction.word(), within(direction, part))
        }
    }
}

/// The pointer of a part of a rule, from the rule on.
fn within(direction: Direction, part: RulePart) -> String {
    let peers = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    match part {
        RulePart::Whole => String::new(),
        RulePart::Peers => format!("/{peers}"),
        RulePart::Peer(at) => format!("/{peers}/{at}"),
        RulePart::PeerNamespaces(at) => format!("/{peers}/{at}/namespaceSelector"),
        RulePart::PeerPods(at) => format!("/{peers}/{at}/podSelector"),
        RulePart::PeerNetwork(at) => format!("/{peers}/{at}/ipBlock/cidr"),
        RulePart::Port(at) => format!("/ports/{at}"),
        RulePart::PortNumber(at) => format!("/ports/{at}/port"),
        RulePart::PortProtocol(at) => format!("/ports/{at}/protocol"),
    }
}
