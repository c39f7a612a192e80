//! The modules that each module may use, and a check that no files use each other in a circle.

mod circles;
mod modules;
mod planted;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use super::case::Cases;
use super::tree;
use circles::circles;
use modules::Modules;
use uses::Graph;

/// Module, modules that it may use. A new edge is its own commit, with the reason in ARCHITECTURE.md.
const MAY_USE: &[(&str, &str)] = &[
    ("scalar", ""),
    // Policies and other objects contain the same selectors.
    ("objects", "policy"),
    ("source", "scalar"),
    ("stdlib", ""),
    ("origin", "scalar source objects"),
    ("diagnostics", "scalar source"),
    ("syntax", "scalar source diagnostics"),
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
    // Selectors and ports are the same in every kind of object.
    ("manifests", "scalar policy"),
    // Converts each object to the input of `reachability`, policies through their dialects.
    ("read", "scalar policy manifests dialect reachability"),
    ("krm", "emit manifests"),
    ("validate", "scalar source diagnostics model objects origin policy read reachability"),
    // Writes the text of a component from the objects of a cluster.
    ("draft", "scalar source syntax manifests"),
    ("query", "scalar source diagnostics model origin manifests policy read reachability validate"),
    ("lint", "scalar source diagnostics model manifests policy read reachability validate stdlib"),
    ("impact", "scalar source model objects origin policy read reachability validate"),
    ("report", "scalar source model check lock"),
    ("emit", "scalar source objects origin"),
    // The YAML writer is also used for the lines of a difference.
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
        "analysis compile report scalar source diagnostics syntax stdlib lock objects origin emit manifests diff query lint impact krm draft",
    ),
];

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("house: modules use only what they may", || forbidden(&graph()));
    cases.faults("house: no files use each other in a circle", || round(&graph()));
    cases.faults("house: the check of modules and files finds what is planted", planted::faults);
}

/// Returns the uses in `src/`.
fn graph() -> Graph {
    let root = tree::root("src");
    let paths = tree::files_ending("src", ".rs");
    let files = paths.iter().map(|it| (tree::relative(&root, it), tree::text(it)));
    Graph::of(&Modules::of(&files.collect::<BTreeMap<_, _>>()))
}

/// Returns the uses of modules that the table does not allow.
fn forbidden(graph: &Graph) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for ((user, used), file) in &graph.modules {
        match MAY_USE.iter().find(|(it, _)| it == user) {
            Some((_, allowed)) if allowed.split(' ').any(|it| it == used) => {}
            Some(_) => {
                faults.insert(format!("`{user}` may not use `{used}` (src/{file})"));
            }
            None => {
                faults.insert(format!("`{user}` has no row in the table"));
            }
        }
    }
    faults.into_iter().collect()
}

/// Circles of files, each with its uses.
fn round(graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    for circle in &circles(&graph.files) {
        let is_inside =
            |user: &String, used: &String| circle.contains(user) && circle.contains(used);
        let inside = graph.files.iter().filter(|((user, used), _)| is_inside(user, used));
        let uses = inside.map(|((user, used), path)| format!("  {user} -> {used} ({path})"));
        faults.push("these files of src/ use each other in a circle:".to_owned());
        faults.extend(uses);
    }
    faults
}
