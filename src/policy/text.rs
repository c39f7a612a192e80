//! Text form of policies, as `mlnetc build --emit policies` prints them: one line per rule.

use std::fmt;

use super::{Action, Direction, Peer, Policy, Port, Rule, Scope};

impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "policy {}", self.path())?;
        write!(out, "\n  tier {} order {}", self.tier.order, self.order)?;
        let pods = if self.subject.pods.0.is_empty() {
            "all pods".to_owned()
        } else {
            format!("pods {}", self.subject.pods)
        };
        match (&self.subject.namespaces, &self.scope) {
            (Some(namespaces), _) => write!(out, "\n  on {pods} in namespaces {namespaces}")?,
            (None, Scope::Namespace(name)) => write!(out, "\n  on {pods} in namespace {name}")?,
            (None, Scope::Cluster) => write!(out, "\n  on {pods} in all namespaces")?,
        }
        for direction in [Direction::Ingress, Direction::Egress] {
            let Some(rules) = self.rules(direction) else { continue };
            write!(out, "\n  {}", direction.word())?;
            if rules.is_empty() {
                write!(out, "\n    no rule")?;
            }
            for rule in rules {
                write!(out, "\n    {}", Directed { rule, direction })?;
            }
        }
        Ok(())
    }
}

/// A rule and its direction.
struct Directed<'r> {
    rule: &'r Rule,
    direction: Direction,
}

impl fmt::Display for Directed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, direction } = self;
        let word = match direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let everybody = || "all peers".to_owned();
        let peers = rule.peers.as_deref().map_or_else(everybody, joined);
        let ports = rule.ports.as_deref().map_or_else(|| "every port".to_owned(), joined);
        write!(out, "{} {word} {peers} on {ports}", rule.action)
    }
}

fn joined(parts: &[impl fmt::Display]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Pass => "pass",
        })
    }
}

/// Form: `pods app=x in namespaces kubernetes.io/metadata.name=a`, `10.0.0.0/8 except 10.1.0.0/16`.
impl fmt::Display for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pods { namespaces, pods } => {
                match pods {
                    Some(pods) if !pods.0.is_empty() => write!(out, "pods {pods}")?,
                    Some(_) | None => write!(out, "all pods")?,
                }
                match namespaces {
                    Some(it) if it.0.is_empty() => write!(out, " in all namespaces"),
                    Some(it) => write!(out, " in namespaces {it}"),
                    None => Ok(()),
                }
            }
            Self::Block { network, except } => {
                write!(out, "{network}")?;
                if except.is_empty() { Ok(()) } else { write!(out, " except {}", joined(except)) }
            }
        }
    }
}

/// Form: `TCP 80`, `UDP 1000-2000`, `TCP http`.
impl fmt::Display for Port {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(it) if it.is_single() => {
                write!(out, "{} {}", it.protocol.as_str(), it.from)
            }
            Self::Numbers(it) => write!(out, "{} {}-{}", it.protocol.as_str(), it.from, it.to),
            Self::Named(protocol, name) => write!(out, "{} {name}", protocol.as_str()),
        }
    }
}
