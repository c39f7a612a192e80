//! How messages call ports and addresses.

use super::ends::Ends;
use super::ids::EndId;
use super::row::EVERY_PORT;
use super::set::Set;
use crate::scalar::PortRange;

impl Ends<'_> {
    /// The ends of a set that are addresses, as people write them; pieces that touch are one range.
    pub fn ranges(&self, pieces: &Set) -> Vec<String> {
        let mut ranges: Vec<(std::net::IpAddr, std::net::IpAddr)> = Vec::new();
        let mut before = None;
        for piece in pieces.iter() {
            let Some((first, last)) = self.addresses(piece) else { continue };
            let touches = before.is_some_and(|it: EndId| it.at() + 1 == piece.at());
            match ranges.last_mut() {
                Some(range) if touches && range.1.is_ipv4() == first.is_ipv4() => range.1 = last,
                _ => ranges.push((first, last)),
            }
            before = Some(piece);
        }
        let name = |(first, last): (std::net::IpAddr, std::net::IpAddr)| {
            let is_all = first.is_unspecified()
                && match last {
                    std::net::IpAddr::V4(it) => it.is_broadcast(),
                    std::net::IpAddr::V6(it) => u128::from(it) == u128::MAX,
                };
            match (is_all, first == last) {
                (true, _) if first.is_ipv4() => "every IPv4 address".to_owned(),
                (true, _) => "every IPv6 address".to_owned(),
                (false, true) => first.to_string(),
                (false, false) => format!("{first}-{last}"),
            }
        };
        ranges.into_iter().map(name).collect()
    }
}

/// `TCP 80, 443, UDP 53`; `every port`; `every port but TCP 53`.
pub fn ports(ports: &[PortRange]) -> String {
    let gaps = without(ports);
    let few = gaps.len() < ports.len() || ports.len() == EVERY_PORT.len();
    match gaps.as_slice() {
        [] => "every port".to_owned(),
        gaps if few && gaps.iter().all(|it| !EVERY_PORT.contains(it)) => {
            format!("every port but {}", listed(gaps))
        }
        _ => listed(ports),
    }
}

/// Every port that is not in a sorted list.
fn without(ports: &[PortRange]) -> Vec<PortRange> {
    let mut gaps = Vec::new();
    for whole in EVERY_PORT {
        let mut next = u32::from(whole.from);
        let gap = |from: u32, to: u32| {
            let (from, to) = (u16::try_from(from).ok()?, u16::try_from(to).ok()?);
            (from <= to).then_some(PortRange { from, to, ..*whole })
        };
        for it in ports.iter().filter(|it| it.protocol == whole.protocol) {
            gaps.extend(u32::from(it.from).checked_sub(1).and_then(|to| gap(next, to)));
            next = next.max(u32::from(it.to) + 1);
        }
        gaps.extend(gap(next, u32::from(whole.to)));
    }
    gaps
}

fn listed(ports: &[PortRange]) -> String {
    let mut text = String::new();
    let mut before = None;
    for it in ports {
        let same = before == Some(it.protocol) && (it.from, it.to) != (1, u16::MAX);
        let shown = port(*it);
        let number = shown.split_once(' ').filter(|_| same).map_or(shown.as_str(), |(_, it)| it);
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(number);
        before = Some(it.protocol);
    }
    text
}

/// `TCP 80`, `UDP 1000-2000`, `every SCTP port`
pub fn port(range: PortRange) -> String {
    let protocol = range.protocol.as_str();
    match (range.from, range.to) {
        (1, u16::MAX) => format!("every {protocol} port"),
        (from, to) if from == to => format!("{protocol} {from}"),
        (from, to) => format!("{protocol} {from}-{to}"),
    }
}
