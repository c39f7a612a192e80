//! `golden/connections/CLUSTER/`: the pods of a cluster of `examples/ml-platform`, in `pods.yaml`, and in `out.txt`
//! every connection that the emitted policies allow them: a line for each server and its ports.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use libtest_mimic::Failed;
use mlnetc::manifests::{self, Text};
use mlnetc::query::{self, Output};
use serde_json::Value;

use super::case::{Cases, Expect};
use super::project::Project;
use super::tree;

/// One address of each network that this platform distinguishes.
const PLACES: &[(&str, &str)] = &[
    ("the API server", "192.168.1.85"),
    ("a node", "192.168.1.81"),
    ("a node's tunnel", "10.42.14.64"),
    ("the LAN", "192.168.1.50"),
    ("the NAS", "192.168.1.100"),
    ("the router", "192.168.1.1"),
    ("the internet", "8.8.8.8"),
    ("another private network", "172.16.9.9"),
];

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/connections")) {
        cases.add(format!("connections/{case}"), move |expect| check(&case, expect));
    }
}

fn check(cluster: &str, expect: Expect) -> Result<(), Failed> {
    let folder = tree::root("golden/connections").join(cluster);
    let outcome = Project::folder(&tree::root("examples/ml-platform")).compile();
    let built = outcome.built.iter().find(|it| it.cluster.node.as_str() == cluster);
    let built = built.cloned().ok_or("the example has no such cluster")?;
    let policies = String::from_utf8(built.into_tree(&outcome.files)?.stream())?;
    let texts = [("policies", policies), ("pods", tree::text(&folder.join("pods.yaml")))];
    let texts = texts.map(|(name, text)| Text { name: name.to_owned(), text });
    let manifests = manifests::read(&texts).map_err(|it| format!("{}: {}", it.name, it.message))?;
    let question = query::parse("* -> *").map_err(|it| it.message)?;
    let (answer, invalid) = query::of_snapshot(&manifests, &question, Output::Json);
    if !invalid.is_empty() {
        return Err(format!("{invalid:?}").into());
    }
    let answer: Value = serde_json::from_str(&answer.map_err(|it| it.message)?.text)?;
    expect.file(&folder.join("out.txt"), &written(&answer))
}

fn written(answer: &Value) -> String {
    let ends = answer["ends"].as_object().expect("ends");
    let names: BTreeMap<&str, Vec<String>> =
        ends.iter().map(|(id, end)| (id.as_str(), names(id, end))).collect();
    let mut lines = BTreeMap::<(String, String), BTreeSet<String>>::new();
    for it in answer["connections"].as_array().expect("connections") {
        let word = |field: &str| it[field].as_str().expect("a word");
        if it["allowed"] != true || it["egress"]["verdict"] == "same-pod" {
            continue;
        }
        let (from, to) = (it["port"].to_string(), it["endPort"].to_string());
        let range = if from == to { from } else { format!("{from}-{to}") };
        let port = format!("{range}/{}", word("protocol"));
        for server in &names[word("server")] {
            let clients = lines.entry((server.clone(), port.clone())).or_default();
            clients.extend(names[word("client")].iter().cloned());
        }
    }
    let line = |((server, port), clients): (&(String, String), &BTreeSet<String>)| {
        let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
        format!("{server} {port}\n  {}\n", clients.join("\n  "))
    };
    lines.iter().filter(|(_, clients)| !clients.is_empty()).map(line).collect()
}

/// Returns the names of an end; empty for a range that contains none of the places.
fn names(id: &str, end: &Value) -> Vec<String> {
    if end["kind"] == "pods" {
        let pods = end["names"].as_array().expect("names").iter();
        let namespace = end["namespace"].as_str().expect("a namespace");
        let names = pods.filter_map(|it| it.as_str()?.rsplit('/').next());
        let names: Vec<String> = names.map(|it| format!("{namespace}/{it}")).collect();
        return if names.is_empty() { vec![id.to_owned()] } else { names };
    }
    let address = |it: &Value| it.as_str().and_then(|it| it.parse::<IpAddr>().ok());
    let range = (address(&end["first"]), address(&end["last"]));
    let holds = |place: &&(&str, &str)| {
        let place = place.1.parse().ok();
        range.0 <= place && place <= range.1
    };
    PLACES.iter().filter(holds).map(|(name, _)| (*name).to_owned()).collect()
}
