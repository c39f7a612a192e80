//! Defaults, unspecified behaviour and common misreadings of the API, with one test and one policy for each.
//!
//! `staging/src/k8s.io/api/networking/v1/types.go`, `pkg/apis/networking/v1/defaults.go` and
//! `pkg/apis/networking/validation/validation.go` of Kubernetes 1.37.

use serde_json::{Value, json};

use super::{allows, end, manifests, namespace, pod, policy, port};
use crate::reachability::{Decision, Reach};
use crate::read::{self, Invalid};
use crate::scalar::Protocol::{Sctp, Tcp, Udp};

pub(super) const OUTSIDE: &str = "192.0.2.1";

/// Returns pods `a` and `b` in `x` and `a` in `y`. All of them listen on 80 and 81, and nothing isolates them.
pub(super) fn world() -> Vec<Value> {
    let mut objects: Vec<Value> = ["x", "y"].map(namespace).into();
    let at = |namespace: &str, name: &str, address: &str| {
        let mut it = pod(namespace, name, &[]);
        it["status"] = json!({"podIP": address});
        it
    };
    objects.push(at("x", "a", "10.1.1.1"));
    objects.push(at("x", "b", "10.1.1.2"));
    objects.push(at("y", "a", "10.1.2.1"));
    objects
}

/// Returns the same objects with policies in `x`.
pub(super) fn with(specs: &[&str]) -> Vec<Value> {
    let mut objects = world();
    for (at, spec) in specs.iter().enumerate() {
        let spec: Value = serde_yaml::from_str(spec).expect("a policy's spec");
        objects.push(policy("x", &format!("policy-{at}"), &spec));
    }
    objects
}

/// Whether a client may connect to `x/a` on TCP 80.
pub(super) fn reaches_a(objects: &[Value], client: &str) -> bool {
    allows(objects, client, "x/a", port(Tcp, 80))
}

/// Returns the reason why the only policy is rejected.
fn refused(spec: &str) -> String {
    let (_, invalid) = read::cluster(&with(&[spec]));
    let [Invalid { object, why, .. }] = invalid.as_slice() else { panic!("{invalid:?}") };
    assert_eq!(object, "NetworkPolicy x/policy-0");
    why.clone()
}

// Isolation and rules.

#[test]
fn a_pod_that_no_policy_selects_is_open() {
    let objects = with(&["{podSelector: {matchLabels: {pod: c}}}"]);
    assert!(reaches_a(&objects, OUTSIDE));
}

#[test]
fn a_policy_isolates_pods_of_its_own_namespace_only() {
    let objects = with(&["{podSelector: {}}"]);
    assert!(!reaches_a(&objects, "y/a"));
    assert!(allows(&objects, "x/a", "y/a", port(Tcp, 80)));
}

#[test]
fn isolation_is_by_direction() {
    let objects = with(&["{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress]}"]);
    assert!(reaches_a(&objects, "y/a"));
    assert!(!allows(&objects, "x/a", "y/a", port(Tcp, 80)));
}

#[test]
fn policies_add_up_and_none_takes_away() {
    let deny = "{podSelector: {}, policyTypes: [Ingress]}";
    let open = "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}";
    for specs in [[deny, open], [open, deny]] {
        assert!(reaches_a(&with(&specs), "x/b"));
        assert!(!reaches_a(&with(&specs), "y/a"));
    }
}

#[test]
fn both_ends_must_allow() {
    let to_b = "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], \
                 egress: [{to: [{podSelector: {matchLabels: {pod: b}}}]}]}";
    let closed = "{podSelector: {matchLabels: {pod: b}}, policyTypes: [Ingress]}";
    assert!(allows(&with(&[to_b]), "x/a", "x/b", port(Tcp, 80)));
    assert!(!allows(&with(&[to_b, closed]), "x/a", "x/b", port(Tcp, 80)));
}

#[test]
fn replies_need_no_rule() {
    let closed = "{podSelector: {matchLabels: {pod: b}}, policyTypes: [Egress]}";
    assert!(allows(&with(&[closed]), "x/a", "x/b", port(Tcp, 80)));
}

