//! Each schema accepts valid objects and rejects every deviation.

use jsonschema::json::Node;
use serde_json::{Value, json};

use super::compile;
use crate::objects::{Instance, fill};

const ALL: &[&str] = &[
    include_str!("namespace.json"),
    include_str!("network-policy.json"),
    include_str!("service.json"),
    include_str!("installation.json"),
    include_str!("ip-address-pool.json"),
    include_str!("advertisement.json"),
    include_str!("workload-patch.json"),
    include_str!("helm-values.json"),
    include_str!("bgp-peer.json"),
    include_str!("bfd-profile.json"),
];

#[test]
fn an_instance_is_what_is_written() {
    let value = json!({
        "text": "é", "empty": "", "list": [1, -2, true, null, "a", [], {}], "map": { "a/b": { "c": "d" } },
    });
    let mut instance = Instance::default();
    for value in [&value, &json!("x"), &value] {
        fill(&mut instance, value).expect("it is JSON");
        assert_eq!(*instance.root().to_value(), *value);
    }
}

#[test]
fn every_schema_is_one() {
    for schema in ALL {
        let value: Value = serde_json::from_str(schema).expect("it is JSON");
        jsonschema::meta::validate(&value).expect("it is a schema");
    }
}

/// Checks that the document is valid and that each change of it, `pointer = value`, is not. The value `null`
/// removes the part.
fn check(schema: &str, right: &Value, wrong: &[(&str, Value)]) {
    let schema = compile(schema);
    let mut instance = Instance::default();
    let mut errors = |value: &Value| {
        fill(&mut instance, value).expect("it is JSON");
        let errors: Vec<String> =
            schema.iter_errors(instance.root()).map(|it| it.to_string()).collect();
        assert_eq!(schema.is_valid(instance.root()), errors.is_empty());
        errors
    };
    assert_eq!(errors(right), [""; 0]);
    for (pointer, value) in wrong {
        let mut changed = right.clone();
        let (parent, key) = pointer.rsplit_once('/').expect("it is a pointer");
        let key = key.replace("~1", "/");
        match changed.pointer_mut(parent).expect("it is there") {
            Value::Object(map) if value.is_null() => {
                assert!(map.shift_remove(&key).is_some(), "{pointer}");
            }
            Value::Object(map) => drop(map.insert(key, value.clone())),
            Value::Array(list) => list[key.parse::<usize>().expect("a number")] = value.clone(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                panic!("{pointer} lies in no map")
            }
        }
        assert_ne!(errors(&changed), [""; 0], "{pointer} = {value}");
    }
}

fn meta(namespace: Option<&str>) -> Value {
    let mut meta = json!({
        "name": "it",
        "labels": { "app.kubernetes.io/managed-by": "mlnetc" },
        "annotations": { "mlnet.dev/source": "tenants/a.mlnet:7" },
    });
    if let Some(namespace) = namespace {
        meta["namespace"] = json!(namespace);
    }
    meta
}

#[test]
fn namespaces() {
    let right = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": meta(None) });
    let wrong = [
        ("/metadata/name", json!("a.b")),
        ("/metadata/name", json!("A")),
        ("/metadata/name", json!("")),
        ("/metadata/name", json!("a".repeat(64))),
        ("/metadata/namespace", json!("a")),
        ("/metadata/labels/app.kubernetes.io~1managed-by", json!("Helm")),
        ("/metadata/labels/app.kubernetes.io~1managed-by", Value::Null),
        ("/metadata/labels/a b", json!("x")),
        ("/metadata/labels/-a", json!("x")),
        ("/metadata/labels/a", json!("x y")),
        ("/metadata/labels/a", json!(true)),
        ("/metadata/labels/a", json!("x".repeat(64))),
        ("/metadata/annotations/mlnet.dev~1source", Value::Null),
        ("/metadata/annotations/a", json!(1)),
        ("/apiVersion", json!("v2")),
        ("/spec", json!({})),
    ];
    check(ALL[0], &right, &wrong);
}

