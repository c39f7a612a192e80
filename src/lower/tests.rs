//! Properties of merging: the rules open exactly what the halves open, and their order is no input.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use proptest::prelude::*;

use super::merge::{Half, Rule, rules};
use super::peers::Peer;
use crate::model::{Endpoint, Requirement, Selector};
use crate::objects;
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

fn halves() -> impl Strategy<Value = Vec<Half<'static>>> {
    let file = Files::new([("a".to_owned(), String::new())]).iter().next().expect("one").0;
    let half = (peer(), ports(), 0_u32..4).prop_map(move |(peer, ports, start)| Half {
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

fn half_allows(half: &Half<'_>, who: &Somebody, port: PortRange) -> bool {
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

/// As the API server reads a selector; a pod's only label is `app`, a namespace's its name.
fn selects(selector: &objects::LabelSelector, value: &str) -> bool {
    let equal = selector.match_labels.0.iter().all(|(_, it)| it == value);
    equal
        && selector.match_expressions.iter().all(|it| match it.operator {
            "In" => it.values.iter().any(|it| it == value),
            "NotIn" => !it.values.iter().any(|it| it == value),
            "Exists" => !value.is_empty(),
            "DoesNotExist" => value.is_empty(),
            other => panic!("{other}"),
        })
}

fn rule_allows(rule: &Rule<'_>, who: &Somebody, port: PortRange) -> bool {
    let peer_matches = |peer: &objects::Peer| match (who, &peer.ip_block) {
        (Somebody::Address(address), Some(block)) => {
            let inside = |it: &str| it.parse::<IpNet>().expect("a network").contains(address);
            inside(&block.cidr) && !block.except.iter().any(|it| inside(it))
        }
        (Somebody::Pod { namespace, app }, None) => {
            let in_namespace = match &peer.namespace_selector {
                Some(selector) => selects(selector, namespace),
                None => *namespace == OWN,
            };
            in_namespace && peer.pod_selector.as_ref().is_none_or(|it| selects(it, app))
        }
        (Somebody::Address(_), None) | (Somebody::Pod { .. }, Some(_)) => false,
    };
    let port_matches = |it: &objects::PolicyPort| {
        let from = it.port.expect("always written");
        it.protocol == port.protocol.as_str()
            && (from..=it.end_port.unwrap_or(from)).contains(&port.from)
    };
    rule.peers.as_ref().is_none_or(|it| it.iter().any(|(peer, _)| peer_matches(peer)))
        && rule.ports.as_ref().is_none_or(|it| it.iter().any(|(port, _)| port_matches(port)))
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
            prop_assert!(!rule.sites.is_empty());
            for (peer, sites) in rule.peers.iter().flatten() {
                prop_assert!(!sites.is_empty());
                prop_assert!(seen.insert(peer.clone()), "{:?} twice", peer);
            }
            prop_assert!(rule.peers.is_none_or(|it| !it.is_empty()));
            for (_, sites) in rule.ports.iter().flatten() {
                prop_assert!(!sites.is_empty());
            }
            prop_assert!(rule.ports.is_none_or(|it| !it.is_empty()));
        }
    }
}

#[test]
fn a_reviewer_sees_few_rules() {
    let file = Files::new([("a".to_owned(), String::new())]).iter().next().expect("one").0;
    let half = |namespace, pods, port| Half {
        peer: Peer::Pods { namespace, pods },
        ports: Cow::Owned(PortSet::of([PodPort(PortRange::tcp(port))])),
        site: Site { span: Span { file, start: u32::from(port), end: 0 }, via: None },
        end: &Endpoint::Anyone,
    };
    let x = &SELECTORS[1];
    let everybody = Half { peer: Peer::Anyone, ..half("a", x, 80) };
    let network = Peer::Block { network: "10.0.0.0/8".parse().expect("ok"), except: Arc::from([]) };
    let outside = Half { peer: network, ..half("a", x, 9) };
    let all = [
        half("b", x, 443),
        outside,
        half("a", x, 443),
        half(OWN, x, 443),
        half("b", x, 80),
        half("c", x, 80),
        everybody,
    ];
    let said: Vec<String> = rules(OWN, &all)
        .iter()
        .map(|rule| {
            let peers = rule.peers.as_ref().map_or_else(
                || "everybody".to_owned(),
                |it| {
                    it.iter()
                        .map(|it| serde_json::to_string(&it.0).expect("ok"))
                        .collect::<Vec<_>>()
                        .join(" ")
                },
            );
            let ports = rule.ports.iter().flatten().map(|(it, _)| it.port.expect("ok").to_string());
            format!("{peers} on {}", ports.collect::<Vec<_>>().join(","))
        })
        .collect();
    assert_eq!(
        said,
        [
            concat!(
                r#"{"podSelector":{"matchLabels":{"app":"x"}}} "#,
                r#"{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"a"}},"#,
                r#""podSelector":{"matchLabels":{"app":"x"}}} on 443"#,
            ),
            r#"{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"b"}},"podSelector":{"matchLabels":{"app":"x"}}} on 80,443"#,
            r#"{"ipBlock":{"cidr":"10.0.0.0/8"}} on 9"#,
            "everybody on 80",
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
        Half { peer, ports: Cow::Owned(ports), site, end: &Endpoint::Anyone }
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
    let sites: Vec<Vec<u32>> =
        rules.iter().map(|it| it.sites.iter().map(|it| it.span.start).collect()).collect();
    assert_eq!(sites, [vec![1, 2], vec![3, 4], vec![5]]);
}