#[test]
fn a_pod_always_reaches_itself() {
    let closed = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
    let objects = with(&[closed]);
    let (cluster, _) = read::cluster(&objects);
    let reach = Reach::of(&cluster, &[]);
    let a = end(&reach, "x/a");
    assert_eq!(reach.verdict(a, a, port(Tcp, 80)).ingress, Decision::SamePod);
}

#[test]
fn pods_of_one_workload_are_not_the_same_pod() {
    let objects = manifests(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: x}
spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {containers: []}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: x}
spec: {podSelector: {}}
",
    );
    assert!(!allows(&objects, "x/deployment/web", "x/deployment/web", port(Tcp, 80)));
}

// Fields.

#[test]
fn a_missing_pod_selector_is_every_pod() {
    assert!(!reaches_a(&with(&["{policyTypes: [Ingress]}"]), "y/a"));
}

#[test]
fn missing_or_empty_ingress_allows_nothing() {
    assert!(!reaches_a(&with(&["{podSelector: {}, policyTypes: [Ingress]}"]), "y/a"));
    assert!(!reaches_a(&with(&["{podSelector: {}, policyTypes: [Ingress], ingress: []}"]), "y/a"));
    assert!(!reaches_a(
        &with(&["{podSelector: {}, policyTypes: [Ingress], ingress: null}"]),
        "y/a"
    ));
}

#[test]
fn an_empty_rule_allows_everything() {
    let objects = with(&["{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}"]);
    assert!(reaches_a(&objects, OUTSIDE));
    assert!(allows(&objects, "y/a", "x/a", port(Sctp, 9999)));
}

#[test]
fn an_empty_list_of_peers_is_everybody() {
    let objects = with(&["{podSelector: {}, ingress: [{from: []}]}"]);
    assert!(reaches_a(&objects, OUTSIDE));
    let objects = with(&[
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [], ports: [{port: 443}]}]}",
    ]);
    assert!(allows(&objects, "x/a", OUTSIDE, port(Tcp, 443)));
    assert!(allows(&objects, "x/a", "y/a", port(Tcp, 443)));
    assert!(!allows(&objects, "x/a", OUTSIDE, port(Tcp, 80)));
}

#[test]
fn an_empty_peer_is_refused() {
    assert_eq!(
        refused("{podSelector: {}, ingress: [{from: [{}]}]}"),
        "a peer has neither selectors nor an `ipBlock`"
    );
}

#[test]
fn missing_or_empty_ports_are_all_ports_of_all_protocols() {
    for ports in ["", ", ports: []"] {
        let spec =
            format!("{{podSelector: {{}}, ingress: [{{from: [{{podSelector: {{}}}}]{ports}}}]}}");
        let objects = with(&[&spec]);
        for protocol in [Tcp, Udp, Sctp] {
            assert!(allows(&objects, "x/b", "x/a", port(protocol, 12345)));
        }
    }
}

#[test]
fn an_empty_port_is_all_of_tcp_only() {
    let objects = with(&["{podSelector: {}, ingress: [{ports: [{}]}]}"]);
    assert!(allows(&objects, "y/a", "x/a", port(Tcp, 12345)));
    assert!(!allows(&objects, "y/a", "x/a", port(Udp, 53)));
}

#[test]
fn a_protocol_without_a_port_is_all_of_its_ports() {
    let objects = with(&["{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}"]);
    assert!(allows(&objects, "y/a", "x/a", port(Udp, 12345)));
    assert!(!allows(&objects, "y/a", "x/a", port(Tcp, 12345)));
}

#[test]
fn a_port_without_a_protocol_is_tcp() {
    let objects = with(&["{podSelector: {}, ingress: [{ports: [{port: 53}]}]}"]);
    assert!(allows(&objects, "y/a", "x/a", port(Tcp, 53)));
    assert!(!allows(&objects, "y/a", "x/a", port(Udp, 53)));
}

#[test]
fn sctp_is_neither_tcp_nor_udp() {
    let objects = with(&["{podSelector: {}, ingress: [{ports: [{protocol: SCTP, port: 80}]}]}"]);
    assert!(allows(&objects, "y/a", "x/a", port(Sctp, 80)));
    assert!(!reaches_a(&objects, "y/a"));
}