#[test]
fn network_policies() {
    let port = json!({ "protocol": "TCP", "port": 80, "endPort": 90 });
    let right = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": meta(Some("a")),
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{ "from": [{ "namespaceSelector": {}, "podSelector": { "matchLabels": { "a": "b" } } }] }, {}],
            "egress": [{ "to": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"] } }], "ports": [port] }],
        },
    });
    let expression = |it: Value| json!({ "matchExpressions": [it] });
    let wrong = [
        ("/metadata/namespace", Value::Null),
        ("/spec/podSelector", Value::Null),
        ("/spec/policyTypes", json!([])),
        ("/spec/policyTypes", json!(["Ingress", "Ingress"])),
        ("/spec/policyTypes", json!(["Egress"])),
        ("/spec/policyTypes", json!(["Ingress"])),
        ("/spec/policyTypes/0", json!("ingress")),
        ("/spec/ingress", json!([])),
        ("/spec/ingress/0/from", json!([])),
        ("/spec/ingress/0/to", json!([{ "podSelector": {} }])),
        ("/spec/ingress/0/from/0", json!({})),
        ("/spec/ingress/0/from/0/ipBlock", json!({ "cidr": "10.0.0.0/8" })),
        ("/spec/ingress/0/from/0/podSelector/matchLabels", json!({})),
        ("/spec/podSelector", expression(json!({ "key": "a", "operator": "In" }))),
        (
            "/spec/podSelector",
            expression(json!({ "key": "a", "operator": "Exists", "values": ["b"] })),
        ),
        ("/spec/podSelector", expression(json!({ "key": "a", "operator": "Is", "values": ["b"] }))),
        ("/spec/egress/0/to/0/ipBlock/cidr", json!("10.0.0.0")),
        ("/spec/egress/0/to/0/ipBlock/cidr", json!("10.0.0.256/8")),
        ("/spec/egress/0/to/0/ipBlock/cidr", json!("10.0.0.0/33")),
        ("/spec/egress/0/to/0/ipBlock/cidr", json!("2001:db8::/129")),
        ("/spec/egress/0/to/0/ipBlock/except", json!([])),
        ("/spec/egress/0/ports", json!([])),
        ("/spec/egress/0/ports/0/protocol", Value::Null),
        ("/spec/egress/0/ports/0/protocol", json!("tcp")),
        ("/spec/egress/0/ports/0/port", Value::Null),
        ("/spec/egress/0/ports/0/port", json!(0)),
        ("/spec/egress/0/ports/0/port", json!("http")),
        ("/spec/egress/0/ports/0/endPort", json!(65536)),
    ];
    check(ALL[1], &right, &wrong);
}

