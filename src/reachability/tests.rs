//! Tests of tiers, orders and actions: the engine decides every connection like a naive evaluator, which checks
//! the rules one by one for each packet.

use proptest::prelude::*;

use super::{Cluster, Decision, EndId, Pods, PolicyId, Reach};
use crate::policy::{
    Action, DialectName, Direction, Labels, NAMESPACE_LABEL, Peer, Policy, Port, Requirement, Rule,
    Scope, Selector, Subject, Test, Tier, Unmatched,
};
use crate::scalar::{PortRange, Protocol};

const NAMESPACES: [&str; 2] = ["x", "y"];

fn pods() -> Vec<Pods> {
    let pod = |namespace: &str, app: &str| Pods {
        namespace: namespace.to_owned(),
        name: format!("{namespace}-{app}"),
        labels: Labels::from([("app".to_owned(), app.to_owned())]),
        ..Pods::default()
    };
    NAMESPACES.into_iter().flat_map(|it| ["a", "b"].map(|app| pod(it, app))).collect()
}

fn is_one(key: &str, value: &str) -> Selector {
    Selector(vec![Requirement { key: key.to_owned(), test: Test::In(vec![value.to_owned()]) }])
}

fn some_pods() -> impl Strategy<Value = Selector> {
    prop_oneof![Just(Selector::default()), Just(is_one("app", "a")), Just(is_one("app", "b"))]
}

fn some_namespaces() -> impl Strategy<Value = Option<Selector>> {
    let named = (0..NAMESPACES.len()).prop_map(|at| is_one(NAMESPACE_LABEL, NAMESPACES[at]));
    prop_oneof![Just(None), Just(Some(Selector::default())), named.prop_map(Some)]
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![Just(Action::Allow), Just(Action::Deny), Just(Action::Pass)];
    let peer = (some_namespaces(), some_pods())
        .prop_map(|(namespaces, pods)| Peer::Pods { namespaces, pods: Some(pods) });
    let peers = proptest::option::of(proptest::collection::vec(peer, 1..3));
    let range = (1_u16..4, 0_u16..2).prop_map(|(from, more)| {
        Port::Numbers(PortRange { to: from + more, ..PortRange::single(Protocol::Tcp, from) })
    });
    let ports = proptest::option::of(proptest::collection::vec(range, 1..3));
    (action, peers, ports)
        .prop_map(|(action, peers, ports)| Rule { action, ..Rule::allow(peers, ports) })
}

fn policy() -> impl Strategy<Value = Policy> {
    let scope = prop_oneof![
        Just(Scope::Cluster),
        (0..NAMESPACES.len()).prop_map(|at| Scope::Namespace(NAMESPACES[at].to_owned())),
    ];
    // Each tier has one behavior for connections that no rule matches.
    let unmatched = |tier| if tier == 1 { Unmatched::Deny } else { Unmatched::Pass };
    let tier = (0_i64..3).prop_map(move |order| Tier { order, unmatched: unmatched(order) });
    let rules = || proptest::option::of(proptest::collection::vec(rule(), 0..4));
    (scope, tier, 0_i64..3, some_namespaces(), some_pods(), rules(), rules()).prop_map(
        |(scope, tier, order, namespaces, pods, ingress, egress)| Policy {
            dialect: DialectName::default(),
            name: "p".to_owned(),
            subject: Subject {
                namespaces: namespaces.filter(|_| scope == Scope::Cluster),
                pods,
                sites: Vec::new(),
            },
            scope,
            tier,
            order,
            ingress,
            egress,
            sites: Vec::new(),
            isolated_by: Vec::new(),
        },
    )
}

fn is_in(namespaces: Option<&Selector>, own: &str, pods: &Pods) -> bool {
    match namespaces {
        None => own.is_empty() || own == pods.namespace,
        Some(it) => {
            it.selects(&Labels::from([(NAMESPACE_LABEL.to_owned(), pods.namespace.clone())]))
        }
    }
}

