//! Sets of IP addresses, as lists of networks.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::AddressRange;

/// A set of addresses: networks in ascending order, IPv4 first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addresses(pub Vec<IpNet>);

/// IPv4 networks that are not part of the public internet: the IANA special-purpose registry (RFC 6890 and its
/// updates) without the few globally reachable anycast blocks, and multicast.
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

/// IPv6 networks that are not part of the public internet (same sources). `::/80` contains the loopback and the
/// mapped IPv4 addresses: an API server reads `::ffff:0.0.0.0/96` as IPv4, and rejects it.
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

/// Converts a range to the smallest list of networks with exactly its addresses.
impl From<AddressRange> for Addresses {
    fn from(range: AddressRange) -> Self {
        Self::range(range.from, range.to)
    }
}

impl Addresses {
    /// Creates a set of networks, sorted and without duplicates. A network inside another one is dropped.
    /// Adjacent networks are not joined, so that a reviewer finds the declared networks.
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

    /// Returns the smallest list of networks that is exactly `from..=to`; empty if the addresses have different
    /// families.
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

    /// Returns the addresses that are in at least one of the sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// Whether the set contains an address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|it| it.contains(&address))
    }

    /// Whether the sets share an address.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|it| other.0.iter().any(|mine| overlap(it, mine)))
    }

    /// Whether every network of `other` is inside one network of this set.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|it| self.0.iter().any(|mine| mine.contains(it)))
    }

    /// Formats the set for messages, as sources write it: adjacent networks as one range, and a network alone in CIDR
    /// notation if it has eight addresses or more.
    pub fn in_words(&self) -> String {
        let mut runs: Vec<(AddressRange, Option<&IpNet>)> = Vec::new();
        for network in &self.0 {
            let range = AddressRange { from: network.network(), to: network.broadcast() };
            let joined = runs.last().and_then(|(last, _)| last.joined(range));
            match (runs.last_mut(), joined) {
                (Some(last), Some(joined)) => *last = (joined, None),
                _ => runs.push((range, Some(network))),
            }
        }
        let words = runs.into_iter().map(|(range, alone)| match alone {
            Some(network) if range.count() >= 8 => network.to_string(),
            _ => range.in_words(),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Returns the IPv4 networks that are not public.
    pub fn not_public_v4() -> Self {
        Self::of(NOT_PUBLIC_V4.iter().map(|it| parse(it)))
    }

    /// Returns the IPv6 networks that are not public.
    pub fn not_public_v6() -> Self {
        Self::of(NOT_PUBLIC_V6.iter().map(|it| parse(it)))
    }
}

/// Whether two networks share an address, that is, one is inside the other.
fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

/// Returns a network and all networks that contain it, the smallest first.
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
    fn adjacent_networks_are_one_range_in_messages() {
        let words =
            |networks: &[&str]| Addresses::of(networks.iter().map(|it| parse(it))).in_words();
        assert_eq!(
            words(&["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.9/32", "fd00::/126"]),
            "10.0.0.1-10.0.0.5, 10.0.0.9, fd00::-fd00::3"
        );
        assert_eq!(
            words(&["192.168.1.0/24", "192.168.3.0/30"]),
            "192.168.1.0/24, 192.168.3.0-192.168.3.3"
        );
        assert_eq!(words(&["255.255.255.255/32", "::/128"]), "255.255.255.255, ::");
    }

    #[test]
    fn the_constants_are_canonical() {
        assert_eq!(Addresses::not_public_v4().0.len(), NOT_PUBLIC_V4.len());
        assert_eq!(Addresses::not_public_v6().0.len(), NOT_PUBLIC_V6.len());
    }
}
