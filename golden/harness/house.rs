//! House rules that a test can check.

use std::path::PathBuf;

use super::case::Cases;
use super::tree;

/// Products that the compiler must not know: they are components of the standard library.
const PRODUCTS: &[&str] = &[
    "seldon",
    "mlflow",
    "grafana",
    "jupyterhub",
    "minio",
    "kafka",
    "strimzi",
    "prometheus",
    "postgres",
    "nginx",
    "argo",
    "triton",
    "harbor",
    "keycloak",
    "istio",
];

/// Words that mark unfinished work, and paths of a developer's machine.
const WORDS: &[&str] = &["TODO", "FIXME", "XXX", "HACK", "/root/"];

/// File names without meaning.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "types", "misc"];

/// Start of the tests at the end of a file.
const TESTS: &str = "#[cfg(test)]\nmod tests {";

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("house: no file has more than 500 lines", long_files);
    cases.faults("house: the compiler knows no product", products);
    cases.faults("house: nothing is left to do in the tree", words);
    cases.faults("house: file names say something", empty_names);
    cases.faults("house: diagnostics are made in reports and checks", scattered_diagnostics);
    cases.faults("house: the main program has ten lines", || {
        let lines = tree::text(&tree::root("src/main.rs")).lines().count();
        if lines <= 10 { Vec::new() } else { vec![format!("src/main.rs has {lines} lines")] }
    });
}

fn sources() -> Vec<PathBuf> {
    ["src", "golden", "benches"].iter().flat_map(|it| tree::files_ending(it, ".rs")).collect()
}

fn long_files() -> Vec<String> {
    let others = [("grammar", ".pest"), ("stdlib", ".mlnet")];
    let others = others.iter().flat_map(|(folder, end)| tree::files_ending(folder, end));
    let files = sources().into_iter().chain(others);
    let counted = files.map(|it| (tree::text(&it).lines().count(), it));
    let long = counted.filter(|(lines, _)| *lines > 500);
    long.map(|(lines, it)| format!("{} has {lines} lines", tree::from_root(&it))).collect()
}

/// Returns a file without comments, and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split(TESTS).next().unwrap_or("");
    let lines = code.lines().map(|it| it.split("//").next().unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

fn products() -> Vec<String> {
    // The list of components, and the examples in the help texts; reports are prose, too.
    let exempt = ["src/stdlib.rs", "src/cli/args/help.rs"];
    let files = tree::files_ending("src", ".rs").into_iter().filter(|it| {
        let name = tree::from_root(it);
        let prose = name.ends_with("tests.rs") || name.contains("/report");
        !exempt.contains(&name.as_str()) && !prose
    });
    let mut faults = Vec::new();
    for path in files {
        let code = code(&tree::text(&path));
        let words: Vec<&str> = code.split(|it: char| !it.is_ascii_alphanumeric()).collect();
        for product in PRODUCTS.iter().filter(|it| words.contains(it)) {
            faults.push(format!("{} knows `{product}`", tree::from_root(&path)));
        }
    }
    faults
}

fn words() -> Vec<String> {
    let folders = ["src", "grammar", "stdlib", "examples", "docs", "benches", "golden/diagnostics"];
    let files = folders.iter().flat_map(|it| tree::files(&tree::root(it)));
    let house = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(tree::root);
    let mut faults = Vec::new();
    for path in files.chain(house.into_iter().filter(|it| it.exists())) {
        let text = tree::text_if_any(&path).unwrap_or_default();
        for (at, line) in text.lines().enumerate() {
            let found = WORDS.iter().filter(|it| line.contains(**it));
            faults.extend(found.map(|it| format!("{}:{}: `{it}`", tree::from_root(&path), at + 1)));
        }
    }
    faults
}

fn empty_names() -> Vec<String> {
    let stem = |it: &PathBuf| it.file_stem().map(|it| it.to_string_lossy().into_owned());
    let folder = |it: &PathBuf| it.parent().and_then(|it| stem(&it.to_path_buf()));
    let empty = |it: &PathBuf| {
        [stem(it), folder(it)].into_iter().flatten().any(|it| EMPTY_NAMES.contains(&it.as_str()))
    };
    sources().iter().filter(|it| empty(it)).map(|it| tree::from_root(it)).collect()
}

fn scattered_diagnostics() -> Vec<String> {
    let mut faults = Vec::new();
    for path in tree::files_ending("src", ".rs") {
        let name = tree::from_root(&path);
        let may = name.contains("/report.rs")
            || name.contains("/report_")
            || name.contains("/report/")
            || name.starts_with("src/check/")
            || name.starts_with("src/diagnostics/");
        let text = tree::text(&path);
        let text = text.split(TESTS).next().unwrap_or("");
        if !may && ["Diagnostic::new(", "Diagnostic::nowhere("].iter().any(|it| text.contains(it)) {
            faults.push(format!("{name} makes a diagnostic; it belongs into a report.rs"));
        }
    }
    faults
}
