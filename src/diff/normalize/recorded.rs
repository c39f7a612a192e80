//! Additions of a real API server to the objects of mlnetc, as recorded in `conformance/`, are not differences; other
//! values in their place are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Kind, pair};

const RECORDED: &str = include_str!("../../../conformance/defaults.yaml");

/// Values that a server chooses itself: other values are not differences.
const CHOSEN: [&str; 3] = ["/spec/finalizers", "/spec/ipFamilies", "/spec/ipFamilyPolicy"];

fn desired(kind: Kind) -> Value {
    let specs = [
        (
            Kind::Service,
            json!({
                "type": "LoadBalancer", "selector": { "app": "web" },
                "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }],
            }),
        ),
        (Kind::IpAddressPool, json!({ "addresses": ["192.168.1.200-192.168.1.220"] })),
        (Kind::BgpAdvertisement, json!({ "ipAddressPools": ["office"] })),
        (Kind::BgpPeer, json!({ "peerAddress": "192.0.2.1", "peerASN": 64513, "myASN": 64512 })),
    ];
    let mut object = json!({ "metadata": { "name": "web", "labels": {} } });
    if let Some((_, spec)) = specs.into_iter().find(|(it, _)| *it == kind) {
        object["spec"] = spec;
    }
    object
}

/// Returns the object with a value at a path, where `*` is the first item of a list.
fn with(mut object: Value, path: &str, value: &Value) -> Value {
    let parts: Vec<&str> = match path.strip_prefix("/metadata/labels/") {
        // The name of a label contains a slash.
        Some(label) => vec!["metadata", "labels", label],
        None => path.trim_start_matches('/').split('/').collect(),
    };
    let mut at = &mut object;
    for part in parts {
        at = if part == "*" { &mut at[0] } else { &mut at[part] };
    }
    *at = value.clone();
    object
}

fn another(value: &Value) -> Value {
    match value {
        Value::Bool(it) => json!(!it),
        Value::Number(it) => json!(it.as_i64().unwrap_or(0) - 1),
        Value::String(it) => json!(format!("{it}Other")),
        Value::Null | Value::Array(_) | Value::Object(_) => json!(["Other"]),
    }
}

#[test]
fn what_the_server_was_seen_to_add_is_no_difference_and_anything_else_is_one() {
    let recorded: BTreeMap<String, BTreeMap<String, Value>> =
        serde_yaml::from_str(RECORDED).expect("the record is sound");
    let mut seen = 0;
    for (name, paths) in recorded {
        let kind = Kind::ALL.into_iter().find(|it| it.name() == name).expect("it is a kind");
        for (path, value) in paths {
            seen += 1;
            let (sent, any) = (desired(kind), value == json!("*"));
            let stored = if any { json!(32080) } else { value.clone() };
            let (left, right) = pair(kind, &sent, &with(sent.clone(), &path, &stored));
            assert_eq!(left, right, "{name} {path}");
            if any || kind == Kind::Namespace || CHOSEN.contains(&path.as_str()) {
                continue;
            }
            let (left, right) = pair(kind, &sent, &with(sent.clone(), &path, &another(&value)));
            assert_ne!(left, right, "{name} {path}: another value than the server's own");
        }
    }
    assert!(seen > 10, "the record has {seen} defaults");
}
