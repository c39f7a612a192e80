//! A snapshot compared with itself has no difference, in every order and format.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use mlnetc::diff::render::{self, About, Answer, Screen};
use mlnetc::diff::{self, Output};
use mlnetc::manifests::{self, Manifests, Text};
use serde_json::{Map, Value, json};

use super::case::Cases;
use super::folder::Folder;
use super::programs::dice::Dice;
use super::tree;

/// Number of random snapshots.
const RANDOM: u64 = 200;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("diff: each snapshot of the repository against itself", |_| snapshots());
    cases.add("diff: random snapshots against themselves", |_| random());
    cases.add("diff: a snapshot against a copy, as a command", |_| command());
}

/// Compares every `.yaml` below `golden/` that can be read as manifests.
fn snapshots() -> Result<(), Failed> {
    let mut compared = 0;
    for path in tree::files_ending("golden", ".yaml") {
        let name = tree::from_root(&path);
        let text = Text { name: name.clone(), text: tree::text(&path) };
        let Ok(manifests) = manifests::read(&[text]) else { continue };
        if manifests.objects.is_empty() {
            continue;
        }
        compared += 1;
        let objects: Vec<Value> = manifests.objects.iter().map(|it| it.object.clone()).collect();
        // A document that is part of another file keeps its form there.
        same(&name, &manifests, &objects, &mut Dice::new(compared))?;
    }
    if compared > 100 { Ok(()) } else { Err(format!("only {compared} snapshots").into()) }
}

fn random() -> Result<(), Failed> {
    for seed in 0..RANDOM {
        let mut dice = Dice::new(seed);
        let count = 1 + dice.below(12);
        let objects: Vec<Value> = (0..count).map(|at| object(at, &mut dice)).collect();
        let (_, text) = as_documents(&objects);
        let manifests = read(&text)?;
        same(&format!("seed {seed}"), &manifests, &objects, &mut dice)?;
        changed(&format!("seed {seed}"), &manifests, &objects, &mut dice)?;
    }
    Ok(())
}

/// Fails if a form of the objects differs from them in either direction.
fn same(
    name: &str,
    manifests: &Manifests,
    objects: &[Value],
    dice: &mut Dice,
) -> Result<(), Failed> {
    for (form, texts) in forms(objects, dice) {
        let other = read(&texts)?;
        for (old, new) in [(manifests, &other), (&other, manifests)] {
            let comparison = diff::between(&Output::Manifests(old), &Output::Manifests(new));
            let is_empty = comparison.is_same()
                && comparison.connections.lines.is_empty()
                && comparison.risks.is_empty()
                && !comparison.is_partial();
            if !is_empty {
                let about = About { cluster: None, desired: None, against: form };
                let text = render::text(&[Answer { about, comparison }], Screen::PLAIN);
                return Err(format!("{name}, {form}:\n{text}").into());
            }
        }
    }
    Ok(())
}

/// Fails if a significant value changes without a difference.
fn changed(
    name: &str,
    manifests: &Manifests,
    objects: &[Value],
    dice: &mut Dice,
) -> Result<(), Failed> {
    let mut objects = objects.to_vec();
    let at = dice.below(objects.len());
    let object = &mut objects[at];
    let value = match object["kind"].as_str() {
        Some("Service") => object.pointer_mut("/spec/ports/0/port"),
        Some("NetworkPolicy") => object.pointer_mut("/spec/podSelector/matchLabels/app"),
        Some("Installation") => object.pointer_mut("/spec/calicoNetwork/ipPools/0/blockSize"),
        Some("IPAddressPool") => object.pointer_mut("/spec/addresses/0"),
        Some("Deployment") => object.pointer_mut("/spec/template/spec/containers/0/env/0/value"),
        _ => object.pointer_mut("/metadata/annotations/mlnet.dev~1description"),
    };
    *value.ok_or("the object has the field")? = json!("changed");
    let other = read(&as_documents(&objects).1)?;
    let comparison = diff::between(&Output::Manifests(manifests), &Output::Manifests(&other));
    if comparison.is_same() {
        Err(format!("{name}: the change does not show").into())
    } else {
        Ok(())
    }
}

fn read(texts: &[Text]) -> Result<Manifests, Failed> {
    Ok(manifests::read(texts).map_err(|it| format!("{}: {}", it.name, it.message))?)
}

