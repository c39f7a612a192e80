//! Random policies for random pods: the engine gives the same result as the naive evaluator for every
//! connection.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Map, Value, json};

use super::naive::{self, End, Packet};
use super::{end, namespace, policy, port};
use crate::policy::{Direction, NAMESPACE_LABEL};
use crate::reachability::{Reach, difference};
use crate::read;
use crate::scalar::Protocol;

const NAMESPACES: [&str; 3] = ["x", "y", "z"];
pub(crate) const OUTSIDE: [&str; 6] =
    ["10.1.0.1", "10.1.9.9", "192.0.2.1", "192.168.1.81", "2001:db8::1", "2001:db8:1::1"];

fn labels() -> impl Strategy<Value = Map<String, Value>> {
    let one = |key: &'static str| {
        proptest::option::of(prop_oneof![Just("1"), Just("2")])
            .prop_map(move |value| value.map(|it| (key.to_owned(), json!(it))))
    };
    (one("app"), one("role")).prop_map(|(a, b)| a.into_iter().chain(b).collect())
}

const NODE: &str = "192.168.1.81";

/// Generates ports: numbers, names that several pods give to different numbers, and a name that belongs to
/// another protocol.
fn container_ports() -> impl Strategy<Value = Vec<Value>> {
    let name = prop_oneof![Just("http"), Just("dns")];
    let protocol = prop_oneof![Just("TCP"), Just("UDP"), Just("SCTP")];
    let one = (name, 1_u16..6, protocol).prop_map(
        |(name, number, protocol)| json!({"name": name, "containerPort": number, "protocol": protocol}),
    );
    proptest::collection::vec(one, 0..3).prop_map(|mut ports| {
        let mut seen = Vec::new();
        ports.retain(|it| {
            let new = !seen.contains(&it["name"]);
            seen.push(it["name"].clone());
            new
        });
        ports
    })
}

/// Generates no address, one address, or one of each family.
fn addresses() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![
        Just(Vec::new()),
        (0_u8..3, 1_u8..4).prop_map(|(a, b)| vec![json!({"ip": format!("10.1.{a}.{b}")})]),
        (0_u8..3, 1_u8..4).prop_map(|(a, b)| {
            let v6 = format!("2001:db8:{a}::{b}");
            vec![json!({"ip": format!("10.1.{a}.{b}")}), json!({"ip": v6})]
        }),
    ]
}

/// Generates pods, some of them on the host network.
fn pods() -> impl Strategy<Value = Vec<Value>> {
    let is_on_node = proptest::bool::weighted(0.15);
    let one = (0..NAMESPACES.len(), labels(), container_ports(), addresses(), is_on_node);
    proptest::collection::vec(one, 1..7).prop_map(|all| {
        let pod = |(at, it): (usize, (usize, _, _, _, bool))| {
            let (namespace, labels, ports, addresses, is_on_node) = it;
            let ips = if is_on_node { vec![json!({"ip": NODE})] } else { addresses };
            json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": format!("p{at}"), "namespace": NAMESPACES[namespace], "labels": labels},
                "spec": {"hostNetwork": is_on_node, "containers": [{"name": "c", "ports": ports}]},
                "status": {"podIPs": ips},
            })
        };
        all.into_iter().enumerate().map(pod).collect()
    })
}

fn selector(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let expression = (
        proptest::sample::select(keys),
        proptest::sample::select(vec!["In", "NotIn", "Exists", "DoesNotExist"]),
        proptest::sample::select(vec![vec!["1"], vec!["2", "x"], vec!["y", "1"]]),
    );
    let expression = expression.prop_map(|(key, operator, values)| {
        let values = if operator.ends_with("In") { values } else { Vec::new() };
        json!({"key": key, "operator": operator, "values": values})
    });
    let value = proptest::sample::select(vec!["1", "2", "x"]);
    let equal = (proptest::sample::select(keys), value);
    let (first, second) = (expression.clone(), expression.clone());
    prop_oneof![
        2 => Just(json!({})),
        1 => Just(json!({"matchLabels": {}, "matchExpressions": []})),
        3 => equal.clone().prop_map(|(key, value)| json!({"matchLabels": {key: value}})),
        3 => expression.prop_map(|it| json!({"matchExpressions": [it]})),
        1 => (first.clone(), second).prop_map(|(a, b)| json!({"matchExpressions": [a, b]})),
        2 => (equal, first).prop_map(
            |((key, value), it)| json!({"matchLabels": {key: value}, "matchExpressions": [it]})
        ),
    ]
}

