//! Renders policies as NetworkPolicies.

use ipnet::IpNet;

use super::parts::path;
use crate::objects::{
    self, Egress, Ingress, IpBlock, LabelSelector, Meta, NetworkPolicy, NetworkPolicySpec, Object,
    PolicyPort,
};
use crate::origin::Origins;
use crate::policy::{Action, Direction, Part, Peer, Policy, Port, RulePart};

/// Renders a policy as a NetworkPolicy, with the declarations behind each part of it.
///
/// # Panics
///
/// If a rule does something other than allow: the capabilities of the dialect exclude it.
pub(super) fn policy(policy: &Policy, metadata: Meta) -> (Object, Origins) {
    let mut origins = Origins::of(&policy.sites);
    for (part, sites) in
        [(Part::Subject, &policy.subject.sites), (Part::Directions, &policy.isolated_by)]
    {
        if !sites.is_empty() {
            origins.part(&path(part), sites);
        }
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        for (at, rule) in policy.rules(direction).unwrap_or_default().iter().enumerate() {
            if let Some(note) = &rule.note {
                origins.note(path(Part::Rule(direction, at, RulePart::Whole)), note.clone());
            }
        }
    }
    let has = [("Ingress", policy.ingress.is_some()), ("Egress", policy.egress.is_some())];
    let ingress = rules(policy, Direction::Ingress, &mut origins);
    let egress = rules(policy, Direction::Egress, &mut origins);
    let spec = NetworkPolicySpec {
        pod_selector: LabelSelector::of(&policy.subject.pods),
        policy_types: has.into_iter().filter(|it| it.1).map(|it| it.0).collect(),
        ingress: ingress.map(|(from, ports)| Ingress { from, ports }).collect(),
        egress: egress.map(|(to, ports)| Egress { to, ports }).collect(),
    };
    (Object::NetworkPolicy(NetworkPolicy::new(metadata, spec)), origins)
}

/// The peers and the ports of a rule.
type Rendered = (Option<Vec<objects::Peer>>, Option<Vec<PolicyPort>>);

/// The rules of one direction.
fn rules(
    policy: &Policy,
    direction: Direction,
    origins: &mut Origins,
) -> impl Iterator<Item = Rendered> + use<> {
    let of_policy = policy.rules(direction).unwrap_or_default();
    let mut rendered = Vec::with_capacity(of_policy.len());
    for (at, rule) in of_policy.iter().enumerate() {
        assert!(rule.action == Action::Allow, "INVARIANT: a NetworkPolicy only allows");
        let part = |part: RulePart| path(Part::Rule(direction, at, part));
        let whole = &rule.provenance.rule;
        let peers = rule.provenance.peers.iter().enumerate();
        let peers = peers.map(|(peer, sites)| (RulePart::Peer(peer), sites));
        let ports = rule.provenance.ports.iter().enumerate();
        let ports = ports.map(|(port, sites)| (RulePart::Port(port), sites));
        // A part with the same declarations as the whole rule needs no row.
        for (it, sites) in peers.chain(ports).filter(|(_, sites)| *sites != whole) {
            origins.part(&part(it), sites);
        }
        origins.part(&part(RulePart::Whole), whole);
        rendered.push((
            rule.peers.as_ref().map(|it| it.iter().map(peer).collect()),
            rule.ports.as_ref().map(|it| it.iter().map(port).collect()),
        ));
    }
    rendered.into_iter()
}

fn peer(peer: &Peer) -> objects::Peer {
    match peer {
        Peer::Pods { namespaces, pods } => objects::Peer {
            ip_block: None,
            namespace_selector: namespaces.as_ref().map(LabelSelector::of),
            pod_selector: pods.as_ref().map(LabelSelector::of),
        },
        Peer::Block { network, except } => objects::Peer {
            ip_block: Some(ip_block(*network, except)),
            namespace_selector: None,
            pod_selector: None,
        },
    }
}

fn ip_block(network: IpNet, except: &[IpNet]) -> IpBlock {
    IpBlock {
        cidr: network.trunc().to_string(),
        except: except.iter().map(ToString::to_string).collect(),
    }
}

fn port(port: &Port) -> PolicyPort {
    match port {
        Port::Numbers(range) => PolicyPort {
            protocol: range.protocol.as_str(),
            port: Some(range.from),
            end_port: (!range.is_single()).then_some(range.to),
        },
        Port::Named(..) => unreachable!("INVARIANT: the lowering knows the number of each port"),
    }
}