#[test]
fn another_protocol_is_refused() {
    assert_eq!(
        refused("{podSelector: {}, ingress: [{ports: [{protocol: ICMP}]}]}"),
        "`ICMP` is not a protocol"
    );
}

#[test]
fn a_named_port_is_the_servers_own_in_both_directions() {
    let mut objects = with(&[
        "{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: web}]}]}",
        "{podSelector: {matchLabels: {pod: b}}, policyTypes: [Egress], egress: [{ports: [{port: web}]}]}",
    ]);
    objects[2]["spec"]["containers"][0]["ports"] = json!([{"name": "web", "containerPort": 80}]);
    objects[4]["spec"]["containers"][0]["ports"] = json!([{"name": "web", "containerPort": 8080}]);
    assert!(allows(&objects, "y/a", "x/a", port(Tcp, 80)));
    assert!(!allows(&objects, "y/a", "x/a", port(Tcp, 8080)));
    assert!(allows(&objects, "x/b", "x/a", port(Tcp, 80)));
    assert!(allows(&objects, "x/b", "y/a", port(Tcp, 8080)));
    assert!(!allows(&objects, "x/b", "y/a", port(Tcp, 80)));
}

#[test]
fn a_named_port_counts_for_its_protocol_only() {
    let mut objects = with(&["{podSelector: {}, ingress: [{ports: [{port: dns}]}]}"]);
    objects[2]["spec"]["containers"][0]["ports"] =
        json!([{"name": "dns", "containerPort": 53, "protocol": "UDP"}]);
    assert!(!allows(&objects, "y/a", "x/a", port(Udp, 53)));
    assert!(!allows(&objects, "y/a", "x/a", port(Tcp, 53)));
}

#[test]
fn a_named_port_opens_nothing_outside_of_the_cluster() {
    let objects = with(&["{podSelector: {}, policyTypes: [Egress], \
                           egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: serve-80-tcp}]}]}"]);
    assert!(!allows(&objects, "x/a", OUTSIDE, port(Tcp, 80)));
}

#[test]
fn an_end_port_ends_a_range() {
    let objects = with(&["{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 82}]}]}"]);
    for (number, expected) in [(79, false), (80, true), (81, true), (82, true), (83, false)] {
        assert_eq!(allows(&objects, "y/a", "x/a", port(Tcp, number)), expected, "{number}");
    }
    assert!(allows(
        &with(&["{ingress: [{ports: [{port: 80, endPort: 80}]}]}"]),
        "y/a",
        "x/a",
        port(Tcp, 80)
    ));
}

#[test]
fn an_end_port_needs_a_smaller_number() {
    let port = |it: &str| refused(&format!("{{podSelector: {{}}, ingress: [{{ports: [{it}]}}]}}"));
    assert_eq!(port("{endPort: 80}"), "an `endPort` without a port");
    assert_eq!(port("{port: web, endPort: 80}"), "the port `web` has a name and an `endPort`");
    assert_eq!(port("{port: 81, endPort: 80}"), "the `endPort` 80 comes before the port 81");
}

#[test]
fn a_pod_selector_alone_means_the_policys_own_namespace() {
    let objects = with(&["{podSelector: {matchLabels: {pod: b}}, \
                           ingress: [{from: [{podSelector: {matchLabels: {pod: a}}}]}]}"]);
    assert!(allows(&objects, "x/a", "x/b", port(Tcp, 80)));
    assert!(!allows(&objects, "y/a", "x/b", port(Tcp, 80)));
}

#[test]
fn a_namespace_selector_alone_means_all_its_pods_and_an_empty_one_all_namespaces() {
    let from = |it: &str| {
        with(&[&format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {it}}}]}}]}}"
        )])
    };
    let objects = from("{matchLabels: {kubernetes.io/metadata.name: y}}");
    assert!(reaches_a(&objects, "y/a"));
    assert!(!reaches_a(&objects, "x/b"));
    let objects = from("{}");
    assert!(reaches_a(&objects, "y/a") && reaches_a(&objects, "x/b"));
    assert!(!reaches_a(&objects, OUTSIDE));
}