/// Returns the objects in every form.
fn forms(objects: &[Value], dice: &mut Dice) -> Vec<(&'static str, Vec<Text>)> {
    let permuted: Vec<Value> = objects.iter().map(|it| shuffled(it, dice)).collect();
    let permuted = shuffle(permuted, dice);
    vec![
        as_documents(objects),
        ("as a list in JSON", vec![json_list(objects)]),
        ("as a list of each kind", vec![lists_of_kinds(objects)]),
        ("in reverse, a file each", files(objects)),
        ("permuted", as_documents(&permuted).1),
        ("permuted, as a list", vec![json_list(&permuted)]),
    ]
}

fn text(name: &str, text: String) -> Text {
    Text { name: name.to_owned(), text }
}

fn yaml(value: &Value) -> String {
    serde_yaml::to_string(value).expect("a value is YAML")
}

fn as_documents(objects: &[Value]) -> (&'static str, Vec<Text>) {
    let documents: Vec<String> = objects.iter().map(yaml).collect();
    ("as documents", vec![text("all.yaml", documents.join("---\n"))])
}

fn json_list(objects: &[Value]) -> Text {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    text("all.json", list.to_string())
}

/// Returns the format of `kubectl get --raw`: the items of a typed list do not repeat their kind.
fn lists_of_kinds(objects: &[Value]) -> Text {
    let mut lists: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for it in objects {
        let word = |field: &str| it[field].as_str().unwrap_or_default().to_owned();
        let mut item = it.as_object().cloned().unwrap_or_default();
        item.retain(|field, _| field != "apiVersion" && field != "kind");
        lists.entry((word("apiVersion"), word("kind"))).or_default().push(Value::Object(item));
    }
    let lists = lists.into_iter().map(|((version, kind), items)| {
        yaml(&json!({"items": items, "kind": format!("{kind}List"), "apiVersion": version}))
    });
    text("lists.yaml", lists.collect::<Vec<_>>().join("---\n"))
}

fn files(objects: &[Value]) -> Vec<Text> {
    let files = objects.iter().rev().enumerate();
    files.map(|(at, it)| text(&format!("{at}.yaml"), yaml(it))).collect()
}

fn shuffle<T>(mut all: Vec<T>, dice: &mut Dice) -> Vec<T> {
    for at in 0..all.len() {
        let other = dice.below(all.len());
        all.swap(at, other);
    }
    all
}

/// Returns the value with its keys and lists in another order.
fn shuffled(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().collect();
            let fields = shuffle(fields, dice).into_iter();
            let fields = fields.map(|(field, it)| (field.clone(), shuffled(it, dice)));
            Value::Object(fields.collect::<Map<String, Value>>())
        }
        Value::Array(list) => {
            let items = list.iter().map(|it| shuffled(it, dice)).collect();
            Value::Array(shuffle(items, dice))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Returns an object as an API server returns it, or as a person writes it.
fn object(at: usize, dice: &mut Dice) -> Value {
    let (version, kind, mut spec) = match dice.below(6) {
        0 => ("v1", "Service", service(dice)),
        1 => ("networking.k8s.io/v1", "NetworkPolicy", policy(dice)),
        2 => ("operator.tigera.io/v1", "Installation", installation(dice)),
        3 => ("metallb.io/v1beta1", "IPAddressPool", pool(dice)),
        4 => ("apps/v1", "Deployment", deployment(dice)),
        _ => ("v1", "Namespace", json!({"finalizers": ["kubernetes"]})),
    };
    if dice.percent(20) {
        spec["unknown"] = json!(["b", "a", null, {"x": []}]);
    }
    let mut metadata = json!({
        "name": format!("name-{at}"), "namespace": "shop",
        "annotations": {"mlnet.dev/description": "x", "metallb.io/loadBalancerIPs": "192.168.1.9",
            "metallb.universe.tf/ip-allocated-from-pool": "lan"},
        "labels": {"team": "a", "app.kubernetes.io/managed-by": *dice.one_of(&["mlnetc", "Helm"])},
    });
    if dice.percent(30) {
        metadata["deletionTimestamp"] = json!("2026-11-30T10:00:00Z");
        metadata["finalizers"] = json!(["kubernetes"]);
    }
    if dice.percent(30) {
        metadata["ownerReferences"] =
            json!([{"kind": "Deployment", "name": "x", "controller": true}]);
    }
    json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec,
        "status": {"loadBalancer": {"ingress": [{"ip": "192.168.1.9"}]}}})
}

