//! Properties of merging: the rules allow exactly what the halves allow, and do not depend on the order of the
//! halves.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use proptest::prelude::*;

use super::merge::{DirectedFlow, Rule, rules};
use super::peers::Peer;
use crate::model::{Endpoint, Requirement, Selector};
use crate::policy::{self, Labels, NAMESPACE_LABEL, Port};
use crate::scalar::{PodPort, PortRange, PortSet, Protocol};
use crate::source::{Files, Site, Span};

const OWN: &str = "own";

/// A client or server that a rule may match.
#[derive(Debug, Clone)]
enum Somebody {
    Pod { namespace: &'static str, app: &'static str },
    Address(IpAddr),
}

static SELECTORS: std::sync::LazyLock<Vec<Selector>> = std::sync::LazyLock::new(|| {
    let app = |it| vec![("app".to_owned(), it)];
    vec![
        Selector::default(),
        Selector(app(Requirement::Is("x".to_owned()))),
        Selector(app(Requirement::NotIn(vec!["x".to_owned()]))),
        Selector(app(Requirement::Exists)),
        Selector(app(Requirement::Absent)),
    ]
});

fn peer() -> impl Strategy<Value = Peer<'static>> {
    let namespace = prop_oneof![Just(OWN), Just("a"), Just("b"), Just("c")];
    let pods = (namespace, 0..SELECTORS.len())
        .prop_map(|(namespace, at)| Peer::Pods { namespace, pods: &SELECTORS[at] });
    let block = prop_oneof![
        Just(("10.0.0.0/8", None)),
        Just(("10.0.0.0/8", Some("10.1.0.0/16"))),
        Just(("192.0.2.1/32", None)),
    ];
    let net = |it: &str| it.parse::<IpNet>().expect("a network");
    let block = block.prop_map(move |(network, except)| Peer::Block {
        network: net(network),
        except: except.map(net).into_iter().collect::<Vec<_>>().into(),
    });
    prop_oneof![4 => pods, 3 => block, 1 => Just(Peer::Anyone)]
}

fn ports() -> impl Strategy<Value = PortSet> {
    let range = (1_u16..6, 0_u16..3, any::<bool>()).prop_map(|(from, more, tcp)| {
        let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
        PodPort(PortRange { protocol, from, to: from + more })
    });
    let some = proptest::collection::vec(range, 1..3).prop_map(PortSet::of);
    prop_oneof![1 => Just(PortSet::Any), 6 => some]
}

fn halves() -> impl Strategy<Value = Vec<DirectedFlow<'static>>> {
    let file = Files::new([("a".to_owned(), String::new())]).iter().next().expect("one").0;
    let half = (peer(), ports(), 0_u32..4).prop_map(move |(peer, ports, start)| DirectedFlow {
        peer,
        ports: Cow::Owned(ports),
        site: Site { span: Span { file, start, end: start }, via: None },
        end: &Endpoint::Anyone,
    });
    proptest::collection::vec(half, 0..8)
}

fn everybody() -> Vec<Somebody> {
    let pods = [OWN, "a", "b", "c", "d"]
        .into_iter()
        .flat_map(|namespace| ["x", "y", ""].map(|app| Somebody::Pod { namespace, app }));
    let addresses = ["10.0.0.1", "10.1.2.3", "192.0.2.1", "198.51.100.1"];
    pods.chain(addresses.map(|it| Somebody::Address(it.parse().expect("ok")))).collect()
}

fn every_port() -> impl Iterator<Item = PortRange> {
    (1..9).flat_map(|from| {
        [Protocol::Tcp, Protocol::Udp].map(|protocol| PortRange { protocol, from, to: from })
    })
}

fn half_allows(half: &DirectedFlow<'_>, who: &Somebody, port: PortRange) -> bool {
    let matches = match (&half.peer, who) {
        (Peer::Anyone, _) => true,
        (Peer::Pods { namespace, pods }, Somebody::Pod { namespace: other, app }) => {
            namespace == other
                && pods.0.iter().all(|(_, it)| match it {
                    Requirement::Is(value) => app == value,
                    Requirement::In(values) => values.iter().any(|it| it == app),
                    Requirement::NotIn(values) => !values.iter().any(|it| it == app),
                    Requirement::Exists => !app.is_empty(),
                    Requirement::Absent => app.is_empty(),
                })
        }
        (Peer::Block { network, except }, Somebody::Address(address)) => {
            network.contains(address) && !except.iter().any(|it| it.contains(address))
        }
        (Peer::Pods { .. }, Somebody::Address(_)) | (Peer::Block { .. }, Somebody::Pod { .. }) => {
            false
        }
    };
    matches && half.ports.contains(&PortSet::of([PodPort(port)]))
}

/// Whether a selector matches. The only label of a pod is `app`; that of a namespace is its name.
fn selects(selector: &policy::Selector, key: &str, value: &str) -> bool {
    let has = !value.is_empty();
    selector
        .selects(&has.then(|| (key.to_owned(), value.to_owned())).into_iter().collect::<Labels>())
}

