//! Compares the engine with the upstream end-to-end cases, with facts about the API, and with an evaluator that
//! reads the manifests itself.

pub(crate) mod agreement;
mod edges;
pub(crate) mod naive;
mod shapes;
mod snapshots;
mod upstream;

use serde_json::{Value, json};

use crate::policy::Direction;
use crate::reachability::{Decision, EndId, PolicyId, Reach, RuleId};
use crate::read;
use crate::scalar::{PortRange, Protocol};

/// Reads all YAML documents of a text.
fn manifests(yaml: &str) -> Vec<Value> {
    let documents = yaml.split("\n---\n").filter(|it| !it.trim().is_empty());
    documents.map(|it| serde_yaml::from_str(it).expect("a manifest")).collect()
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn policy(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    })
}

pub(crate) fn port(protocol: Protocol, number: u16) -> PortRange {
    PortRange { protocol, from: number, to: number }
}

/// Returns the end for a pod `NAMESPACE/NAME`, or for an address.
fn end(reach: &Reach<'_>, name: &str) -> EndId {
    let Some((namespace, pod)) = name.split_once('/') else {
        return reach.ends().of_address(name.parse().expect("an address"));
    };
    let is = |at: &usize| {
        let pods = reach.cluster().pods.get(*at);
        pods.is_some_and(|it| it.namespace == namespace && it.name == pod)
    };
    let mut classes = reach.ends().classes();
    let class = classes.find(|(_, it)| it.members.iter().any(is));
    class.unwrap_or_else(|| panic!("there is no pod {name}")).0
}

/// Whether `CLIENT -> SERVER:PORT/PROTOCOL` is allowed.
fn allows(objects: &[Value], client: &str, server: &str, range: PortRange) -> bool {
    let (cluster, invalid) = read::cluster(objects);
    assert_eq!(invalid, []);
    let mut hosts = Vec::new();
    for name in [client, server].iter().filter(|it| !it.contains('/')) {
        hosts.push(ipnet::IpNet::from(name.parse::<std::net::IpAddr>().expect("an address")));
    }
    let reach = Reach::of(&cluster, &hosts);
    reach.verdict(end(&reach, client), end(&reach, server), range).is_allowed()
}

#[test]
fn a_verdict_names_the_policy_and_the_rule_of_each_side() {
    let objects = [
        pod("x", "a", &[]),
        pod("x", "b", &[]),
        policy("x", "deny", &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})),
        policy(
            "x",
            "open",
            &json!({
                "podSelector": {"matchLabels": {"pod": "b"}},
                "ingress": [
                    {"from": [{"podSelector": {"matchLabels": {"pod": "c"}}}]},
                    {"from": [{"podSelector": {"matchLabels": {"pod": "a"}}}], "ports": [{"port": 80}]},
                ],
            }),
        ),
    ];
    let (cluster, _) = read::cluster(&objects);
    let reach = Reach::of(&cluster, &[]);
    let [a, b] = ["x/a", "x/b"].map(|it| end(&reach, it));
    let verdict = reach.verdict(a, b, port(Protocol::Tcp, 80));
    assert_eq!(verdict.egress, Decision::Denied(vec![PolicyId::new(0)]));
    assert_eq!(
        verdict.ingress,
        Decision::Allowed(RuleId {
            policy: PolicyId::new(1),
            direction: Direction::Ingress,
            rule: 1
        })
    );
    assert_eq!(
        reach.verdict(a, b, port(Protocol::Tcp, 81)).ingress,
        Decision::Denied([0, 1].map(PolicyId::new).into())
    );
}

/// Returns a pod that listens on 80 and 81 in every protocol, as the upstream pods do.
fn pod(namespace: &str, name: &str, labels: &[(&str, &str)]) -> Value {
    let mut all = json!({"pod": name});
    for (key, value) in labels {
        all[*key] = json!(value);
    }
    let ports: Vec<Value> = [80, 81]
        .into_iter()
        .flat_map(|number| {
            ["TCP", "UDP", "SCTP"].map(|protocol| {
                let name = format!("serve-{number}-{}", protocol.to_lowercase());
                json!({"name": name, "containerPort": number, "protocol": protocol})
            })
        })
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": all},
        "spec": {"containers": [{"name": "c", "ports": ports}]},
    })
}