/// Returns the map with about half of the fields.
fn some(fields: Value, dice: &mut Dice) -> Value {
    let Value::Object(fields) = fields else { return fields };
    Value::Object(fields.into_iter().filter(|_| dice.percent(50)).collect())
}

fn with(mut map: Value, more: &Value) -> Value {
    for (field, value) in more.as_object().into_iter().flatten() {
        map[field] = value.clone();
    }
    map
}

fn service(dice: &mut Dice) -> Value {
    let addresses = [json!("10.43.7.1"), json!("None")];
    let address = dice.one_of(&addresses).clone();
    let port = some(json!({"protocol": "UDP", "targetPort": 53, "nodePort": 30053}), dice);
    let optional = json!({
        "clusterIP": address, "clusterIPs": [address, "fd00::7"], "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "healthCheckNodePort": 31000, "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Local", "selector": {},
        "type": "LoadBalancer", "allocateLoadBalancerNodePorts": true, "externalIPs": [],
    });
    let mut spec = some(optional, dice);
    if dice.percent(50) {
        spec["clusterIPs"] = json!([address]);
    }
    spec["ports"] =
        json!([with(port, &json!({"name": "dns", "port": 53})), {"name": "web", "port": 80}]);
    spec
}

fn policy(dice: &mut Dice) -> Value {
    let peers = json!({
        "from": [{"namespaceSelector": {}, "podSelector": {}}, {"ipBlock": {"cidr": "10.1.2.3/8", "except": []}}],
        "ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}, {"port": 9000, "endPort": 9100}],
    });
    let rules = [json!([]), json!([{}]), json!([some(peers, dice), {"ports": []}])];
    let optional = json!({
        "policyTypes": ["Ingress", "Egress"], "ingress": dice.one_of(&rules), "egress": [{"to": []}],
    });
    with(
        some(optional, dice),
        &json!({"podSelector": {"matchLabels": {"app": "a"}, "matchExpressions": []}}),
    )
}

fn installation(dice: &mut Dice) -> Value {
    let optional =
        json!({"encapsulation": "VXLAN", "natOutgoing": "Enabled", "nodeSelector": "all()"});
    let one = with(some(optional, dice), &json!({"cidr": "10.42.3.1/16", "blockSize": 26}));
    json!({"calicoNetwork": {"bgp": "Disabled", "ipPools": [one, {"cidr": "fd00::1/64"}]}, "variant": "Calico"})
}

fn pool(dice: &mut Dice) -> Value {
    let addresses = [json!(["10.0.0.0/28", "10.0.1.1-10.0.1.9"]), json!(["10.0.0.1 - 10.0.0.9"])];
    let optional = json!({
        "autoAssign": true, "avoidBuggyIPs": false,
        "serviceAllocation": {"priority": 0, "namespaces": [], "serviceSelectors": [{"matchLabels": {}}]},
    });
    with(some(optional, dice), &json!({"addresses": dice.one_of(&addresses)}))
}

fn deployment(dice: &mut Dice) -> Value {
    let variables = [
        json!({"name": "DB_PASSWORD", "value": "one"}),
        json!({"name": "DB_PASSWORD", "value": "two"}),
        json!({"name": "DB", "value": "postgres://user:secret@db"}),
        json!({"name": "MODE", "value": "fast"}),
        json!({"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}),
    ];
    let more = (0..dice.below(6)).map(|_| dice.one_of(&variables).clone());
    let mut env = vec![json!({"name": "MODE", "value": "slow"})];
    env.extend(more);
    let containers = json!([{"name": "main", "image": "a:1", "env": env}, {"name": "side"}]);
    json!({"replicas": 2, "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": containers}}})
}

/// Checks the exit code and the output of the program.
fn command() -> Result<(), Failed> {
    let folder = Folder::new("itself");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  \
        clusterIP: 10.43.7.1\n  clusterIPs: [10.43.7.1]\n  ports: [{port: 80}]\n";
    folder.write("svc.yaml", service.as_bytes());
    folder.write("copy-of-svc.yaml", service.as_bytes());
    let arguments = ["diff", "--between", "svc.yaml", "copy-of-svc.yaml"];
    folder.expect(&arguments, 0, "0 to create, 0 to change, 0 to remove; 1 the same")?;
    let other = service.replace("clusterIP: 10.43.7.1", "clusterIP: 10.43.7.2");
    folder.write("copy-of-svc.yaml", other.replace("[10.43.7.1]", "[10.43.7.2]").as_bytes());
    folder.expect(&arguments, 1, "clusterIP: \"10.43.7.2\"")
}
