//! `golden/stdlib/COMPONENT/upstream.yaml`: what the charts of a component create, at several versions. Each component is
//! compiled for each of these versions and compared with the facts; `facts.yaml` has facts and exceptions by hand.
//! `conformance/charts` writes the facts.

mod checks;
mod declared;
mod facts;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::diagnostics::Severity;

use super::case::{Cases, Expect, none};
use super::project::Project;
use super::tree;
use declared::Declared;
use facts::{ByHand, Except, Upstream};

/// A difference between a component and the facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    /// The check that found it, as `except` in `facts.yaml` names it.
    pub(super) check: &'static str,
    /// The object, the port or the value, as `except` names it.
    pub(super) subject: String,
    /// What is wrong.
    pub(super) message: String,
}

/// Adds a test for each component with facts.
pub(crate) fn add(cases: &mut Cases) {
    for name in tree::folders(&tree::root("golden/stdlib")) {
        let folder = tree::root("golden/stdlib").join(&name);
        if folder.join("upstream.yaml").exists() {
            cases.add(format!("upstream: {name}"), move |expect| check(&name, &folder, expect));
        }
    }
}

fn check(name: &str, folder: &Path, expect: Expect) -> Result<(), Failed> {
    let upstream: Upstream = read(&folder.join("upstream.yaml"))?;
    let by_hand: ByHand = read(&folder.join("facts.yaml"))?;
    let mut lines = Vec::new();
    let mut used = BTreeSet::new();
    let mut selected = BTreeMap::<String, Vec<String>>::new();
    if upstream.versions.iter().map(|it| &it.version).ne(&by_hand.versions) {
        lines.push(format!("upstream.yaml has other versions than facts.yaml: {}", rerun(name)));
    }
    for facts in &upstream.versions {
        let version = &facts.version;
        let project = Project::cut("use.mlnet", &project(name, folder, version));
        let outcome = project.compile();
        if outcome.diagnostics.iter().any(|it| it.severity() == Severity::Error) {
            lines.push(format!("{version}: it does not build:\n{}", outcome.diagnostics()));
            continue;
        }
        let (mut faults, mut table) = (Vec::new(), String::new());
        for declared in Declared::all(name, &outcome, facts, &by_hand) {
            values::check(&declared, facts, &upstream, &mut faults);
            checks::all(&declared, &mut faults);
            declared.table(&mut table);
        }
        selected.entry(table).or_default().push(version.clone());
        faults.sort();
        faults.dedup();
        let kept = faults.iter().filter(|fault| {
            let found = by_hand.except.iter().position(|it| it.covers(fault, version));
            used.extend(found);
            found.is_none()
        });
        let line = |it: &Fault| format!("{version}: {} `{}`: {}", it.check, it.subject, it.message);
        lines.extend(kept.map(line));
    }
    let unused = by_hand.except.iter().enumerate().filter(|(at, _)| !used.contains(at));
    let line = |it: &Except| {
        format!("facts.yaml: no fault `{}` of `{}`: remove the exception", it.check, it.of)
    };
    lines.extend(unused.map(|(_, it)| line(it)));
    none(&lines)?;
    expect.file(&folder.join("selects.txt"), &written(&selected))
}

/// Returns the pods that each declaration selects, by version.
fn written(selected: &BTreeMap<String, Vec<String>>) -> String {
    let mut text =
        "# The workloads of the charts that each declaration selects. A test compares this file.\n"
            .to_owned();
    let mut groups: Vec<(&String, &Vec<String>)> = selected.iter().collect();
    groups.sort_by_key(|(_, versions)| {
        mlnetc::scalar::Version::parse(versions.first().map_or("", String::as_str))
    });
    for (table, versions) in groups {
        let _ = write!(text, "\n{}\n{table}", versions.join(", "));
    }
    text
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failed> {
    serde_yaml::from_str(&tree::text(path))
        .map_err(|it| format!("{}: {it}", tree::from_root(path)).into())
}

/// Returns the command that writes the facts again.
pub(super) fn rerun(name: &str) -> String {
    format!("run conformance/charts/charts.py {name}")
}

/// Returns the project of the facts, `facts.mlnet` or else `use.mlnet`, with this version at each use of the component.
fn project(name: &str, folder: &Path, version: &str) -> String {
    let own = tree::text_if_any(&folder.join("facts.mlnet"));
    let text = own.unwrap_or_else(|| tree::text(&folder.join("use.mlnet")));
    let component = mlnetc::stdlib::text(name).unwrap_or_default();
    if component.contains("\n  version: version") {
        with_version(&text, name, version)
    } else {
        text
    }
}

fn with_version(text: &str, name: &str, version: &str) -> String {
    let uses = regex::Regex::new(&format!(r"(?m)^[ \t]*use {name}(?:[ \t][^\n{{]*)?(?:\{{|$)"))
        .expect("a pattern");
    let pinned = regex::Regex::new(r#"([{,\s])version\s*=\s*"[^"]*",?"#).expect("a pattern");
    let (mut out, mut rest) = (String::new(), text);
    while let Some(found) = uses.find(rest) {
        let (before, after) = rest.split_at(found.end());
        let opened = before.strip_suffix('{');
        let _ = write!(out, "{} {{ version = \"{version}\"", opened.unwrap_or(before).trim_end());
        let Some(_) = opened else {
            out.push_str(" }");
            rest = after;
            continue;
        };
        let mut depth = 1_u32;
        let end = after.char_indices().find(|(_, it)| {
            depth = match it {
                '{' => depth + 1,
                '}' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        let (block, tail) = after.split_at(end.map_or(after.len(), |(at, _)| at));
        let _ = write!(out, ",{}", pinned.replace_all(&format!(" {block}"), "$1"));
        rest = tail;
    }
    out + rest
}