#[test]
fn two_selectors_in_one_peer_are_and_two_peers_are_or() {
    let both = "{podSelector: {}, ingress: [{from: [{\
                namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: y}}, \
                podSelector: {matchLabels: {pod: c}}}]}]}";
    let either = "{podSelector: {}, ingress: [{from: [\
                  {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: y}}}, \
                  {podSelector: {matchLabels: {pod: b}}}]}]}";
    assert!(!reaches_a(&with(&[both]), "y/a"));
    assert!(reaches_a(&with(&[either]), "y/a") && reaches_a(&with(&[either]), "x/b"));
}

#[test]
fn a_block_stands_alone_in_its_peer() {
    assert_eq!(
        refused("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}"),
        "a peer has both an `ipBlock` and a selector"
    );
}

#[test]
fn an_exception_is_a_hole_and_no_denial() {
    let hole = "{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.1/32]}}]}";
    let again = "{from: [{ipBlock: {cidr: 192.0.2.1/32}}]}";
    assert!(!reaches_a(&with(&[&format!("{{podSelector: {{}}, ingress: [{hole}]}}")]), OUTSIDE));
    assert!(reaches_a(
        &with(&[&format!("{{podSelector: {{}}, ingress: [{hole}, {again}]}}")]),
        OUTSIDE
    ));
}

#[test]
fn an_exception_is_a_strict_part_of_its_block() {
    for except in ["192.0.2.0/24", "10.0.0.0/8"] {
        let spec = format!(
            "{{ingress: [{{from: [{{ipBlock: {{cidr: 192.0.2.0/24, except: [{except}]}}}}]}}]}}"
        );
        assert_eq!(
            refused(&spec),
            format!("the exception `{except}` is not part of `192.0.2.0/24`")
        );
    }
}

#[test]
fn a_block_matches_pods_by_their_addresses_and_not_the_other_family() {
    let objects = with(&["{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.2.0/24}}]}]}"]);
    assert!(reaches_a(&objects, "y/a"));
    assert!(!reaches_a(&objects, "x/b"));
    let objects = with(&["{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"]);
    assert!(!reaches_a(&objects, "2001:db8::1"));
}

#[test]
fn without_policy_types_egress_needs_a_rule() {
    let objects = with(&["{podSelector: {}, egress: []}"]);
    assert!(allows(&objects, "x/a", "y/a", port(Tcp, 80)));
    assert!(!reaches_a(&objects, "y/a"));
    let objects = with(&["{podSelector: {}, egress: [{ports: [{port: 81}]}]}"]);
    assert!(!allows(&objects, "x/a", "y/a", port(Tcp, 80)));
    assert!(!reaches_a(&objects, "y/a"));
}

#[test]
fn rules_of_a_type_that_is_not_named_are_ignored() {
    let objects = with(&["{podSelector: {}, policyTypes: [Egress], ingress: [{from: \
                           [{podSelector: {matchLabels: {pod: b}}}]}]}"]);
    assert!(reaches_a(&objects, "y/a"));
    let objects =
        with(&["{podSelector: {}, policyTypes: [Ingress], egress: [{ports: [{port: 81}]}]}"]);
    assert!(allows(&objects, "x/a", "y/a", port(Tcp, 80)));
}

#[test]
fn another_policy_type_is_refused() {
    assert_eq!(refused("{policyTypes: [ingress]}"), "`ingress` is not a policy type");
}

#[test]
fn more_than_two_policy_types_are_refused() {
    let spec = "{policyTypes: [Ingress, Egress, Ingress]}";
    assert_eq!(refused(spec), "there are more than two policy types");
}

#[test]
fn not_in_also_selects_what_lacks_the_label() {
    let objects = with(&["{podSelector: {}, ingress: [{from: [{podSelector: \
                           {matchExpressions: [{key: role, operator: NotIn, values: [db]}]}}]}]}"]);
    assert!(reaches_a(&objects, "x/b"));
}

