//! `docs/diagnostics/`: a page for each code and an index by family, from the catalog. `cargo bless`
//! writes them.

use std::fmt::Write as _;

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Code, FAMILIES};

use super::case::{Cases, Expect, none};
use super::tree;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("pages: docs/diagnostics is the catalog", check);
}

fn check(expect: Expect) -> Result<(), Failed> {
    let mut files = vec![("README.md".to_owned(), index())];
    files.extend(Code::ALL.iter().map(|it| (format!("{it}.md"), page(*it))));
    folder_is(expect, "docs/diagnostics", &files)
}

/// Checks that a folder has these files, (name, text), and no others.
pub(crate) fn folder_is(
    expect: Expect,
    folder: &str,
    files: &[(String, String)],
) -> Result<(), Failed> {
    let root = tree::root(folder);
    let faults = files.iter().map(|(name, text)| expect.file(&root.join(name), text));
    let faults = faults.filter_map(Result::err);
    let mut faults: Vec<String> =
        faults.map(|it| it.message().unwrap_or_default().to_owned()).collect();
    let stray = tree::files(&root).into_iter().map(|it| tree::relative(&root, &it));
    let stray = stray.filter(|it| !files.iter().any(|(name, _)| name == it));
    faults.extend(stray.map(|it| format!("{folder}/{it} is of nothing that there is")));
    none(&faults)
}

/// Returns the codes by family.
fn index() -> String {
    let mut text =
        "# Diagnostics\n\nEvery message of mlnetc has a code: `E` is an error and stops the build, \
                    `W` is a warning, `N` is a note.\n`mlnetc explain CODE` prints the same pages.\n"
            .to_owned();
    for (digits, family) in FAMILIES {
        let _ = write!(text, "\n## {}\n\n", capitalized(family));
        for code in Code::ALL.iter().filter(|it| it.as_str().get(1..3) == Some(*digits)) {
            let _ = writeln!(text, "- [{code}]({code}.md): {}", code.row().title);
        }
    }
    text
}

/// Returns the page with the examples and the message. Their fences name no language: one example fails on purpose, and
/// the tests of `golden/diagnostics` check both.
fn page(code: Code) -> String {
    let row = code.row();
    let mut text = format!("# {code}: {}\n\n{}\n", row.title, row.page.trim());
    let parts =
        [("Failing example", row.bad), ("Message", row.message), ("Fixed example", row.good)];
    for (title, body) in parts {
        let _ = write!(text, "\n## {title}\n\n```\n{}\n```\n", body.trim_end());
    }
    text
}

/// Returns a text with a capital at the start.
pub(crate) fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
}