#[test]
fn services() {
    let port = json!({ "name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080, "nodePort": 30080 });
    let service = |spec: Value| json!({ "apiVersion": "v1", "kind": "Service", "metadata": meta(Some("a")), "spec": spec });
    let balanced = json!({
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "allocateLoadBalancerNodePorts": false,
        "selector": { "app": "x" },
        "ports": [port],
    });
    let wrong = [
        ("/metadata/name", json!("1a")),
        ("/metadata/name", json!("a.b")),
        ("/spec/type", json!("ClusterIP")),
        ("/spec/type", json!("NodePort")),
        ("/spec/type", json!("ExternalName")),
        ("/spec/clusterIP", json!("None")),
        ("/spec/externalName", json!("a.example")),
        ("/spec/selector", json!({})),
        ("/spec/ports", Value::Null),
        ("/spec/ports", json!([])),
        ("/spec/ports/0/targetPort", json!("http")),
        ("/spec/ports/0/name", Value::Null),
    ];
    check(ALL[2], &service(balanced), &wrong);
    let headless = json!({ "type": "ClusterIP", "clusterIP": "None", "selector": { "a": "b" }, "ports": [port] });
    check(ALL[2], &service(headless), &[("/spec/clusterIP", json!("10.0.0.1"))]);
    let alias = json!({ "type": "ExternalName", "externalName": "db.a.svc.cluster.local" });
    check(
        ALL[2],
        &service(alias),
        &[("/spec/externalName", Value::Null), ("/spec/selector", json!({ "a": "b" }))],
    );
}

#[test]
fn installations() {
    let pool = json!({
        "cidr": "10.42.0.0/16", "blockSize": 26, "encapsulation": "VXLAN", "natOutgoing": "Enabled", "nodeSelector": "all()",
    });
    let mut right = json!({
        "apiVersion": "operator.tigera.io/v1",
        "kind": "Installation",
        "metadata": meta(None),
        "spec": {
            "calicoNetwork": { "bgp": "Disabled", "containerIPForwarding": "Enabled", "ipPools": [pool] },
            "flexVolumePath": "/var/lib/kubelet/",
        },
    });
    right["metadata"]["name"] = json!("default");
    let wrong = [
        ("/metadata/name", json!("other")),
        ("/spec/flexVolumePath", json!("/var/lib/kubelet")),
        ("/spec/calicoNetwork/ipPools", json!([])),
        ("/spec/calicoNetwork/ipPools/0/blockSize", json!(19)),
        ("/spec/calicoNetwork/ipPools/0/blockSize", json!(64)),
        ("/spec/calicoNetwork/ipPools/0/encapsulation", json!("vxlan")),
        ("/spec/calicoNetwork/ipPools/0/vxlanMode", json!("Always")),
        ("/spec/calicoNetwork/bgp", json!(true)),
        ("/spec/registry", json!("x")),
    ];
    check(ALL[3], &right, &wrong);
}

#[test]
fn pools_and_advertisements() {
    let object = |kind: &str, spec: Value| json!({ "apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": meta(Some("metallb-system")), "spec": spec });
    let pool = json!({
        "addresses": ["192.168.1.200-192.168.1.250", "2001:db8::1-2001:db8::9", "10.0.0.0/24"],
        "autoAssign": false,
        "serviceAllocation": { "priority": 1, "namespaces": ["a"], "serviceSelectors": [{ "matchLabels": { "a": "b" } }] },
    });
    let wrong = [
        ("/spec/addresses", json!([])),
        ("/spec/addresses/0", json!("192.168.1.200-250")),
        ("/spec/addresses/0", json!("192.168.1.200")),
        ("/spec/autoAssign", json!("false")),
        ("/spec/serviceAllocation", json!({})),
        ("/spec/serviceAllocation/namespaces", json!([])),
        ("/spec/avoidBuggyIPs", json!("yes")),
        ("/spec/protocol", json!("layer2")),
    ];
    check(ALL[4], &object("IPAddressPool", pool), &wrong);
    let l2 =
        object("L2Advertisement", json!({ "ipAddressPools": ["main"], "interfaces": ["eth0"] }));
    check(
        ALL[5],
        &l2,
        &[
            ("/kind", json!("BGPAdvertisement")),
            ("/spec/ipAddressPools", json!([])),
            ("/spec/peers", json!(["router"])),
            ("/spec/localPref", json!(100)),
        ],
    );
    let bgp = json!({
        "ipAddressPools": ["main"], "nodeSelectors": [{ "matchLabels": { "rack": "a" } }], "peers": ["router"],
        "communities": ["64512:100", "large:64512:1:2"], "localPref": 0, "aggregationLength": 24, "aggregationLengthV6": 64,
    });
    let wrong = [
        ("/kind", json!("L2Advertisement")),
        ("/spec/peers", json!([])),
        ("/spec/communities/0", json!("no-export")),
        ("/spec/aggregationLength", json!(33)),
        ("/spec/aggregationLengthV6", json!(129)),
        ("/spec/localPref", json!(-1)),
    ];
    check(ALL[5], &object("BGPAdvertisement", bgp), &wrong);
}

#[test]
fn peers_and_profiles() {
    let right = json!({
        "apiVersion": "metallb.io/v1beta2",
        "kind": "BGPPeer",
        "metadata": meta(Some("metallb-system")),
        "spec": {
            "peerAddress": "192.0.2.1", "peerASN": 64513, "myASN": 64512, "peerPort": 179, "routerID": "10.0.0.1",
            "holdTime": "90s", "bfdProfile": "fast", "passwordSecret": { "name": "router" },
            "nodeSelectors": [{ "matchLabels": { "rack": "a" } }],
        },
    });
    let wrong = [
        ("/apiVersion", json!("metallb.io/v1beta1")),
        ("/spec/peerASN", json!(null)),
        ("/spec/dynamicASN", json!("internal")),
        ("/spec/myASN", json!(0)),
        ("/spec/peerPort", json!(20000)),
        ("/spec/holdTime", json!(90)),
        ("/spec/password", json!("secret")),
        ("/spec/passwordSecret", json!({})),
        ("/spec/nodeSelectors", json!([])),
    ];
    check(ALL[8], &right, &wrong);
    let right = json!({
        "apiVersion": "metallb.io/v1beta1",
        "kind": "BFDProfile",
        "metadata": meta(Some("metallb-system")),
        "spec": { "receiveInterval": 300, "detectMultiplier": 3, "echoMode": true, "minimumTtl": 254 },
    });
    let wrong = [
        ("/spec/receiveInterval", json!(9)),
        ("/spec/detectMultiplier", json!(1)),
        ("/spec/minimumTtl", json!(255)),
        ("/spec/minimumTTL", json!(254)),
    ];
    check(ALL[9], &right, &wrong);
}

#[test]
fn patches() {
    let env = json!([{ "name": "A_B", "value": "9004" }]);
    let right = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "it", "namespace": "a" },
        "spec": { "template": { "spec": { "containers": [{ "name": "manager", "env": env }] } } },
    });
    let wrong = [
        ("/kind", json!("Pod")),
        ("/metadata/labels", json!({ "app.kubernetes.io/managed-by": "mlnetc" })),
        ("/spec/replicas", json!(1)),
        ("/spec/template/spec/containers/0/image", json!("x")),
        ("/spec/template/spec/containers/0/env", json!([])),
        ("/spec/template/spec/containers/0/env/0/value", json!(9004)),
        ("/spec/template/spec/containers/0/env/0/name", json!("A=B")),
    ];
    check(ALL[6], &right, &wrong);
}
