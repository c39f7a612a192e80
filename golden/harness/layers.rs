//! Who may use whom.

use std::collections::BTreeSet;

use super::case::Cases;
use super::tree;

/// Module, modules that it may use. A new edge is its own commit, with the reason in ARCHITECTURE.md.
const MAY_USE: &[(&str, &str)] = &[
    ("scalar", ""),
    // A selector is written in policies and in other objects alike.
    ("objects", "policy"),
    ("source", "scalar"),
    ("stdlib", ""),
    ("origin", "scalar source objects"),
    ("diagnostics", "scalar source"),
    ("syntax", "scalar source diagnostics"),
    ("format", "scalar source syntax"),
    ("model", "scalar source policy"),
    // Policies are data: the lowering makes them, a dialect renders and reads them.
    ("policy", "scalar source"),
    // `read` shares the fields of manifests with the reader of other objects.
    ("dialect", "scalar policy objects origin source manifests"),
    ("resolve", "scalar source diagnostics syntax model stdlib"),
    ("check", "scalar source diagnostics model"),
    ("lock", "scalar source diagnostics model check"),
    ("lower", "scalar source diagnostics model check lock objects origin policy"),
    ("reachability", "scalar policy"),
    // A selector and a port are the same in every kind of object.
    ("manifests", "scalar policy"),
    // Reads each object to what `reachability` evaluates, policies through their dialects.
    ("read", "scalar policy manifests dialect reachability"),
    ("krm", "emit manifests"),
    ("validate", "scalar source diagnostics model objects origin policy read reachability"),
    ("query", "scalar source diagnostics model origin manifests policy read reachability validate"),
    ("lint", "scalar source diagnostics model manifests policy read reachability validate stdlib"),
    ("impact", "scalar source model objects origin policy read reachability validate"),
    ("report", "scalar source model check lock"),
    ("emit", "scalar source objects origin"),
    // The lines of a difference are written by the one YAML writer.
    (
        "diff",
        "scalar source diagnostics objects origin emit manifests impact policy read reachability",
    ),
    (
        "compile",
        "scalar source diagnostics syntax model stdlib resolve check lock lower dialect policy validate objects origin emit",
    ),
    (
        "analysis",
        "scalar source diagnostics syntax model resolve check lock origin report query compile",
    ),
    (
        "cli",
        "analysis compile report scalar source diagnostics syntax stdlib lock objects origin emit manifests diff query lint impact krm",
    ),
];

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("house: modules use only what they may", || {
        let mut faults = BTreeSet::new();
        for path in tree::files_ending("src", ".rs") {
            let name = tree::relative(&tree::root("src"), &path);
            let module = name.split('/').next().unwrap_or("").trim_end_matches(".rs").to_owned();
            if matches!(module.as_str(), "lib" | "main") {
                continue;
            }
            let Some((_, allowed)) = MAY_USE.iter().find(|(it, _)| *it == module) else {
                faults.insert(format!("`{module}` has no row in the table"));
                continue;
            };
            for used in uses(&tree::text(&path)) {
                let may = used == module || allowed.split(' ').any(|it| it == used);
                if !may {
                    faults.insert(format!("`{module}` may not use `{used}` (src/{name})"));
                }
            }
        }
        faults.into_iter().collect()
    });
}

/// The modules after `crate::`, also in `use crate::{a, b::c}`.
fn uses(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let list = after.strip_prefix('{').and_then(|it| it.split_once("};")).map(|(list, _)| list);
        let starts = list.map_or_else(|| vec![after], |it| it.split(',').collect());
        let words = starts.into_iter().map(|it| {
            let word = |it: char| !(it.is_ascii_lowercase() || it == '_');
            it.trim().split(word).next().unwrap_or("").to_owned()
        });
        found.extend(words.filter(|it| !it.is_empty()));
    }
    found
}
