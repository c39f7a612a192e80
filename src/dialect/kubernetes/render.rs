//! Renders policies as NetworkPolicies.

use ipnet::IpNet;

use super::parts::path;
use crate::objects::{
    self, Egress, Ingress, IpBlock, LabelSelector, Meta, NetworkPolicy, NetworkPolicySpec, Object,
    PolicyPort,
};
use crate::origin::Origins;
use crate::policy::{Action, Direction, Part, Peer, Policy, Port, Rule, RulePart};

/// Renders a policy as a NetworkPolicy, with the declarations behind each part of it.
///
/// # Panics
///
/// If a rule does something other than allow: the capabilities of the dialect exclude it.
pub(super) fn policy(policy: Policy, metadata: Meta) -> (Object, Origins) {
    let Policy { subject, ingress, egress, sites, isolated_by, .. } = policy;
    let mut origins = Origins::of(&sites);
    for (part, sites) in [(Part::Subject, &subject.sites), (Part::Directions, &isolated_by)] {
        if !sites.is_empty() {
            origins.part(&path(part), sites);
        }
    }
    let has = [("Ingress", ingress.is_some()), ("Egress", egress.is_some())];
    let ingress = rules(ingress, Direction::Ingress, &mut origins);
    let egress = rules(egress, Direction::Egress, &mut origins);
    let spec = NetworkPolicySpec {
        pod_selector: LabelSelector::of(subject.pods),
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
    of_policy: Option<Vec<Rule>>,
    direction: Direction,
    origins: &mut Origins,
) -> impl Iterator<Item = Rendered> + use<> {
    let of_policy = of_policy.unwrap_or_default();
    let mut rendered = Vec::with_capacity(of_policy.len());
    for (at, rule) in of_policy.into_iter().enumerate() {
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
        if let Some(note) = rule.note {
            origins.note(part(RulePart::Whole), note);
        }
        rendered.push((
            rule.peers.map(|it| it.into_iter().map(peer).collect()),
            rule.ports.map(|it| it.iter().map(port).collect()),
        ));
    }
    rendered.into_iter()
}

fn peer(peer: Peer) -> objects::Peer {
    match peer {
        Peer::Pods { namespaces, pods } => objects::Peer {
            ip_block: None,
            namespace_selector: namespaces.map(LabelSelector::of),
            pod_selector: pods.map(LabelSelector::of),
        },
        Peer::Block { network, except } => objects::Peer {
            ip_block: Some(ip_block(network, &except)),
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
