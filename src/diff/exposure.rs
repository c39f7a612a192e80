//! Risks of connections that open and close.

use super::risk::{Class, Risk};
use crate::diagnostics::Code;
use crate::impact::{Change, Changes, Fate, Party};
use crate::policy::Direction;
use crate::scalar::port_names;

/// Returns the risks of the connections that change.
pub(super) fn risks(changes: &Changes) -> Vec<Risk> {
    let mut risks: Vec<Risk> = changes.lines.iter().flat_map(of_line).collect();
    risks.sort();
    risks
}

fn of_line(it: &Change) -> Vec<Risk> {
    let Change { clients, servers, .. } = it;
    let ports = port_names(&it.ports);
    let mut risks = Vec::new();
    let at: Vec<_> =
        it.causes.iter().filter(|it| it.is_now).filter_map(|it| it.at.clone()).collect();
    let mut say = |class, code, why: String| risks.push(Risk { class, why, code, at: at.clone() });
    match it.fate {
        Fate::Opens => {
            if servers.has_internet {
                let why = format!("{} may connect to the internet on {ports}", clients.name);
                say(Class::OpensToInternet, Code::W1021, why);
            }
            if clients.has_internet {
                let why = format!(
                    "the internet may connect to {} on {ports}, if an external address routes there",
                    servers.name
                );
                say(Class::OpensToInternet, Code::W1022, why);
            }
        }
        Fate::Closes => {
            let stays =
                if it.stays.is_empty() { "" } else { ", except connections that stay allowed" };
            let of = |party: &Party| match party.live.len() {
                1 => "1 pod".to_owned(),
                n => format!("{n} pods"),
            };
            let have_live = [clients, servers].map(|it| !it.live.is_empty());
            let is_lost = match have_live {
                [true, true] => true,
                [true, false] => servers.is_outside,
                [false, true] => clients.is_outside,
                [false, false] => false,
            };
            let is_server = !have_live[0] || it.sweep == Some(Direction::Ingress);
            // Pods that are removed with their namespace are not locked out.
            if is_lost && !it.goes {
                let (who, does, whom) = if is_server {
                    (servers, "can no longer be reached from", clients)
                } else {
                    (clients, "can no longer connect to", servers)
                };
                let (name, pods, whom) = (&who.name, of(who), &whom.name);
                let why = format!("{name} ({pods}) {does} {whom} on {ports}{stays}");
                say(Class::LocksOut, Code::W1011, why);
            }
        }
    }
    risks
}
