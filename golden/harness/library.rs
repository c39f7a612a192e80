//! `docs/stdlib/`: a page for each component of the standard library, from its source, and an index.
//! `cargo bless` writes them.

use std::fmt::Write as _;
use std::process::Command;

use libtest_mimic::Failed;
use mlnetc::stdlib;

use super::case::{Cases, Expect};
use super::pages::{capitalized, folder_is};
use super::tree;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("pages: docs/stdlib is the standard library", check);
}

fn check(expect: Expect) -> Result<(), Failed> {
    let mut files = vec![("README.md".to_owned(), index())];
    files.extend(stdlib::names().map(|it| (format!("{it}.md"), page(it))));
    folder_is(expect, "docs/stdlib", &files)
}

/// Returns the components by area, with the first sentence of each.
fn index() -> String {
    let mut text = "# The standard library\n\nThe components of the standard library; `mlnetc stdlib show NAME` prints \
                    the contents of these pages, and\n`mlnetc stdlib search WORD` finds a component by product, image or \
                    port. [language.md](../language.md#components)\ndescribes components.\n"
        .to_owned();
    for area in stdlib::AREAS {
        let cards = stdlib::names().map(|it| (it, stdlib::card(stdlib::text(it).unwrap_or(""))));
        let of_area: Vec<_> = cards.filter(|(_, it)| it.area == *area).collect();
        if of_area.is_empty() {
            continue;
        }
        let _ = write!(text, "\n## {}\n\n", capitalized(area));
        for (name, card) in of_area {
            let _ = writeln!(text, "- [{name}]({name}.md): {}.", card.summary);
        }
    }
    text
}

/// Returns the page that `mlnetc stdlib show` prints, with the golden case as an example. The fence of the example
/// names no language, because it is tested with its case.
fn page(name: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
    let output = program.args(["stdlib", "show", name, "--output", "markdown"]).output();
    let mut text = String::from_utf8(output.expect("mlnetc runs").stdout).expect("it is UTF-8");
    let example = tree::text(&tree::root("golden/stdlib").join(name).join("use.mlnet"));
    let _ = write!(text, "\n## In a project\n\n```\n{}\n```\n", example.trim_end());
    text
}
