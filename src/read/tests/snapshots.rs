//! Objects of snapshots other than policies, and omitted ones: namespaces, Services, terminated pods, sidecar
//! containers.

use serde_json::json;

use super::edges::{OUTSIDE, reaches_a, with, world};
use super::{allows, manifests, port};
use crate::policy::Port;
use crate::read;
use crate::scalar::Protocol::Tcp;

#[test]
fn every_namespace_has_the_label_of_its_name_and_no_other() {
    let from = |label: &str| {
        with(&[&format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{{label}}}}}}}]}}]}}"
        )])
    };
    assert!(reaches_a(&from("kubernetes.io/metadata.name: y"), "y/a"));
    assert!(!reaches_a(&from("name: y"), "y/a"));
    // The same holds for a snapshot without the Namespace object.
    let mut objects = from("kubernetes.io/metadata.name: y");
    objects.retain(|it| it["kind"] != "Namespace");
    assert!(reaches_a(&objects, "y/a"));
}

#[test]
fn policies_are_about_the_ports_of_pods_not_of_services() {
    let objects = manifests(
        "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: x}
spec: {selector: {app: web}, clusterIP: 10.43.0.7, ports: [{port: 80, targetPort: 8080}]}
",
    );
    let (cluster, invalid) = read::cluster(&objects);
    assert_eq!(invalid, []);
    let [service] = cluster.services.as_slice() else { panic!("one Service") };
    let [ports] = service.ports.as_slice() else { panic!("one port") };
    assert_eq!(ports.dialed, port(Tcp, 80));
    assert_eq!(ports.target, Port::Numbers(port(Tcp, 8080)));
}

#[test]
fn a_rule_to_the_address_of_a_service_opens_no_pod_behind_it() {
    let objects = with(&["{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], \
                           egress: [{to: [{ipBlock: {cidr: 10.43.0.7/32}}]}]}"]);
    assert!(allows(&objects, "x/a", "10.43.0.7", port(Tcp, 80)));
    assert!(!allows(&objects, "x/a", "y/a", port(Tcp, 80)));
}

#[test]
fn an_object_without_a_namespace_lies_in_default() {
    let objects = [
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
               "metadata": {"name": "closed"}, "spec": {"podSelector": {}}}),
    ];
    assert!(!allows(&objects, OUTSIDE, "default/a", port(Tcp, 80)));
}

#[test]
fn other_kinds_of_policies_decide_nothing_here() {
    let mut objects = world();
    objects.push(json!({"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy",
                        "metadata": {"name": "closed", "namespace": "x"}, "spec": {"selector": "all()"}}));
    assert!(reaches_a(&objects, OUTSIDE));
}

#[test]
fn a_target_port_is_the_service_port_unless_it_says_another() {
    let objects = manifests(
        "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: x}
spec: {ports: [{port: 80}, {port: 81, targetPort: web}, {port: 82, targetPort: 0}]}
",
    );
    let (cluster, _) = read::cluster(&objects);
    let [service] = cluster.services.as_slice() else { panic!("one Service") };
    let targets: Vec<Port> = service.ports.iter().map(|it| it.target.clone()).collect();
    let named = Port::Named(Tcp, "web".to_owned());
    assert_eq!(targets, [Port::Numbers(port(Tcp, 80)), named, Port::Numbers(port(Tcp, 82))]);
    assert_eq!(service.pods, None);
}

#[test]
fn a_port_of_a_container_beside_others_has_its_name_too() {
    let mut objects = with(&["{podSelector: {}, ingress: [{ports: [{port: metrics}]}]}"]);
    let ports = json!([{"name": "metrics", "containerPort": 9090}]);
    objects[2]["spec"]["initContainers"] = json!([{"name": "once", "ports": ports}]);
    assert!(!allows(&objects, "y/a", "x/a", port(Tcp, 9090)));
    objects[2]["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
    assert!(allows(&objects, "y/a", "x/a", port(Tcp, 9090)));
}

#[test]
fn a_pod_that_has_ended_is_nobody() {
    let mut objects =
        with(&["{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.2.1/32}}]}]}"]);
    assert!(reaches_a(&objects, "y/a"));
    let pods = |objects: &[serde_json::Value]| read::cluster(objects).0.pods.len();
    let all = pods(&objects);
    objects[4]["status"]["phase"] = json!("Succeeded");
    assert_eq!(pods(&objects), all - 1);
    assert!(reaches_a(&objects, "10.1.2.1"));
}
