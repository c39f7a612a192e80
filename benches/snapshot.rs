//! A snapshot of N pods in the format of `kubectl get -o json`: namespaces of 100 pods, ten workloads of ten pods in
//! each, a Service for each workload, and ten policies: one that denies both directions, one for DNS, and eight that
//! open ports to workloads of their own and of the next namespaces, in both directions.

use serde_json::{Value, json};

/// Number of pods of a namespace.
const PODS: usize = 100;
/// Number of workloads of a namespace.
const WORKLOADS: usize = 10;

/// Returns the objects of the snapshot.
pub(crate) fn objects(pods: usize) -> Vec<Value> {
    let count = pods / PODS;
    (0..count).flat_map(|at| namespace(at, count)).collect()
}

/// Returns the name of a namespace, such as `n00007`.
pub(crate) fn name(namespace: usize) -> String {
    format!("n{namespace:05}")
}

fn namespace(at: usize, count: usize) -> Vec<Value> {
    let own = name(at);
    let meta = |name: &str| json!({"name": name, "namespace": own});
    let mut objects = vec![json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": own, "labels": {"kubernetes.io/metadata.name": own, "tier": if at.is_multiple_of(2) { "a" } else { "b" }}},
    })];
    for pod in 0..PODS {
        objects.push(self::pod(&own, at, pod));
    }
    for workload in 0..WORKLOADS {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta(&format!("w{workload}")),
            "spec": {"selector": {"app": format!("w{workload}")}, "ports": [{"port": 80, "targetPort": 8080}]},
        }));
    }
    let mut policy = |name: &str, spec: Value| {
        objects.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta(name), "spec": spec,
        }));
    };
    policy("deny", json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}));
    policy(
        "dns",
        json!({
            "podSelector": {}, "policyTypes": ["Egress"],
            "egress": [{
                "to": [peer("kube-system", "k8s-app", "kube-dns"), {"ipBlock": {"cidr": "169.254.20.10/32"}}],
                "ports": [{"port": 53}, {"protocol": "UDP", "port": 53}],
            }],
        }),
    );
    for rule in 0..4 {
        let (here, there) = (format!("w{rule}"), format!("w{}", rule + 4));
        let (next, before) = (name((at + rule + 1) % count), name((at + count - rule - 1) % count));
        policy(
            &format!("out-{rule}"),
            json!({
                "podSelector": {"matchLabels": {"app": here}}, "policyTypes": ["Egress"],
                "egress": [
                    {"to": [peer(&next, "app", &there)], "ports": [{"port": 8080}]},
                    {"to": [{"ipBlock": {"cidr": format!("203.0.{}.0/24", at % 250), "except": [format!("203.0.{}.7/32", at % 250)]}}],
                     "ports": [{"port": 443}, {"port": 9000, "endPort": 9010}]},
                ],
            }),
        );
        policy(
            &format!("in-{rule}"),
            json!({
                "podSelector": {"matchLabels": {"app": there}}, "policyTypes": ["Ingress"],
                "ingress": [
                    {"from": [peer(&before, "app", &here), {"podSelector": {}}], "ports": [{"port": 8080}]},
                    {"from": [{"namespaceSelector": {"matchLabels": {"tier": "a"}}}], "ports": [{"port": "metrics"}]},
                ],
            }),
        );
    }
    objects
}

/// Returns one namespace of N workloads of one pod, in a ring: each allows connections from the previous workload, and
/// to the next.
pub(crate) fn crowd(workloads: usize) -> Vec<Value> {
    let mut objects = vec![json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "crowd", "labels": {"kubernetes.io/metadata.name": "crowd"}},
    })];
    let of = |at: usize| json!({"podSelector": {"matchLabels": {"app": format!("w{at}")}}});
    for at in 0..workloads {
        let name = format!("w{at}");
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("{name}-0"), "namespace": "crowd", "labels": {"app": name, "part": "bench"},
                "ownerReferences": [{"kind": "StatefulSet", "name": name}],
            },
            "spec": {"containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 8080}]}]},
            "status": {"phase": "Running", "podIP": format!("10.{}.{}.{}", at >> 16, (at >> 8) & 255, at & 255)},
        }));
        let (next, before) = ((at + 1) % workloads, (at + workloads - 1) % workloads);
        objects.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "crowd"},
            "spec": {
                "podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [of(before)], "ports": [{"port": 8080}]}],
                "egress": [{"to": [of(next)], "ports": [{"port": 8080}]}],
            },
        }));
    }
    objects
}

fn peer(namespace: &str, key: &str, value: &str) -> Value {
    json!({
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {key: value}},
    })
}

fn pod(namespace: &str, at: usize, pod: usize) -> Value {
    let workload = format!("w{}", pod % WORKLOADS);
    let number = at * PODS + pod;
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{workload}-{pod}"), "namespace": namespace,
            "labels": {"app": workload, "part": "bench"},
            "ownerReferences": [{"kind": "StatefulSet", "name": workload}],
        },
        "spec": {"containers": [{"name": "c", "ports": [
            {"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090},
        ]}]},
        "status": {"phase": "Running", "podIP": format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255)},
    })
}
