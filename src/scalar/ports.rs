//! Ports and protocols.

use std::fmt;

/// Transport protocol of a port. The default is TCP, as in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// SCTP
    Sctp,
}

/// Ports of one protocol, from `from` to `to` inclusive. A single port has `from == to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The protocol.
    pub protocol: Protocol,
    /// First port.
    pub from: u16,
    /// Last port.
    pub to: u16,
}

/// Every port of every protocol.
pub const EVERY_PORT: &[PortRange] =
    &[PortRange::all(Protocol::Tcp), PortRange::all(Protocol::Udp), PortRange::all(Protocol::Sctp)];

/// A port or a range of ports on which pods listen. Policies must name these ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodPort(pub PortRange);

/// A port of a Service that clients connect to. Policies must never name these ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePort(pub u16);

/// A set of pod ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortSet {
    /// Every port of every protocol.
    Any,
    /// A list of ports, sorted and without overlaps.
    Some(Vec<PodPort>),
}

impl Protocol {
    /// Returns the protocol as Kubernetes writes it: `TCP`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }

    /// Returns the protocol as the language writes it: `tcp`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

impl PortRange {
    /// Creates a range of one TCP port.
    pub fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::Tcp, from: port, to: port }
    }

    /// Creates a range of one port.
    pub const fn single(protocol: Protocol, port: u16) -> Self {
        Self { protocol, from: port, to: port }
    }

    /// Creates a range of all ports of a protocol: 1 to 65535.
    pub const fn all(protocol: Protocol) -> Self {
        Self { protocol, from: 1, to: u16::MAX }
    }

    /// Whether the range has only one port.
    pub fn is_single(self) -> bool {
        self.from == self.to
    }

    /// Whether the ranges share a port of the same protocol.
    pub fn overlaps(self, other: Self) -> bool {
        self.protocol == other.protocol && self.from <= other.to && other.from <= self.to
    }

    /// Whether the range contains every port of `other`.
    pub fn contains(self, other: Self) -> bool {
        self.protocol == other.protocol && self.from <= other.from && other.to <= self.to
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.from)?;
        if !self.is_single() {
            write!(out, "-{}", self.to)?;
        }
        if self.protocol != Protocol::Tcp {
            write!(out, "/{}", self.protocol.word())?;
        }
        Ok(())
    }
}

impl PortSet {
    /// Creates a sorted set. Overlapping ranges are joined; adjacent ranges are kept apart, so that a rule
    /// shows the declared ports.
    pub fn of(ports: impl IntoIterator<Item = PodPort>) -> Self {
        let mut sorted: Vec<PodPort> = ports.into_iter().collect();
        sorted.sort_unstable();
        let mut joined: Vec<PodPort> = Vec::with_capacity(sorted.len());
        for port in sorted {
            match joined.last_mut() {
                Some(last) if last.0.overlaps(port.0) => last.0.to = last.0.to.max(port.0.to),
                _ => joined.push(port),
            }
        }
        Self::Some(joined)
    }

    /// Returns the ports that are in at least one of the sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::Some(left), Self::Some(right)) => Self::of(left.iter().chain(right).copied()),
        }
    }

    /// Whether the sets share a port of the same protocol.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any) => true,
            (Self::Any, Self::Some(ports)) | (Self::Some(ports), Self::Any) => !ports.is_empty(),
            (Self::Some(left), Self::Some(right)) => {
                left.iter().any(|it| right.iter().any(|other| it.0.overlaps(other.0)))
            }
        }
    }

    /// Whether the set contains every port of `other`.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Some(_), Self::Any) => false,
            (Self::Some(left), Self::Some(right)) => {
                right.iter().all(|it| left.iter().any(|mine| mine.0.contains(it.0)))
            }
        }
    }

    /// Whether the set has no ports.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Some(ports) if ports.is_empty())
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => out.write_str("any"),
            Self::Some(ports) => {
                let words: Vec<String> = ports.iter().map(|it| it.0.to_string()).collect();
                out.write_str(&words.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(from: u16, to: u16) -> PodPort {
        PodPort(PortRange { protocol: Protocol::Tcp, from, to })
    }

    #[test]
    fn overlapping_ports_are_joined_and_touching_ones_are_not() {
        let set = PortSet::of([tcp(90, 95), tcp(80, 80), tcp(93, 99), tcp(81, 81)]);
        assert_eq!(set, PortSet::Some(vec![tcp(80, 80), tcp(81, 81), tcp(90, 99)]));
        assert_eq!(set.to_string(), "80, 81, 90-99");
        assert!(set.contains(&PortSet::of([tcp(91, 92)])) && !set.contains(&PortSet::Any));
    }
}