#[test]
fn labels_and_expressions_of_a_selector_must_all_hold() {
    let selector = |it: &str| {
        with(&[&format!("{{podSelector: {{}}, ingress: [{{from: [{{podSelector: {it}}}]}}]}}")])
    };
    let exists = "matchExpressions: [{key: role, operator: Exists}]";
    let lacks = "matchExpressions: [{key: role, operator: DoesNotExist}]";
    assert!(!reaches_a(&selector(&format!("{{matchLabels: {{pod: b}}, {exists}}}")), "x/b"));
    assert!(reaches_a(&selector(&format!("{{matchLabels: {{pod: b}}, {lacks}}}")), "x/b"));
}

#[test]
fn an_operator_has_values_exactly_where_it_compares() {
    let verdict = |it: &str| {
        refused(&format!("{{podSelector: {{matchExpressions: [{{key: role, {it}}}]}}}}"))
    };
    assert_eq!(verdict("operator: In"), "`In` of `role` has no values");
    assert_eq!(verdict("operator: NotIn, values: []"), "`NotIn` of `role` has no values");
    assert_eq!(verdict("operator: Exists, values: [db]"), "`Exists` of `role` has values");
    assert_eq!(verdict("operator: Gt, values: ['1']"), "`Gt` is not an operator of a selector");
}

#[test]
fn host_bits_of_a_network_are_ignored() {
    let objects =
        with(&["{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.2.77/24}}]}]}"]);
    assert!(reaches_a(&objects, "y/a") && !reaches_a(&objects, "x/b"));
    assert_eq!(
        refused("{ingress: [{from: [{ipBlock: {cidr: 10.1.2.0}}]}]}"),
        "`10.1.2.0` is not a network"
    );
}

#[test]
fn a_block_of_everything_is_every_pod_too() {
    // Calico's behaviour. Cilium does not match pods by their addresses.
    let objects = with(&["{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"]);
    assert!(reaches_a(&objects, "y/a") && reaches_a(&objects, OUTSIDE));
}

#[test]
fn nodes_are_not_exempt() {
    // A node reaches the pods that run on it, whatever the policies are; the API does not contain the nodes of
    // pods.
    let objects = with(&["{podSelector: {}, policyTypes: [Ingress, Egress]}"]);
    assert!(!reaches_a(&objects, "192.168.1.82"));
    assert!(!allows(&objects, "x/a", "192.168.1.82", port(Tcp, 10250)));
}

#[test]
fn the_api_server_is_no_pod_of_kube_system() {
    let to = |peer: &str| {
        with(&[&format!(
            "{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{peer}]}}]}}"
        )])
    };
    let namespace =
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}";
    assert!(!allows(&to(namespace), "x/a", "192.168.1.85", port(Tcp, 6443)));
    // The rule for the Service's address does not match either, because that address is translated first.
    let service = "{ipBlock: {cidr: 10.43.0.1/32}}";
    assert!(!allows(&to(service), "x/a", "192.168.1.85", port(Tcp, 6443)));
    let endpoint = "{ipBlock: {cidr: 192.168.1.85/32}}";
    assert!(allows(&to(endpoint), "x/a", "192.168.1.85", port(Tcp, 6443)));
}

#[test]
fn host_network_pods_are_no_subjects_and_no_peers_but_their_nodes_address() {
    let mut objects = with(&["{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"]);
    objects[3]["spec"]["hostNetwork"] = json!(true);
    objects[3]["status"]["podIP"] = json!("192.168.1.81");
    let (cluster, _) = read::cluster(&objects);
    let reach = Reach::of(&cluster, &["192.168.1.81/32".parse().expect("ok")]);
    let is_class = |it: &str| reach.ends().classes().any(|(_, class)| class.pods.name == it);
    assert!(!is_class("b"));
    assert!(!reaches_a(&objects, "192.168.1.81"));
    let spec = "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.1.81/32}}]}]}";
    let spec: Value = serde_yaml::from_str(spec).expect("a spec");
    objects.push(policy("x", "nodes", &spec));
    assert!(reaches_a(&objects, "192.168.1.81"));
    assert!(allows(&objects, "192.168.1.81", "y/a", port(Tcp, 80)));
}
