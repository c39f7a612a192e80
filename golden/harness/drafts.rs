//! `mlnetc stdlib new`: every namespace of every snapshot in the repository becomes a component that builds.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use mlnetc::draft;
use mlnetc::manifests::{self, Manifests, Text};
use mlnetc::{Date, Diagnostics, Session, Severity};
use serde_json::json;

use super::case::Cases;
use super::tree;

/// A cluster in which the component is used.
const CLUSTER: &str = "cluster lab { pods = 10.42.0.0/16, services = 10.43.0.0/16, apiserver = [192.0.2.1:6443] }\n\
                       use drafted\n";

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("drafts: every namespace of a snapshot builds", |_| snapshots());
    cases.add("drafts: hostile names and texts build", |_| hostile());
}

fn snapshots() -> Result<(), Failed> {
    let mut drafts = 0;
    for path in tree::files_ending("golden", ".yaml") {
        let text = Text { name: tree::from_root(&path), text: tree::text(&path) };
        let Ok(manifests) = manifests::read(&[text]) else { continue };
        let namespaces: BTreeSet<String> = manifests.objects.iter().filter_map(namespace).collect();
        for namespace in namespaces {
            let Ok(draft) = draft::component(&manifests, "drafted", Some(&namespace)) else {
                continue;
            };
            drafts += 1;
            builds(&draft)
                .map_err(|it| format!("{} of {}: {it}", namespace, tree::from_root(&path)))?;
        }
    }
    // The snapshots of the goldens alone have more.
    if drafts < 30 { Err(format!("only {drafts} drafts").into()) } else { Ok(()) }
}

fn namespace(it: &manifests::Manifest) -> Option<String> {
    it.object.pointer("/metadata/namespace")?.as_str().map(str::to_owned)
}

fn hostile() -> Result<(), Failed> {
    let words = [
        "any",
        "9.Bad.Name_x",
        "a\"b\\{c}",
        "x\u{202e}y\n}",
        &"long-".repeat(50),
        "",
        "---",
        "main",
    ];
    let objects = words.iter().flat_map(|it| {
        let labels = json!({"app": it, (*it): "x"});
        [
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": it, "namespace": "shop"},
                "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                    "spec": {"hostNetwork": "no", "containers": [{"env": [{"name": it, "value": format!("http://{it}:80")}],
                        "ports": [{"name": it, "containerPort": 80}, {"containerPort": -1}, {"containerPort": "x"}]}]}}}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": it, "namespace": "shop"},
                "spec": {"selector": labels, "ports": [{"name": it, "port": 80, "targetPort": it}, {"port": 0}, {"port": 80}]}}),
        ]
    });
    let list = json!({"kind": "List", "apiVersion": "v1", "items": objects.collect::<Vec<_>>()});
    let manifests: Manifests =
        manifests::of_lists([("hostile".to_owned(), list)]).map_err(|it| it.message)?;
    let draft = draft::component(&manifests, "drafted", Some("shop"));
    let draft = draft.map_err(|it| format!("{it:?}"))?;
    builds(&draft)?;
    Ok(())
}

/// Builds a project that uses the component.
fn builds(component: &str) -> Result<(), String> {
    let texts = [
        ("draft.mlnet".to_owned(), component.to_owned()),
        ("net.mlnet".to_owned(), CLUSTER.to_owned()),
    ];
    let session = Session::new(texts, Date::parse("2026-12-01").expect("a day"));
    let mut diagnostics = Diagnostics::default();
    let built = session.into_analysis().into_built(None, &mut diagnostics);
    let built = built.map_err(|it| it.to_string())?;
    let errors = diagnostics.sorted().into_iter().filter(|it| it.severity() == Severity::Error);
    let errors: Vec<String> = errors.map(|it| format!("{}: {}", it.code, it.message)).collect();
    match built {
        Some(_) if errors.is_empty() => Ok(()),
        _ => Err(format!("{errors:#?}\n{component}")),
    }
}
