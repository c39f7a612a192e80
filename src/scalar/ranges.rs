//! Ranges of addresses, and their differences.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses of one family, both ends included: `FIRST-LAST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    /// First address.
    pub from: IpAddr,
    /// Last address.
    pub to: IpAddr,
}

impl AddressRange {
    /// Whether the range contains an address.
    pub fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.from.is_ipv4() && (self.from..=self.to).contains(&address)
    }

    /// Returns the number of addresses, at most `u128::MAX`.
    pub fn count(self) -> u128 {
        number(self.to).saturating_sub(number(self.from)).saturating_add(1)
    }

    /// Returns the address at an offset from the first one; `None` if it is outside the range.
    pub fn nth(self, at: u128) -> Option<IpAddr> {
        let wanted = number(self.from).checked_add(at)?;
        (wanted <= number(self.to)).then(|| address(wanted, self.from))
    }

    /// Formats the range for messages: one address, or `FIRST-LAST`.
    pub fn in_words(self) -> String {
        if self.from == self.to { self.from.to_string() } else { self.to_string() }
    }

    /// Returns the range of both, if `next` begins at the address after the last one.
    pub fn joined(self, next: Self) -> Option<Self> {
        let is_next = self.to.is_ipv4() == next.from.is_ipv4()
            && number(self.to).checked_add(1) == Some(number(next.from));
        is_next.then_some(Self { from: self.from, to: next.to })
    }

    /// Returns the addresses that are in both ranges; `None` if there are none.
    pub fn common(self, other: Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (self.contains(other.from) || other.contains(self.from)).then_some(both)
    }

    /// Returns the rest of the range without `hole`: zero, one or two ranges, in ascending order.
    pub fn without(self, hole: Self) -> Vec<Self> {
        if hole.from.is_ipv4() != self.from.is_ipv4() || hole.to < self.from || hole.from > self.to
        {
            return vec![self];
        }
        let before = (hole.from > self.from)
            .then(|| Self { from: self.from, to: address(number(hole.from) - 1, self.from) });
        let behind = (hole.to < self.to)
            .then(|| Self { from: address(number(hole.to) + 1, self.from), to: self.to });
        before.into_iter().chain(behind).collect()
    }
}

/// Returns the rest of all ranges without the holes, in the order of the ranges.
pub fn cut(
    ranges: impl IntoIterator<Item = AddressRange>,
    holes: impl IntoIterator<Item = AddressRange>,
) -> Vec<AddressRange> {
    let whole: Vec<AddressRange> = ranges.into_iter().collect();
    holes
        .into_iter()
        .fold(whole, |left, hole| left.into_iter().flat_map(|range| range.without(hole)).collect())
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        Self { from: address, to: address }
    }
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}-{}", self.from, self.to)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(it) => u128::from(u32::from(it)),
        IpAddr::V6(it) => u128::from(it),
    }
}

/// Converts a number to an address of the family of `like`.
fn address(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(
            u32::try_from(number).expect("INVARIANT: it lies between two IPv4 addresses"),
        )),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> AddressRange {
        AddressRange { from: from.parse().expect("ok"), to: to.parse().expect("ok") }
    }

    fn words(ranges: &[AddressRange]) -> Vec<String> {
        ranges.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_hole_splits_a_range() {
        let pool = range("192.168.1.200", "192.168.1.250");
        let holes = [
            range("192.168.1.1", "192.168.1.199"),
            range("192.168.1.200", "192.168.1.200"),
            range("192.168.1.203", "192.168.1.204"),
            range("192.168.1.250", "192.168.1.255"),
            range("fd00::1", "fd00::9"),
        ];
        assert_eq!(
            words(&cut([pool], holes)),
            ["192.168.1.201-192.168.1.202", "192.168.1.205-192.168.1.249"]
        );
        assert!(cut([pool], [range("192.168.1.0", "192.168.1.255")]).is_empty());
    }

    #[test]
    fn addresses_are_counted_from_the_first() {
        let pool = range("10.0.0.254", "10.0.1.1");
        assert_eq!(pool.count(), 4);
        assert_eq!(pool.nth(2), Some("10.0.1.0".parse().expect("ok")));
        assert_eq!(pool.nth(4), None);
    }
}
