//! Parts of a policy, by their position in it. A dialect has a JSON pointer for each.

use super::direction::Direction;

/// A part of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The pods that it applies to.
    Subject,
    /// The directions that it applies to.
    Directions,
    /// The rules of a direction.
    Rules(Direction),
    /// A part of a rule: the direction, the index of the rule in that direction, the part.
    Rule(Direction, usize, RulePart),
}

/// A part of a rule. Peers and ports are counted from 0, in the order of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulePart {
    /// The whole rule.
    Whole,
    /// The list of its peers.
    Peers,
    /// A peer.
    Peer(usize),
    /// The selector of a peer's namespaces.
    PeerNamespaces(usize),
    /// The selector of a peer's pods.
    PeerPods(usize),
    /// The network of a peer.
    PeerNetwork(usize),
    /// A port.
    Port(usize),
    /// The number or the name of a port.
    PortNumber(usize),
    /// The protocol of a port.
    PortProtocol(usize),
}
