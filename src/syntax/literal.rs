//! Numbers, addresses, networks, ranges, ports and days: one token in, one value or the reason why it is invalid out.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ast::ValueKind;
use crate::scalar::{Date, PortRange, Protocol};

/// The reason why a literal is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It begins like a number and is none: a version, a decimal, a quantity, a day in another order. In quotes it may
    /// be valid.
    Unquoted,
    /// An integer with more than 64 bits.
    Large,
    /// Not an address.
    Address,
    /// The prefix of a network is longer than an address, or not a number.
    Prefix,
    /// A network without all four numbers of its address; contains the network.
    ShortNetwork(IpNet),
    /// A network whose address has host bits; contains the network without them.
    HostBits(IpNet),
    /// A range with an abbreviated end; contains the complete range, if it can be determined.
    ShortRange(Option<String>),
    /// A range that ends before it begins; contains the reversed range.
    Backwards(String),
    /// A range whose ends are of different address families.
    Families,
    /// A port below 1 or above 65535.
    Port,
    /// An unknown protocol.
    Protocol(String),
    /// A day that does not exist.
    Day,
}

/// Reads a literal.
pub(super) fn read(token: &str) -> Result<ValueKind, Wrong> {
    if token.contains(':') || token.matches('.').count() >= 3 {
        return address_like(token);
    }
    let digits = token.strip_prefix('-').unwrap_or(token);
    if digits.bytes().all(|it| it.is_ascii_digit()) {
        return token.parse().map(ValueKind::Int).map_err(|_| Wrong::Large);
    }
    if let Some(network) = short_network(token) {
        return Err(Wrong::ShortNetwork(network));
    }
    if is_day(token) {
        return Date::parse(token).map(ValueKind::Date).ok_or(Wrong::Day);
    }
    ports(token)
}

/// Returns whether a number can be a port.
pub(super) fn is_port(number: i64) -> bool {
    (1..=i64::from(u16::MAX)).contains(&number)
}

fn address_like(token: &str) -> Result<ValueKind, Wrong> {
    if let Some((from, to)) = token.split_once('-') {
        return range(from, to);
    }
    let Some((front, prefix)) = token.split_once('/') else {
        return token.parse().map(ValueKind::Address).map_err(|_| Wrong::Address);
    };
    let address: IpAddr = front.parse().map_err(|_| Wrong::Address)?;
    let prefix = prefix.parse().map_err(|_| Wrong::Prefix)?;
    let network = IpNet::new(address, prefix).map_err(|_| Wrong::Prefix)?;
    if network.trunc() == network {
        Ok(ValueKind::Network(network))
    } else {
        Err(Wrong::HostBits(network.trunc()))
    }
}

fn range(from: &str, to: &str) -> Result<ValueKind, Wrong> {
    let first: IpAddr = from.parse().map_err(|_| Wrong::Address)?;
    let Ok(last) = to.parse::<IpAddr>() else {
        let short = !to.is_empty() && to.bytes().all(|it| it.is_ascii_hexdigit() || it == b'.');
        return Err(if short { Wrong::ShortRange(completed(from, to)) } else { Wrong::Address });
    };
    if first.is_ipv4() != last.is_ipv4() {
        Err(Wrong::Families)
    } else if first > last {
        Err(Wrong::Backwards(format!("{last}-{first}")))
    } else {
        Ok(ValueKind::Range(first, last))
    }
}

/// Completes the end of a range: `192.168.1.200`, `210` to `192.168.1.200-192.168.1.210`.
fn completed(from: &str, to: &str) -> Option<String> {
    let (separator, parts) =
        if from.contains(':') { (':', 1) } else { ('.', to.matches('.').count() + 1) };
    let kept: Vec<&str> = from.split(separator).collect();
    let kept = kept.get(..kept.len().checked_sub(parts)?)?;
    let end = format!("{}{separator}{to}", kept.join(&separator.to_string()));
    let (first, last): (IpAddr, IpAddr) = (from.parse().ok()?, end.parse().ok()?);
    (first <= last).then(|| format!("{from}-{end}"))
}