fn peer() -> impl Strategy<Value = Value> {
    let pods = || selector(&["app", "role"]);
    let namespaces = || selector(&[NAMESPACE_LABEL, "team"]);
    prop_oneof![
        pods().prop_map(|it| json!({"podSelector": it})),
        namespaces().prop_map(|it| json!({"namespaceSelector": it})),
        (namespaces(), pods())
            .prop_map(|(ns, pods)| json!({"namespaceSelector": ns, "podSelector": pods})),
        Just(json!({"ipBlock": {"cidr": "10.1.0.0/16", "except": ["10.1.1.0/24", "10.1.0.1/32"]}})),
        Just(json!({"ipBlock": {"cidr": "10.1.1.0/24"}})),
        Just(json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}})),
        Just(json!({"ipBlock": {"cidr": "192.168.1.80/30"}})),
        Just(json!({"ipBlock": {"cidr": "2001:db8::/32"}})),
        Just(json!({"ipBlock": {"cidr": "::/0", "except": ["2001:db8:1::/48"]}})),
    ]
}

fn rule_port() -> impl Strategy<Value = Value> {
    let protocol =
        prop_oneof![Just(None), Just(Some("TCP")), Just(Some("UDP")), Just(Some("SCTP"))];
    let number = prop_oneof![
        Just((None, None)),
        Just((Some(json!("http")), None)),
        Just((Some(json!("dns")), None)),
        (1_u16..6).prop_map(|it| (Some(json!(it)), None)),
        (1_u16..6, 0_u16..3).prop_map(|(from, more)| (Some(json!(from)), Some(json!(from + more)))),
    ];
    (protocol, number).prop_map(|(protocol, (port, end))| {
        let mut it = Map::new();
        it.extend(protocol.map(|it| ("protocol".to_owned(), json!(it))));
        it.extend(port.map(|it| ("port".to_owned(), it)));
        it.extend(end.map(|it| ("endPort".to_owned(), it)));
        Value::Object(it)
    })
}

/// Generates a missing field, `null`, an empty list or a list.
fn maybe<S: Strategy<Value = Value>>(
    key: &'static str,
    each: impl Fn() -> S,
    most: usize,
) -> impl Strategy<Value = Option<(String, Value)>> {
    let list = proptest::collection::vec(each(), 0..=most).prop_map(|it| json!(it));
    let value = prop_oneof![1 => Just(Value::Null), 12 => list];
    proptest::option::of(value.prop_map(move |it| (key.to_owned(), it)))
}

fn policies() -> impl Strategy<Value = Vec<Value>> {
    let rule = |side: &'static str| {
        (maybe(side, peer, 2), maybe("ports", rule_port, 2))
            .prop_map(|(peers, ports)| Value::Object(peers.into_iter().chain(ports).collect()))
    };
    let types = prop_oneof![
        Just(None),
        Just(Some(json!([]))),
        Just(Some(json!(["Ingress"]))),
        Just(Some(json!(["Egress"]))),
        Just(Some(json!(["Egress", "Ingress"]))),
        Just(Some(json!(["Ingress", "Egress"]))),
    ];
    let one = (
        0..NAMESPACES.len(),
        proptest::option::of(selector(&["app", "role"])),
        types,
        maybe("ingress", move || rule("from"), 2),
        maybe("egress", move || rule("to"), 2),
    );
    let one = one.prop_map(|(at, pods, types, ingress, egress)| {
        let mut spec = Map::new();
        spec.extend(pods.map(|it| ("podSelector".to_owned(), it)));
        spec.extend(types.map(|it| ("policyTypes".to_owned(), it)));
        spec.extend(ingress);
        spec.extend(egress);
        (NAMESPACES[at], Value::Object(spec))
    });
    proptest::collection::vec(one, 0..5).prop_map(|all| {
        let named = all.into_iter().enumerate();
        named.map(|(at, (ns, spec))| policy(ns, &format!("policy-{at}"), &spec)).collect()
    })
}

