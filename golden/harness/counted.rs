//! The numbers in the README of `examples/ml-platform`: lines of the source, and lines of the output that it replaces.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use libtest_mimic::Failed;

use super::case::{Cases, Expect};
use super::project::{Project, is_source};
use super::tree;

const FROM: &str = "<!-- counted -->\n";
const TO: &str = "<!-- end -->";

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("examples: the README of ml-platform counts right", check);
}

fn check(expect: Expect) -> Result<(), Failed> {
    let folder = tree::root("examples/ml-platform");
    let path = folder.join("README.md");
    let text = tree::text(&path);
    let parts =
        text.split_once(FROM).and_then(|(before, rest)| Some((before, rest.split_once(TO)?)));
    let (before, (_, after)) = parts.expect("INVARIANT: the README has the marks of the table");
    expect.file(&path, &format!("{before}{FROM}{}{TO}{after}", table(&Project::folder(&folder))))
}

/// Returns the table: one row for the source, one for each cluster.
fn table(project: &Project) -> String {
    let sources = project.texts.iter().filter(|(path, _)| is_source(path));
    let lines: usize = sources.clone().map(|(_, text)| text.lines().count()).sum();
    let mut table = format!(
        "| | files | lines | policies | values and patches |\n| --- | --- | --- | --- | --- |\n\
         | the source | {} | {lines} | | |\n",
        sources.count()
    );
    let outcome = project.clone().compile();
    for built in &outcome.built {
        let mut count = BTreeMap::<&str, usize>::new();
        let mut add = |what, number| *count.entry(what).or_default() += number;
        for (path, bytes) in
            built.clone().into_tree(&outcome.files).expect("it can be emitted").files
        {
            let text = String::from_utf8(bytes).expect("what is emitted is text");
            if path != "index.json" {
                add("files", 1);
                add("lines", text.lines().count());
                add("policies", text.matches("\nkind: NetworkPolicy\n").count());
            }
            if path.starts_with("helm/") || path.starts_with("patches/") {
                add("documents", 1);
            }
        }
        let of = |what| count.get(what).copied().unwrap_or_default();
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} |",
            built.cluster.node,
            of("files"),
            of("lines"),
            of("policies"),
            of("documents")
        );
    }
    table
}
