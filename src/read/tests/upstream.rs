//! The upstream end-to-end cases as truth tables: `upstream.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{end, namespace, pod, policy, port};
use crate::reachability::Reach;
use crate::read;
use crate::scalar::{PortRange, Protocol};

#[derive(Deserialize)]
struct Case {
    name: String,
    pods: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    policies: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    labels: BTreeMap<String, Map<String, Value>>,
    expect: BTreeMap<String, Vec<String>>,
}

#[test]
fn the_engine_says_what_the_upstream_cases_expect() {
    let cases: Vec<Case> =
        serde_yaml::from_str(include_str!("upstream.yaml")).expect("the table is sound");
    assert_eq!(cases.len(), 48);
    let wrong: Vec<String> = cases.iter().flat_map(wrong_cells).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrong_cells(case: &Case) -> Vec<String> {
    let pods: Vec<(&str, &str)> =
        case.pods.split(' ').map(|it| it.split_once('/').expect("NAMESPACE/POD")).collect();
    let mut wrong = Vec::new();
    for (at, step) in case.steps.iter().enumerate() {
        let objects = objects(&pods, step);
        let (cluster, invalid) = read::cluster(&objects);
        assert_eq!(invalid, [], "{}", case.name);
        let reach = Reach::of(&cluster, &[]);
        let names: Vec<&str> = case.pods.split(' ').collect();
        for (ports, expected) in &step.expect {
            for client in &names {
                for server in names.iter().filter(|it| *it != client) {
                    let verdict =
                        reach.verdict(end(&reach, client), end(&reach, server), range(ports));
                    if verdict.is_allowed() != is_open(expected, client, server) {
                        let step = at + 1;
                        wrong.push(format!(
                            "{}, step {step}: {client} > {server} {ports}: {verdict:?}",
                            case.name
                        ));
                    }
                }
            }
        }
    }
    wrong
}

fn objects(pods: &[(&str, &str)], step: &Step) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in ["x", "y", "z"] {
        let mut it = namespace(name);
        if let Some(labels) = step.labels.get(name) {
            it["metadata"]["labels"] = json!(labels);
        }
        objects.push(it);
    }
    for (namespace, name) in pods {
        let mut it = pod(namespace, name, &[]);
        if let Some(labels) = step.labels.get(&format!("{namespace}/{name}")) {
            let own = it["metadata"]["labels"].as_object_mut().expect("labels");
            own.extend(labels.clone());
        }
        it["status"] = json!({"podIP": address(namespace, name)});
        objects.push(it);
    }
    for (at, it) in step.policies.iter().enumerate() {
        let (namespace, spec) = it.iter().next().expect("a policy");
        objects.push(policy(namespace, &format!("policy-{at}"), spec));
    }
    objects
}

/// Returns the address of a pod: `x/b` has 10.1.1.2.
fn address(namespace: &str, name: &str) -> String {
    let at = |it: &str, among: [&str; 3]| {
        among.iter().position(|other| *other == it).expect("one of them") + 1
    };
    format!("10.1.{}.{}", at(namespace, ["x", "y", "z"]), at(name, ["a", "b", "c"]))
}

/// Parses `PROTOCOL PORT`, such as `TCP 80`.
fn range(text: &str) -> PortRange {
    let (protocol, number) = text.split_once(' ').expect("PROTOCOL PORT");
    let protocol = match protocol {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        other => panic!("{other} is no protocol"),
    };
    port(protocol, number.parse().expect("a port"))
}

/// Returns the result of the last line that matches a connection; true if no line matches.
fn is_open(expected: &[String], client: &str, server: &str) -> bool {
    let about = expected.iter().rev().find(|line| {
        let connection = line.trim_start_matches(['-', '+', ' ']);
        let (clients, servers) = connection.split_once(" > ").expect("CLIENT > SERVER");
        matches(clients, client) && matches(servers, server)
    });
    about.is_none_or(|line| line.starts_with('+'))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}
