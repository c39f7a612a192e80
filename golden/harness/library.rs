//! `docs/stdlib/`: a page for each component of the standard library, from its source, and an index.
//! `cargo bless` writes them.

use std::fmt::Write as _;
use std::process::Command;

use libtest_mimic::Failed;

use super::case::{Cases, Expect};
use super::pages::{capitalized, folder_is};
use super::tree;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("pages: docs/stdlib is the standard library", check);
}

fn check(expect: Expect) -> Result<(), Failed> {
    let mut files = vec![("README.md".to_owned(), index())];
    files.extend(mlnetc::stdlib::names().map(|it| (format!("{it}.md"), page(it))));
    folder_is(expect, "docs/stdlib", &files)
}

/// Returns the components with the first sentence of each.
fn index() -> String {
    let mut text = "# The standard library\n\nThe components of the standard library; `mlnetc stdlib \
                    show NAME` prints the same pages.\n[language.md](../language.md) describes components.\n\n"
        .to_owned();
    for name in mlnetc::stdlib::names() {
        let source = mlnetc::stdlib::text(name).expect("INVARIANT: the library has its names");
        let words = source.lines().map_while(|it| it.strip_prefix("##"));
        let first: Vec<&str> = words.take_while(|it| !it.is_empty()).map(str::trim).collect();
        let _ = writeln!(text, "- [{name}]({name}.md): {}", first.join(" "));
    }
    text
}

/// Returns the output of `mlnetc stdlib show` as Markdown, with the golden case as an example. The fences name no
/// language: parts of a component are not a source, and the example is tested with its case.
fn page(name: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
    let output = program.args(["stdlib", "show", name, "--color", "never"]).output();
    let shown = String::from_utf8(output.expect("mlnetc runs").stdout).expect("it is UTF-8");
    let mut text = String::new();
    let sections = shown.trim_end().split("\n\n");
    let mut heading = None;
    for section in sections {
        let (first, rest) = section.split_once('\n').unwrap_or((section, ""));
        if heading.is_none() {
            let _ = write!(text, "# {first}\n\n{}\n", unindented(rest));
            heading = Some(first);
        } else if first.starts_with(' ') {
            let _ = write!(text, "\n{}\n", unindented(section));
        } else {
            let _ = write!(text, "\n## {}\n\n```\n{}\n```\n", capitalized(first), unindented(rest));
        }
    }
    let example = tree::text(&tree::root("golden/stdlib").join(name).join("use.mlnet"));
    let _ = write!(text, "\n## In a project\n\n```\n{}\n```\n", example.trim_end());
    text
}

fn unindented(text: &str) -> String {
    let lines = text.lines().map(|it| it.strip_prefix("  ").unwrap_or(it));
    lines.collect::<Vec<_>>().join("\n")
}
