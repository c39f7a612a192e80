//! Manifests of the wrong shape: the error names the field, the expected type and the type that the manifest has.

use serde_json::{Value, json};

use crate::read::{self, Invalid};

/// Returns objects in which mlnetc reads every field except for `apiVersion`, `kind` and `metadata.name`.
fn samples() -> Vec<Value> {
    let meta = json!({"name": "web", "namespace": "shop", "labels": {"app": "web"}});
    let pod = json!({
        "hostNetwork": false,
        "containers": [{"ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}]}],
        "initContainers": [{"restartPolicy": "Always", "ports": [{"containerPort": 81}]}],
    });
    let template = json!({"metadata": {"labels": {"a.b/c": "web"}}, "spec": pod});
    let selector = json!({
        "matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}],
    });
    let owned = json!({
        "name": "web", "labels": {"pod-template-hash": "1"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}],
    });
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x", "labels": {"a": "b"}}}),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": meta,
            "spec": {
                "selector": {"app": "web"}, "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"],
                "externalIPs": ["192.0.2.1"], "loadBalancerIP": "192.0.2.2",
                "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.2"}]}},
        }),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta,
            "spec": {
                "podSelector": selector, "policyTypes": ["Ingress", "Egress"],
                "ingress": [{
                    "from": [{"podSelector": selector, "namespaceSelector": selector}],
                    "ports": [{"protocol": "TCP", "port": 80, "endPort": 90}],
                }],
                "egress": [{"to": [{"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.1/32"]}}]}],
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": owned, "spec": pod,
            "status": {"podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}], "phase": "Running"},
        }),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"template": template}}),
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta,
            "spec": {"jobTemplate": {"spec": {"template": template}}},
        }),
    ]
}

/// Collects the JSON pointers of all values that mlnetc reads in an object.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    if !matches!(at, "" | "/apiVersion" | "/kind" | "/metadata/name") {
        found.push(at.to_owned());
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                pointers(value, &format!("{at}/{}", name.replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (row, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{row}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Converts a pointer to the form in messages: `/spec/ports/0/port` becomes `spec.ports[0].port`.
fn path(pointer: &str) -> String {
    let steps = pointer.split('/').skip(1).enumerate().map(|(at, step)| {
        let step = step.replace("~1", "/");
        match at {
            _ if step.parse::<usize>().is_ok() || step.contains('/') => format!("[{step}]"),
            0 => step,
            _ => format!(".{step}"),
        }
    });
    steps.collect()
}

fn invalid(object: &Value) -> Option<Invalid> {
    read::object(object).err()
}

#[test]
fn samples_are_valid() {
    for it in samples() {
        assert!(read::object(&it).is_ok(), "{:?}", invalid(&it));
    }
}

#[test]
fn a_wrong_type_is_reported_at_its_field() {
    let (mut tried, types) = (0, [json!([]), json!({}), json!("x"), json!(7), json!(true)]);
    for sample in samples() {
        let mut all = Vec::new();
        pointers(&sample, "", &mut all);
        for pointer in all {
            for other in &types {
                let mut broken = sample.clone();
                let field = broken.pointer_mut(&pointer).expect("a pointer of this object");
                let is_port = field.is_u64() && !pointer.ends_with("/containerPort");
                let is_same = std::mem::discriminant(field) == std::mem::discriminant(other);
                // A port may also be a name.
                if is_same || is_port && other.is_string() {
                    continue;
                }
                *field = other.clone();
                let place = format!("{} {pointer} = {other}", sample["kind"]);
                let wrong = invalid(&broken).unwrap_or_else(|| panic!("{place} is accepted"));
                assert_eq!(wrong.pointer, pointer, "{place}: {}", wrong.why);
                let start = format!("`{}` must be ", path(&pointer));
                assert!(wrong.why.starts_with(&start), "{place}: {}", wrong.why);
                let rust =
                    ["struct", "invalid", "variant", "u16", "u64", "sequence", "enum", "Option"];
                assert!(!rust.iter().any(|it| wrong.why.contains(it)), "{place}: {}", wrong.why);
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried} of them");
}

#[test]
fn an_absent_field_is_reported_at_the_part_that_lacks_it() {
    let mut service = samples().remove(1);
    service["spec"]["ports"][0].as_object_mut().expect("a map").remove("port");
    let wrong = invalid(&service).expect("a port is needed");
    assert_eq!(wrong.why, "`spec.ports[0].port` is missing");
    assert_eq!(wrong.pointer, "/spec/ports/0");
}

#[test]
fn null_is_an_absent_map_or_list() {
    for pointer in ["/metadata/labels", "/spec/ports", "/spec/selector", "/status", "/spec"] {
        let mut service = samples().remove(1);
        *service.pointer_mut(pointer).expect("a field") = Value::Null;
        assert_eq!(invalid(&service), None, "{pointer}");
    }
}

#[test]
fn messages_are_in_words_of_kubernetes() {
    let why = |row: usize, pointer: &str, value: Value| {
        let mut object = samples().remove(row);
        *object.pointer_mut(pointer).expect("a field") = value;
        let wrong = invalid(&object).expect("it is wrong");
        (wrong.why, wrong.help.unwrap_or_default())
    };
    let cases = [
        (
            why(2, "/spec", json!([])),
            "`spec` must be a map, it is a list",
            "remove the `- ` before the fields",
        ),
        (
            why(2, "/spec/ingress/0/ports", json!({"port": 80})),
            "`spec.ingress[0].ports` must be a list, it is a map",
            "begin each item of the list with `- `",
        ),
        (
            why(4, "/spec/template/metadata/labels/a.b~1c", json!(1.5)),
            "`spec.template.metadata.labels[a.b/c]` must be a string, it is the number 1.5",
            "put the value in quotes: `\"1.5\"`",
        ),
        (
            why(1, "/spec/ports/0/port", json!("80")),
            "`spec.ports[0].port` must be a port number from 1 to 65535, it is the string `80`",
            "write the number without quotes: `80`",
        ),
        (
            why(1, "/spec/ports/0/targetPort", json!(70_000)),
            "`spec.ports[0].targetPort` must be a port number from 1 to 65535 or a port name, it is the number 70000",
            "",
        ),
        (
            why(3, "/spec/hostNetwork", json!("true")),
            "`spec.hostNetwork` must be `true` or `false`, it is the string `true`",
            "write the value without quotes: `true`",
        ),
    ];
    for ((why, help), expected, with) in cases {
        assert_eq!((why.as_str(), help.as_str()), (expected, with));
    }
}
