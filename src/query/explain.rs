//! Explanations, side by side, of why a connection is allowed or denied.

use std::collections::BTreeSet;

use super::context::{Connection, Context, Spot};
use crate::policy::{Direction, Peer, Policy, Port, Rule};
use crate::reachability::{Decision, EndId, PolicyId, RuleId, Set};
use crate::scalar::{PortRange, port_name};

/// Maximum number of hints or places per side.
const MOST: usize = 4;

/// The explanation of both sides of a connection, by lines.
pub(super) fn lines(context: &Context<'_>, it: &Connection) -> Vec<String> {
    let mut lines = side(context, it, Direction::Egress, &it.verdict.egress);
    lines.extend(side(context, it, Direction::Ingress, &it.verdict.ingress));
    lines
}

fn side(
    context: &Context<'_>,
    it: &Connection,
    way: Direction,
    decision: &Decision,
) -> Vec<String> {
    let (word, other) = match way {
        Direction::Egress => ("egress ", it.server),
        Direction::Ingress => ("ingress", it.client),
    };
    match decision {
        // No policy applies to an address; the lines of the other side suffice.
        Decision::Outside => Vec::new(),
        Decision::SamePod => vec![format!("{word}  yes: a pod always reaches itself")],
        Decision::Open => vec![format!("{word}  yes: no policy isolates its {}", way.word())],
        Decision::Allowed(at) => {
            let rule = rule_name(context, *at);
            let mut lines = vec![format!("{word}  yes: {rule}")];
            lines.extend(indented(by_address(context, *at, other)));
            lines.extend(indented(few(&context.around.rule(*at, other, it.range))));
            lines
        }
        Decision::Denied(policies) => {
            let mut lines = vec![format!("{word}  no: {}", closed(context, policies, way))];
            let places = policies.iter().flat_map(|it| context.around.policy(*it, way));
            let places: BTreeSet<Spot> = places.collect();
            lines.extend(indented(few(&places.into_iter().collect::<Vec<_>>())));
            let hints =
                policies.iter().flat_map(|policy| hints(context, *policy, way, other, it.range));
            lines.extend(indented(hints.take(MOST)));
            lines
        }
    }
}

/// A note that a rule matches pods by their addresses, if it names no pods.
fn by_address(context: &Context<'_>, at: RuleId, other: EndId) -> Option<String> {
    context.reach.ends().class(other)?;
    let peers = context.reach.cluster().rule(at)?.peers.as_ref()?;
    let matching = context.reach.peers(at, &Set::one(other));
    let blocks = matching.into_iter().filter_map(|it| peers.get(it)).map(|it| match it {
        Peer::Block { network, .. } => Some(network.to_string()),
        Peer::Pods { .. } => None,
    });
    let blocks: Option<Vec<String>> = blocks.collect();
    let blocks = blocks.filter(|it| !it.is_empty())?.join(", ");
    Some(format!("through {blocks}, which contains addresses of pods"))
}

/// The explanation in a list: one line with the rules of both sides, then the places behind them.
pub(super) fn brief(context: &Context<'_>, it: &Connection) -> Vec<String> {
    let sides = [
        (Direction::Egress, &it.verdict.egress, it.server),
        (Direction::Ingress, &it.verdict.ingress, it.client),
    ];
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    for (way, decision, other) in sides {
        match decision {
            Decision::Allowed(at) => {
                rules.push(rule_name(context, *at));
                for place in context.around.rule(*at, other, it.range) {
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
            Decision::Open => rules.push(format!("no policy isolates the {}", way.word())),
            Decision::SamePod => return vec!["a pod always reaches itself".to_owned()],
            Decision::Outside | Decision::Denied(_) => {}
        }
    }
    let mut lines = vec![rules.join("; ")];
    lines.extend(few(&places));
    lines
}

/// The first places and the number of the others; the DNS rule of a namespace has a place for each of its
/// flows.
fn few(places: &[Spot]) -> Vec<String> {
    let more = places.len().saturating_sub(MOST);
    let shown = if more > 1 { MOST } else { places.len() };
    let mut lines: Vec<String> = places.iter().take(shown).map(ToString::to_string).collect();
    if more > 1 {
        lines.push(format!("and {more} more places"));
    }
    lines
}

fn indented(lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|it| format!("         {it}"))
}

/// The name of a rule: `egress[2] of shop/web`.
pub(super) fn rule_name(context: &Context<'_>, at: RuleId) -> String {
    format!("{}[{}] of {}", at.direction.word(), at.rule, context.policy(at.policy))
}

fn closed(context: &Context<'_>, policies: &[PolicyId], way: Direction) -> String {
    let names: Vec<String> = policies.iter().take(MOST).map(|it| context.policy(*it)).collect();
    let more = match policies.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (isolate, rule) = match policies.len() {
        1 => ("isolates", "none of its rules"),
        _ => ("isolate", "none of their rules"),
    };
    format!("{}{more} {isolate} its {}, and {rule} matches", names.join(", "), way.word())
}

/// Rules of a policy that almost match: with other ports, or with peers that match no pod.
fn hints(
    context: &Context<'_>,
    id: PolicyId,
    way: Direction,
    other: EndId,
    range: PortRange,
) -> Vec<String> {
    let Some(policy) = context.reach.cluster().policy(id) else { return Vec::new() };
    let rules = policy.rules(way).unwrap_or_default().iter().enumerate();
    let hint = |(rule, it): (usize, &Rule)| {
        let name = rule_name(context, RuleId { policy: id, direction: way, rule });
        if !has_port(it, range) {
            let matches = is_with(context, policy, it, other);
            return matches.then(|| format!("{name} is for {} only", ports(it)));
        }
        let dead = dead(context, policy, it)?;
        Some(format!("{name} matches no pod: {dead}"))
    };
    rules.filter_map(hint).collect()
}

fn has_port(rule: &Rule, range: PortRange) -> bool {
    let is = |it: &Port| match it {
        Port::Numbers(ports) => ports.contains(range),
        Port::Named(protocol, _) => *protocol == range.protocol,
    };
    rule.ports.as_ref().is_none_or(|it| it.iter().any(is))
}

fn is_with(context: &Context<'_>, policy: &Policy, rule: &Rule, other: EndId) -> bool {
    let mut peers = rule.peers.iter().flatten();
    peers.any(|it| context.reach.ends().of_peer(policy.namespace(), it).contains(other))
}

/// The reason that no peer of a rule matches a pod.
fn dead(context: &Context<'_>, policy: &Policy, rule: &Rule) -> Option<String> {
    let ends = context.reach.ends();
    let peers = rule.peers.as_ref()?;
    let dead: Option<Vec<String>> =
        peers.iter().map(|it| ends.dead(policy.namespace(), it).map(|it| it.to_string())).collect();
    dead.map(|it| it.join("; "))
}

/// The ports of a rule: `TCP 80, TCP 443, UDP 53`.
fn ports(rule: &Rule) -> String {
    let ports = rule.ports.iter().flatten().map(|it| match it {
        Port::Numbers(range) => port_name(*range),
        Port::Named(protocol, name) => format!("{} `{name}`", protocol.as_str()),
    });
    ports.collect::<Vec<_>>().join(", ")
}