/// Completes the address of a network: `10.42/16` to `10.42.0.0/16`.
fn short_network(token: &str) -> Option<IpNet> {
    let (front, prefix) = token.split_once('/')?;
    let zeros = ".0".repeat(3_usize.checked_sub(front.matches('.').count())?);
    let network: IpNet = format!("{front}{zeros}/{prefix}").parse().ok()?;
    (network.trunc() == network).then_some(network)
}

/// Parses `443/tcp`, `9000-9010`, `9000-9010/udp`.
fn ports(token: &str) -> Result<ValueKind, Wrong> {
    let (numbers, protocol) = match token.split_once('/') {
        Some((numbers, word)) => (numbers, Some(word)),
        None => (token, None),
    };
    let (from, to) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !number(from) || !number(to) {
        return Err(Wrong::Unquoted);
    }
    let protocol = match protocol {
        None | Some("tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some("sctp") => Protocol::Sctp,
        Some(other) => return Err(Wrong::Protocol(other.to_owned())),
    };
    let port = |it: &str| it.parse().ok().filter(|it| *it > 0).ok_or(Wrong::Port);
    let (from, to): (u16, u16) = (port(from)?, port(to)?);
    if from > to {
        let turned = PortRange { protocol, from: to, to: from };
        return Err(Wrong::Backwards(turned.to_string()));
    }
    Ok(ValueKind::Ports(PortRange { protocol, from, to }))
}

/// Returns whether a token has the shape of a day, valid or not.
fn is_day(token: &str) -> bool {
    let parts: Vec<&str> = token.split('-').collect();
    parts.len() == 3
        && parts.iter().all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(token: &str) -> Wrong {
        read(token).expect_err(token)
    }

    #[test]
    fn literals_are_what_they_look_like() {
        let kinds = [
            ("443", "Int(443)"),
            ("-1", "Int(-1)"),
            ("192.168.1.1", "Address(192.168.1.1)"),
            ("::1", "Address(::1)"),
            ("fd00::/8", "Network(fd00::/8)"),
            ("10.42.0.0/16", "Network(10.42.0.0/16)"),
            ("192.168.1.200-192.168.1.250", "Range(192.168.1.200, 192.168.1.250)"),
            ("53/udp", "Ports(PortRange { protocol: Udp, from: 53, to: 53 })"),
            ("9000-9010/tcp", "Ports(PortRange { protocol: Tcp, from: 9000, to: 9010 })"),
            ("2027-01-31", "Date(Date { year: 2027, month: 1, day: 31 })"),
        ];
        for (token, kind) in kinds {
            assert_eq!(format!("{:?}", read(token).expect(token)), kind);
        }
    }

    #[test]
    fn a_wrong_literal_says_what_is_wrong() {
        assert_eq!(wrong("192.168.1.300"), Wrong::Address);
        assert_eq!(wrong("192.168.1.0/33"), Wrong::Prefix);
        assert_eq!(wrong("30.0/8"), Wrong::ShortNetwork("30.0.0.0/8".parse().expect("a network")));
        assert_eq!(wrong("10.0.0.1/8"), Wrong::HostBits("10.0.0.0/8".parse().expect("a network")));
        let whole = "192.168.1.200-192.168.1.210".to_owned();
        assert_eq!(wrong("192.168.1.200-210"), Wrong::ShortRange(Some(whole)));
        assert_eq!(wrong("192.168.1.200-100"), Wrong::ShortRange(None));
        assert_eq!(wrong("10.0.0.9-10.0.0.1"), Wrong::Backwards("10.0.0.1-10.0.0.9".to_owned()));
        assert_eq!(wrong("10.0.0.9-fd00::1"), Wrong::Families);
        assert_eq!(wrong("9010-9000"), Wrong::Backwards("9000-9010".to_owned()));
        assert_eq!(wrong("70000/tcp"), Wrong::Port);
        assert_eq!(wrong("53/upd"), Wrong::Protocol("upd".to_owned()));
        assert_eq!(wrong("2027-02-30"), Wrong::Day);
        assert_eq!(wrong("2.9.1"), Wrong::Unquoted);
        assert_eq!(wrong("99999999999999999999"), Wrong::Large);
    }
}