fn rule_allows(rule: &Rule<'_>, who: &Somebody, port: PortRange) -> bool {
    let peer_matches = |peer: &policy::Peer| match (who, peer) {
        (Somebody::Address(address), policy::Peer::Block { network, except }) => {
            network.contains(address) && !except.iter().any(|it| it.contains(address))
        }
        (Somebody::Pod { namespace, app }, policy::Peer::Pods { namespaces, pods }) => {
            let in_namespace = match namespaces {
                Some(selector) => selects(selector, NAMESPACE_LABEL, namespace),
                None => *namespace == OWN,
            };
            in_namespace && pods.as_ref().is_none_or(|it| selects(it, "app", app))
        }
        (Somebody::Address(_), policy::Peer::Pods { .. })
        | (Somebody::Pod { .. }, policy::Peer::Block { .. }) => false,
    };
    let port_matches = |it: &Port| matches!(it, Port::Numbers(range) if range.contains(port));
    let rule = &rule.rule;
    rule.peers.as_ref().is_none_or(|it| it.iter().any(peer_matches))
        && rule.ports.as_ref().is_none_or(|it| it.iter().any(port_matches))
}

proptest! {
    #[test]
    fn rules_open_what_the_halves_open(halves in halves()) {
        let rules = rules(OWN, &halves);
        for who in everybody() {
            for port in every_port() {
                let wanted = halves.iter().any(|it| half_allows(it, &who, port));
                let got = rules.iter().any(|it| rule_allows(it, &who, port));
                prop_assert_eq!(got, wanted, "{:?} on {}: {:#?}", who, port, rules);
            }
        }
    }

    #[test]
    fn the_order_of_the_flows_changes_nothing(halves in halves().prop_shuffle()) {
        let mut sorted = halves.clone();
        sorted.sort_by(|left, right| left.peer.cmp(&right.peer));
        prop_assert_eq!(rules(OWN, &halves), rules(OWN, &sorted));
    }

    #[test]
    fn nothing_is_empty_or_there_twice_and_all_has_an_origin(halves in halves()) {
        let mut seen = BTreeSet::new();
        for rule in rules(OWN, &halves) {
            let policy::Rule { peers, ports, provenance, .. } = rule.rule;
            prop_assert!(!provenance.rule.is_empty());
            prop_assert_eq!(provenance.peers.len(), peers.as_ref().map_or(0, Vec::len));
            prop_assert_eq!(provenance.ports.len(), ports.as_ref().map_or(0, Vec::len));
            for sites in provenance.peers.iter().chain(&provenance.ports) {
                prop_assert!(!sites.is_empty());
            }
            for peer in peers.iter().flatten() {
                prop_assert!(seen.insert(peer.clone()), "{:?} twice", peer);
            }
            prop_assert!(peers.is_none_or(|it| !it.is_empty()));
            prop_assert!(ports.is_none_or(|it| !it.is_empty()));
        }
    }
}

#[test]
fn a_reviewer_sees_few_rules() {
    let file = Files::new([("a".to_owned(), String::new())]).iter().next().expect("one").0;
    let half = |namespace, pods, port| DirectedFlow {
        peer: Peer::Pods { namespace, pods },
        ports: Cow::Owned(PortSet::of([PodPort(PortRange::tcp(port))])),
        site: Site { span: Span { file, start: u32::from(port), end: 0 }, via: None },
        end: &Endpoint::Anyone,
    };
    let x = &SELECTORS[1];
    let everybody = DirectedFlow { peer: Peer::Anyone, ..half("a", x, 80) };
    let network = Peer::Block { network: "10.0.0.0/8".parse().expect("ok"), except: Arc::from([]) };
    let outside = DirectedFlow { peer: network, ..half("a", x, 9) };
    let all = [
        half("b", x, 443),
        outside,
        half("a", x, 443),
        half(OWN, x, 443),
        half("b", x, 80),
        half("c", x, 80),
        everybody,
    ];
    let words =
        |it: &[policy::Peer]| it.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let read = |it: Rule<'_>| {
        let peers = it.rule.peers.as_deref().map_or_else(|| "all peers".to_owned(), words);
        let ports = it.rule.ports.iter().flatten().map(ToString::to_string);
        format!("{peers} on {}", ports.collect::<Vec<_>>().join(", "))
    };
    assert_eq!(
        rules(OWN, &all).into_iter().map(read).collect::<Vec<_>>(),
        [
            "pods app=x, pods app=x in namespaces kubernetes.io/metadata.name=a on TCP 443",
            "pods app=x in namespaces kubernetes.io/metadata.name=b on TCP 80, TCP 443",
            "10.0.0.0/8 on TCP 9",
            "all peers on TCP 80",
        ]
    );
}

#[test]
fn what_another_peer_covers_is_not_said_again() {
    let file = Files::new([("a".to_owned(), String::new())]).iter().next().expect("one").0;
    let mut at = 0;
    let mut half = |peer, ports| {
        at += 1;
        let site = Site { span: Span { file, start: at, end: at }, via: None };
        DirectedFlow { peer, ports: Cow::Owned(ports), site, end: &Endpoint::Anyone }
    };
    let pods = |at: usize| Peer::Pods { namespace: "a", pods: &SELECTORS[at] };
    let block = |network: &str| Peer::block(network.parse().expect("a network"));
    let port = |port| PortSet::of([PodPort(PortRange::tcp(port))]);
    let all = [
        half(pods(0), PortSet::Any),
        half(pods(1), port(80)),
        half(block("192.0.2.0/31"), port(80)),
        half(block("192.0.2.1/32"), port(80)),
        half(block("192.0.2.0/32"), port(81)),
    ];
    let rules = rules(OWN, &all);
    let sites: Vec<Vec<u32>> = rules
        .iter()
        .map(|it| it.rule.provenance.rule.iter().map(|it| it.span.start).collect())
        .collect();
    assert_eq!(sites, [vec![1, 2], vec![3, 4], vec![5]]);
}
