//! `golden/diagnostics/CODE/`: what is said about `bad.mlnet` is `bad.txt`, and nothing is said about
//! `good.mlnet`.

use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::diagnostics::Code;

use super::case::{Cases, Expect};
use super::{project, tree};

/// Adds a test for each code.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("diagnostics: codes are folders", codes_are_folders);
    for code in Code::ALL {
        let folder = tree::root("golden/diagnostics").join(code.as_str());
        cases.add(format!("diagnostics/{code}"), move |expect| check(*code, &folder, expect));
    }
}

fn codes_are_folders() -> Vec<String> {
    let folders = tree::folders(&tree::root("golden/diagnostics"));
    let known = |it: &String| Code::parse(it).is_some_and(|code| code.as_str() == it);
    let stray = folders.iter().filter(|it| !known(it));
    let stray = stray.map(|it| format!("golden/diagnostics/{it} is not in the catalog"));
    let unsorted = Code::ALL.windows(2).filter_map(|pair| match pair {
        [a, b] if key(a.as_str()) >= key(b.as_str()) => Some(format!("{b} stands after {a}")),
        _ => None,
    });
    stray.chain(unsorted).collect()
}

/// Codes are in the order of their numbers; the letter comes last.
fn key(code: &str) -> (&str, &str) {
    code.split_at_checked(1).map_or((code, ""), |(letter, number)| (number, letter))
}

fn check(code: Code, folder: &Path, expect: Expect) -> Result<(), Failed> {
    let read = |name: &str| project::cut(name, &tree::text(&folder.join(name)));
    let bad = project::compile(read("bad.mlnet"));
    let said = expect.file(&folder.join("bad.txt"), &bad.text());
    if bad.codes().is_empty() || bad.codes().iter().any(|it| *it != code.as_str()) {
        return Err(
            format!("bad.mlnet is to report {code} and nothing else:\n{}", bad.text()).into()
        );
    }
    said?;
    let good = project::compile(read("good.mlnet"));
    if !good.codes().is_empty() {
        return Err(format!("good.mlnet is to be silent:\n{}", good.text()).into());
    }
    let page = tree::text(&folder.join("README.md"));
    let missing = ["## What it means", "## Why mlnetc refuses", "## How to fix"];
    let says = |it: &&&str| {
        page.contains(**it) || (**it).contains("refuses") && page.contains("## Why mlnetc")
    };
    match missing.iter().find(|it| !says(it)) {
        Some(heading) => Err(format!("README.md lacks `{heading}`").into()),
        None => Ok(()),
    }
}
