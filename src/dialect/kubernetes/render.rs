//! Policies to NetworkPolicies.

use ipnet::IpNet;

use crate::objects::{
    self, Egress, Ingress, IpBlock, LabelSelector, Meta, NetworkPolicy, NetworkPolicySpec, Object,
    PolicyPort,
};
use crate::origin::Origins;
use crate::policy::{Action, Peer, Policy, Port, Rule};
use crate::source::Site;

/// Makes the NetworkPolicy of a policy, with the declarations behind each part of it.
///
/// # Panics
///
/// If a rule does something other than allow: the capabilities of the dialect exclude it.
pub(super) fn policy(policy: &Policy, metadata: Meta) -> (Object, Origins) {
    let mut origins = Origins::of(&policy.sites);
    for (pointer, sites) in
        [("/spec/podSelector", &policy.subject.sites), ("/spec/policyTypes", &policy.isolated_by)]
    {
        if !sites.is_empty() {
            origins.part(pointer, sites);
        }
    }
    for (rules, side) in [(&policy.ingress, "ingress"), (&policy.egress, "egress")] {
        for (at, rule) in rules.iter().flatten().enumerate() {
            if let Some(note) = &rule.note {
                origins.note(format_args!("/spec/{side}/{at}"), note.clone());
            }
        }
    }
    let has = [("Ingress", policy.ingress.is_some()), ("Egress", policy.egress.is_some())];
    let ingress = rules(policy.ingress.as_deref(), ["ingress", "from"], &mut origins);
    let egress = rules(policy.egress.as_deref(), ["egress", "to"], &mut origins);
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

/// The rules of one direction, under the names of its list and of the list of peers in each rule.
fn rules(
    rules: Option<&[Rule]>,
    [side, peers]: [&str; 2],
    origins: &mut Origins,
) -> impl Iterator<Item = Rendered> + use<> {
    let mut rendered = Vec::new();
    for (at, rule) in rules.into_iter().flatten().enumerate() {
        assert!(rule.action == Action::Allow, "INVARIANT: a NetworkPolicy only allows");
        let (here, whole) = (format!("/spec/{side}/{at}"), &rule.provenance.rule);
        parts(&format!("{here}/{peers}"), &rule.provenance.peers, whole, origins);
        parts(&format!("{here}/ports"), &rule.provenance.ports, whole, origins);
        origins.part(&here, whole);
        rendered.push((
            rule.peers.as_ref().map(|it| it.iter().map(peer).collect()),
            rule.ports.as_ref().map(|it| it.iter().map(port).collect()),
        ));
    }
    rendered.into_iter()
}

/// Notes the declarations behind parts of a rule. A part with the same ones as the whole rule needs no row.
fn parts(pointer: &str, parts: &[Vec<Site>], whole: &[Site], origins: &mut Origins) {
    for (at, sites) in parts.iter().enumerate().filter(|(_, it)| *it != whole) {
        origins.part(format_args!("{pointer}/{at}"), sites);
    }
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
