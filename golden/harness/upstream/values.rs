//! Helm values: emitted, read by templates, accepted by schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use super::declared::Declared;
use super::facts::{Facts, Release, Upstream};
use super::{Fault, rerun};

/// Adds the faults of the values of one use.
pub(super) fn check(
    declared: &Declared<'_>,
    facts: &Facts,
    upstream: &Upstream,
    faults: &mut Vec<Fault>,
) {
    for (release, chart) in &declared.unknown {
        let message = format!("there are no facts about {chart}: {}", rerun(declared.name));
        faults.push(Fault { check: "release", subject: release.clone(), message });
    }
    for (release, values) in &declared.releases {
        if let Some(message) = &release.refused {
            let subject = release.name.clone();
            faults.push(Fault { check: "refused", subject, message: message.clone() });
        }
        for path in &release.unread {
            let message = format!("no template of {} reads this value", release.chart);
            faults.push(Fault { check: "value", subject: path.clone(), message });
        }
        if let Some(values) = values {
            compare(declared, values, release, facts, upstream, faults);
        }
    }
}

/// Compares the values that mlnetc emits now with those that the chart was rendered with.
fn compare(
    declared: &Declared<'_>,
    values: &Value,
    release: &Release,
    facts: &Facts,
    upstream: &Upstream,
    faults: &mut Vec<Fault>,
) {
    let mut now = BTreeMap::new();
    flat(values, &mut Vec::new(), &mut now);
    let groups = upstream.reads.get(&release.chart).into_iter().flatten();
    let groups = groups.filter(|it| it.versions.contains(&facts.version));
    let lines = groups.flat_map(|it| it.paths.iter().flat_map(|it| it.split(' ')));
    let reads: Vec<Vec<&str>> = lines.map(|it| it.split('/').collect()).collect();
    for (path, (segments, value)) in &now {
        let before = release.emitted.get(path);
        if before.is_none() && !is_read(segments, &reads) {
            let message = format!("no template of {} reads this value", release.chart);
            faults.push(Fault { check: "value", subject: path.clone(), message });
        }
        if before != Some(value) {
            let message =
                format!("the facts are of a release without this value: {}", rerun(declared.name));
            faults.push(Fault { check: "facts", subject: path.clone(), message });
        }
    }
    for path in release.emitted.keys().filter(|it| !now.contains_key(*it)) {
        let message =
            format!("the facts are of a release with this value: {}", rerun(declared.name));
        faults.push(Fault { check: "facts", subject: path.clone(), message });
    }
}

/// Adds the leaves of a values document, by path.
fn flat(value: &Value, path: &mut Vec<String>, into: &mut BTreeMap<String, (Vec<String>, Value)>) {
    match value.as_object().filter(|it| !it.is_empty()) {
        Some(map) => {
            for (name, value) in map {
                path.push(name.clone());
                flat(value, path, into);
                path.pop();
            }
        }
        None if path.is_empty() => {}
        None => {
            let quoted =
                |it: &String| if it.contains('.') { format!("\"{it}\"") } else { it.clone() };
            let name = path.iter().map(quoted).collect::<Vec<_>>().join(".");
            into.insert(name, (path.clone(), value.clone()));
        }
    }
}

/// Whether a template reads a path: itself, a part of it, or a value around it as a whole.
fn is_read(path: &[String], reads: &[Vec<&str>]) -> bool {
    reads.iter().any(|it| match it.split_last() {
        Some((&"*", whole)) => {
            whole.iter().zip(path).filter(|(a, b)| *a == *b).count() == whole.len()
        }
        _ => it.len() >= path.len() && it.iter().zip(path).all(|(a, b)| *a == *b),
    })
}
