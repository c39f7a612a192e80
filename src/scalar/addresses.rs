//! Sets of IP addresses as lists of networks.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::AddressRange;

/// A set of addresses: networks in ascending order, IPv4 first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addresses(pub Vec<IpNet>);

/// IPv4 networks that are not the public internet: the IANA special-purpose registry (RFC 6890 and
/// its updates) without the few globally reachable anycast blocks, and multicast.
pub const NOT_PUBLIC_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// IPv6 networks that are not the public internet (same sources). `::/80` has the loopback and the
/// mapped IPv4 addresses: an API server takes `::ffff:0.0.0.0/96` for IPv4 and refuses it.
pub const NOT_PUBLIC_V6: &[&str] = &[
    "::/80",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// The smallest list of networks that has exactly the addresses of a range.
impl From<AddressRange> for Addresses {
    fn from(range: AddressRange) -> Self {
        Self::range(range.from, range.to)
    }
}

impl Addresses {
    /// The networks, sorted and each once; a network inside another goes, and halves are not joined
    /// (a reviewer finds the networks that were declared).
    pub fn of(networks: impl IntoIterator<Item = IpNet>) -> Self {
        let mut sorted: Vec<IpNet> = networks.into_iter().map(|it| it.trunc()).collect();
        sorted.sort_unstable_by_key(|it| (it.network(), it.prefix_len()));
        let mut kept: Vec<IpNet> = Vec::with_capacity(sorted.len());
        for network in sorted {
            if !kept.last().is_some_and(|last| last.contains(&network)) {
                kept.push(network);
            }
        }
        Self(kept)
    }

    /// The smallest list of networks that is exactly `from..=to`; empty if the two are of different families.
    pub fn range(from: IpAddr, to: IpAddr) -> Self {
        match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                Self(Ipv4Subnets::new(from, to, 0).map(IpNet::V4).collect())
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                Self(Ipv6Subnets::new(from, to, 0).map(IpNet::V6).collect())
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Self::default(),
        }
    }

    /// Everything in one or the other.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|it| it.contains(&address))
    }

    /// Whether some address is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|it| other.0.iter().any(|mine| overlap(it, mine)))
    }

    /// Whether every network of `other` lies in one of its own.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|it| self.0.iter().any(|mine| mine.contains(it)))
    }

    /// The public part of IPv4 as a network and its exceptions.
    pub fn not_public_v4() -> Self {
        Self::of(NOT_PUBLIC_V4.iter().map(|it| parse(it)))
    }

    /// The public part of IPv6 as a network and its exceptions.
    pub fn not_public_v6() -> Self {
        Self::of(NOT_PUBLIC_V6.iter().map(|it| parse(it)))
    }
}

/// Whether two networks share an address: one then lies in the other.
fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

/// A network and those around it, the narrowest first: what covers it is one of them.
pub fn around(network: IpNet) -> impl Iterator<Item = IpNet> {
    std::iter::successors(Some(network.trunc()), IpNet::supernet)
}

fn parse(network: &str) -> IpNet {
    network.parse().expect("INVARIANT: the constants are networks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_becomes_the_fewest_networks() {
        let range = Addresses::range(
            "192.168.1.81".parse().expect("ok"),
            "192.168.1.85".parse().expect("ok"),
        );
        let words: Vec<String> = range.0.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["192.168.1.81/32", "192.168.1.82/31", "192.168.1.84/31"]);
    }

    #[test]
    fn the_constants_are_canonical() {
        assert_eq!(Addresses::not_public_v4().0.len(), NOT_PUBLIC_V4.len());
        assert_eq!(Addresses::not_public_v6().0.len(), NOT_PUBLIC_V6.len());
    }
}