fn matches(rule: &Rule, own: &str, other: &Pods, number: u16) -> bool {
    let peer = |it: &Peer| match it {
        Peer::Pods { namespaces, pods } => {
            let is_there = match namespaces {
                None => own == other.namespace,
                Some(_) => is_in(namespaces.as_ref(), own, other),
            };
            is_there && pods.as_ref().is_none_or(|it| it.selects(&other.labels))
        }
        Peer::Block { .. } => false,
    };
    let on = |it: &Port| matches!(it, Port::Numbers(range) if range.contains(PortRange::single(Protocol::Tcp, number)));
    rule.peers.as_ref().is_none_or(|it| it.iter().any(peer))
        && rule.ports.as_ref().is_none_or(|it| it.iter().any(on))
}

/// Naive evaluation, rule by rule.
fn allowed(policies: &[Policy], pods: &Pods, way: Direction, other: &Pods, number: u16) -> bool {
    let mut selecting: Vec<&Policy> = policies
        .iter()
        .filter(|it| it.rules(way).is_some())
        .filter(|it| is_in(it.subject.namespaces.as_ref(), it.namespace(), pods))
        .filter(|it| it.subject.pods.selects(&pods.labels))
        .collect();
    selecting.sort_by_key(|it| (it.tier, it.order));
    let mut tiers: Vec<Tier> = selecting.iter().map(|it| it.tier).collect();
    tiers.dedup();
    'tiers: for tier in tiers {
        for policy in selecting.iter().filter(|it| it.tier == tier) {
            for rule in policy.rules(way).into_iter().flatten() {
                if matches(rule, policy.namespace(), other, number) {
                    match rule.action {
                        Action::Allow => return true,
                        Action::Deny => return false,
                        Action::Pass => continue 'tiers,
                    }
                }
            }
        }
        if tier.unmatched == Unmatched::Deny {
            return false;
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_rule_that_matches_decides(policies in proptest::collection::vec(policy(), 0..6)) {
        let pods = pods();
        let cluster = Cluster { pods: pods.clone(), policies: policies.clone(), ..Cluster::default() };
        let reach = Reach::of(&cluster, &[]);
        let ends = reach.ends();
        for (client, from) in ends.classes() {
            for (server, to) in ends.classes() {
                for number in 1..6 {
                    let verdict = reach.verdict(client, server, PortRange::single(Protocol::Tcp, number));
                    let out = allowed(&policies, from.pods, Direction::Egress, to.pods, number);
                    let into = allowed(&policies, to.pods, Direction::Ingress, from.pods, number);
                    prop_assert_eq!(verdict.egress.is_allowed(), out, "{} -> {} {}", from.pods.name, to.pods.name, number);
                    prop_assert_eq!(verdict.ingress.is_allowed(), into, "{} -> {} {}", from.pods.name, to.pods.name, number);
                }
            }
        }
    }
}

#[test]
fn a_denial_names_the_policy_of_the_rule_that_denies() {
    let on_all = |name: &str, tier: i64, action: Action, unmatched: Unmatched| Policy {
        dialect: DialectName::default(),
        name: name.to_owned(),
        scope: Scope::Cluster,
        tier: Tier { order: tier, unmatched },
        order: 0,
        subject: Subject { namespaces: None, pods: Selector::default(), sites: Vec::new() },
        ingress: Some(vec![Rule { action, ..Rule::allow(None, None) }]),
        egress: None,
        sites: Vec::new(),
        isolated_by: Vec::new(),
    };
    let policies = vec![
        on_all("allows", 2, Action::Allow, Unmatched::Deny),
        on_all("denies", 1, Action::Deny, Unmatched::Pass),
    ];
    let cluster = Cluster { pods: pods(), policies, ..Cluster::default() };
    let reach = Reach::of(&cluster, &[]);
    let verdict = reach.verdict(EndId::new(0), EndId::new(1), PortRange::single(Protocol::Tcp, 80));
    assert_eq!(
        (verdict.egress, verdict.ingress),
        (Decision::Open, Decision::Denied(vec![PolicyId::new(1)]))
    );
}
