//! Address space, split at the borders of the networks in rules: no rule distinguishes two addresses of one
//! piece.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// An address as a number; IPv4 before IPv6.
type Point = (bool, u128);

/// The pieces of address space, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Space {
    /// First address of each piece; a piece ends where the next one begins.
    starts: Vec<Point>,
}

impl Space {
    /// Address space, split at the borders of these networks.
    pub(super) fn cut_by<'n>(networks: impl IntoIterator<Item = &'n IpNet>) -> Self {
        let mut starts = vec![(false, 0), (true, 0)];
        for network in networks {
            let (from, to) = (at(network.network()), at(network.broadcast()));
            starts.push(from);
            if !is_last(to) {
                starts.push((to.0, to.1 + 1));
            }
        }
        starts.sort_unstable();
        starts.dedup();
        Self { starts }
    }

    /// Number of pieces.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The piece that contains an address.
    pub(super) fn piece(&self, address: IpAddr) -> usize {
        self.starts.partition_point(|it| *it <= at(address)).saturating_sub(1)
    }

    /// The pieces of a network at whose borders the space is split: the first, and one past the last.
    pub(super) fn pieces(&self, network: &IpNet) -> (usize, usize) {
        (self.piece(network.network()), self.piece(network.broadcast()) + 1)
    }

    /// The first and the last address of a piece.
    pub(super) fn bounds(&self, piece: usize) -> (IpAddr, IpAddr) {
        let from = self.starts.get(piece).copied().unwrap_or((true, u128::MAX));
        let last = if from.0 { u128::MAX } else { u128::from(u32::MAX) };
        let to = match self.starts.get(piece + 1) {
            Some(next) if next.0 == from.0 => next.1 - 1,
            _ => last,
        };
        (address(from), address((from.0, to)))
    }
}

fn at(address: IpAddr) -> Point {
    match address {
        IpAddr::V4(it) => (false, u128::from(u32::from(it))),
        IpAddr::V6(it) => (true, u128::from(it)),
    }
}

fn is_last((is_v6, number): Point) -> bool {
    number == if is_v6 { u128::MAX } else { u128::from(u32::MAX) }
}

fn address((is_v6, number): Point) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) if !is_v6 => IpAddr::V4(Ipv4Addr::from(number)),
        _ => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_cut_at_the_borders_of_networks() {
        let networks: Vec<IpNet> = ["0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "::/0", "fd00::/8"]
            .map(|it| it.parse().expect("a network"))
            .into();
        let space = Space::cut_by(&networks);
        let bounds: Vec<String> = (0..space.len())
            .map(|it| space.bounds(it))
            .map(|(from, to)| format!("{from}-{to}"))
            .collect();
        assert_eq!(
            bounds,
            [
                "0.0.0.0-9.255.255.255",
                "10.0.0.0-10.1.2.2",
                "10.1.2.3-10.1.2.3",
                "10.1.2.4-10.255.255.255",
                "11.0.0.0-255.255.255.255",
                "::-fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fe00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            ]
        );
        assert_eq!(space.pieces(&networks[1]), (1, 4));
        assert_eq!(space.piece("10.1.2.3".parse().expect("ok")), 2);
    }
}
