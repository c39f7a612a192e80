//! Names of ports in messages.

use super::ports::{EVERY_PORT, PortRange};

/// Formats a sorted list of ports for messages: `TCP 80, 443, UDP 53`; `every port`; `every port except TCP 53`.
pub fn port_names(ports: &[PortRange]) -> String {
    let gaps = without(ports);
    let few = gaps.len() < ports.len() || ports.len() == EVERY_PORT.len();
    match gaps.as_slice() {
        [] => "every port".to_owned(),
        gaps if few && gaps.iter().all(|it| !EVERY_PORT.contains(it)) => {
            format!("every port except {}", listed(gaps))
        }
        _ => listed(ports),
    }
}

/// Returns all ports that are not in a sorted list.
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
        let shown = port_name(*it);
        let number = shown.split_once(' ').filter(|_| same).map_or(shown.as_str(), |(_, it)| it);
        text.push_str(if text.is_empty() { "" } else { ", " });
        text.push_str(number);
        before = Some(it.protocol);
    }
    text
}

/// Formats a range of ports for messages: `TCP 80`, `UDP 1000-2000`, `every SCTP port`.
pub fn port_name(range: PortRange) -> String {
    let protocol = range.protocol.as_str();
    match (range.from, range.to) {
        (1, u16::MAX) => format!("every {protocol} port"),
        (from, to) if from == to => format!("{protocol} {from}"),
        (from, to) => format!("{protocol} {from}-{to}"),
    }
}
