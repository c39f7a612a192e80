//! What the API leaves out, what it leaves open, and what is commonly misread.

use super::{allows, manifests, port};
use crate::scalar::Protocol;

#[test]
fn an_empty_list_of_peers_is_everybody() {
    let objects = manifests(
        r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: x}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: []}]}
",
    );
    assert!(allows(&objects, "192.0.2.1", "x/a", port(Protocol::Tcp, 80)));
}