pub(crate) fn cluster() -> impl Strategy<Value = Vec<Value>> {
    (labels(), pods(), policies()).prop_map(|(team, pods, policies)| {
        let mut objects: Vec<Value> = NAMESPACES.map(namespace).into();
        // One namespace has a label of its own; another one is missing in some snapshots.
        if let Some(value) = team.get("app") {
            objects[1]["metadata"]["labels"] = json!({"team": value});
        }
        if team.get("role").is_some_and(|it| it == "2") {
            objects.pop();
        }
        objects.extend(pods);
        objects.extend(policies);
        objects
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_engine_says_what_the_documentation_says(objects in cluster()) {
        let (cluster, invalid) = read::cluster(&objects);
        prop_assert_eq!(invalid, []);
        let outside: Vec<IpAddr> = OUTSIDE.iter().map(|it| it.parse().expect("ok")).collect();
        let hosts: Vec<_> = outside.iter().copied().map(ipnet::IpNet::from).collect();
        let reach = Reach::of(&cluster, &hosts);
        let pods = objects.iter().filter(|it| it["kind"] == "Pod");
        let pods = pods.map(|it| {
            if it["spec"]["hostNetwork"] == true {
                return (End::Pod(it), end(&reach, NODE));
            }
            let at = |key: &str| it["metadata"][key].as_str().expect("given").to_owned();
            (End::Pod(it), end(&reach, &format!("{}/{}", at("namespace"), at("name"))))
        });
        let outside = outside.iter().map(|it| (End::Address(*it), reach.ends().of_address(*it)));
        let everybody: Vec<_> = pods.chain(outside).collect();
        for (at, (client, from)) in everybody.iter().enumerate() {
            for (_, (server, to)) in everybody.iter().enumerate().filter(|(it, _)| *it != at) {
                if from == to && reach.ends().class(*from).is_some_and(|it| it.members.len() == 1) {
                    continue;
                }
                for number in 1..8 {
                    for (protocol, word) in
                        [(Protocol::Tcp, "TCP"), (Protocol::Udp, "UDP"), (Protocol::Sctp, "SCTP")]
                    {
                        let packet = Packet { protocol: word, port: number };
                        let expected = naive::allows(&objects, *client, *server, packet);
                        let verdict = reach.verdict(*from, *to, port(protocol, number));
                        prop_assert_eq!(
                            verdict.is_allowed(), expected,
                            "{:?} -> {:?}: {:?} {:?}", client, server, packet, verdict
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_differs_from_itself_nowhere_and_from_less_somewhere(objects in cluster()) {
        let (cluster, _) = read::cluster(&objects);
        let reach = Reach::of(&cluster, &[]);
        for (class, _) in reach.ends().classes() {
            for direction in [Direction::Ingress, Direction::Egress] {
                let row = reach.row(class, direction);
                let all = row.openings(reach.ends().everybody());
                prop_assert_eq!(difference(&all, &all), None);
                let some = all.iter().any(|it| !it.ends.is_empty() && !it.ports.is_empty());
                prop_assert_eq!(difference(&all, &[]).is_some(), some);
            }
        }
    }
}

/// Values that are never generated are never compared: the clusters must use every field and operator, and omit
/// each optional field.
#[test]
fn the_random_clusters_use_all_of_the_api() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let texts: Vec<String> = (0..400)
        .map(|_| cluster().new_tree(&mut runner).expect("a cluster").current())
        .map(|it| json!(it).to_string())
        .collect();
    let all = [
        r#""operator":"In""#,
        r#""operator":"NotIn""#,
        r#""operator":"Exists""#,
        r#""operator":"DoesNotExist""#,
        r#""matchLabels":{}"#,
        r#""matchExpressions":[]"#,
        r#""podSelector":{}"#,
        r#""namespaceSelector":{}"#,
        r#""namespaceSelector":{},"podSelector""#,
        r#""except":["10"#,
        r#""except":["2001"#,
        r#""endPort":"#,
        r#""port":"http""#,
        r#""protocol":"SCTP"}"#,
        r#""protocol":"UDP"}"#,
        r#""ports":[{}"#,
        r#""from":[],"ports":[]"#,
        r#""ports":null"#,
        r#""from":[]"#,
        r#""from":null"#,
        r#""to":[]"#,
        r#""ingress":[]"#,
        r#""ingress":null"#,
        r#""ingress":[{}"#,
        r#""egress":[]"#,
        r#""egress":[{}"#,
        r#""policyTypes":[]"#,
        r#""policyTypes":["Ingress"]"#,
        r#""policyTypes":["Egress"]"#,
        r#""policyTypes":["Ingress","Egress"]"#,
        r#""policyTypes":["Egress","Ingress"]"#,
        r#""spec":{}"#,
        r#""hostNetwork":true"#,
        r#""ip":"2001"#,
        r#""podIPs":[]"#,
        r#""team":"#,
    ];
    let missing: Vec<&str> =
        all.into_iter().filter(|it| !texts.iter().any(|text| text.contains(it))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
