//! Rules of a policy.

use ipnet::IpNet;

use super::selector::Selector;
use crate::scalar::{PortRange, Protocol};
use crate::source::Site;

/// One rule: what happens to connections with some peers on some ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What happens to a connection that the rule matches.
    pub action: Action,
    /// The other end; `None`: every end. Never empty.
    pub peers: Option<Vec<Peer>>,
    /// The ports of the server; `None`: every port of every protocol. Never empty.
    pub ports: Option<Vec<Port>>,
    /// Purpose of the rule for readers of the object: lines without a comment sign.
    pub note: Option<String>,
    /// The declarations behind it; empty for a rule that was read from an object.
    pub provenance: Provenance,
}

/// What happens to a connection that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is allowed.
    Allow,
    /// It is denied.
    Deny,
    /// The next tier decides.
    Pass,
}

/// One end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Pods.
    Pods {
        /// Their namespaces; `None`: the namespace of the policy.
        namespaces: Option<Selector>,
        /// Their labels; `None`: all pods.
        pods: Option<Selector>,
    },
    /// Addresses.
    Block {
        /// The network.
        network: IpNet,
        /// Networks inside it that are left out.
        except: Vec<IpNet>,
    },
}

/// Ports of a rule: pod ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Port numbers.
    Numbers(PortRange),
    /// The name of a port of the server's container.
    Named(Protocol, String),
}

/// The declarations of the source behind a rule, part by part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// Declarations behind the rule as a whole.
    pub rule: Vec<Site>,
    /// Declarations behind each peer, in the order of the rule's peers.
    pub peers: Vec<Vec<Site>>,
    /// Declarations behind each port, in the order of the rule's ports.
    pub ports: Vec<Vec<Site>>,
}

impl Rule {
    /// A rule that allows connections, without provenance.
    pub fn allow(peers: Option<Vec<Peer>>, ports: Option<Vec<Port>>) -> Self {
        let (note, provenance) = (None, Provenance::default());
        Self { action: Action::Allow, peers, ports, note, provenance }
    }
}
