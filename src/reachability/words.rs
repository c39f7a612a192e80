//! Addresses in messages.

use super::ends::Ends;
use super::ids::EndId;
use super::set::Set;

impl Ends<'_> {
    /// The addresses of a set in readable form; adjacent pieces are one range.
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
