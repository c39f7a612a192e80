//! `golden/diagnostics/CODE/`: what is said about `bad.mlnet` is `bad.txt`, and nothing is said about
//! `good.mlnet`. A code that says different things has more cases, `bad-NAME.mlnet`. Codes about manifests have
//! `.yaml` files instead; a case with lines `# run: …` is run as a command (`ran.rs`).

use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::diagnostics::Code;

use super::case::{Cases, Expect};
use super::project::{Outcome, Project};
use super::ran::Ran;
use super::{live, ran, snapshot, tree};

/// Adds a test for each code.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("diagnostics: codes are folders", codes_are_folders);
    let can_read = |code: &&Code| cfg!(feature = "live") || !is_of_cluster(**code);
    for code in Code::ALL.iter().filter(can_read) {
        let folder = tree::root("golden/diagnostics").join(code.as_str());
        for name in further(&folder) {
            let folder = folder.clone();
            cases.add(format!("diagnostics/{code}/{name}"), move |expect| {
                reports(*code, &folder, &name, expect)
            });
        }
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

/// The order of the catalog: families, in each E, W and N, in each numbers.
fn key(code: &str) -> (&str, usize, &str) {
    let (letter, number) = code.split_at_checked(1).unwrap_or((code, ""));
    let (family, _) = number.split_at_checked(2).unwrap_or((number, ""));
    (family, "EWN".find(letter).unwrap_or(3), number)
}

/// The names of the further cases of a code, without their ending: `bad-port`.
fn further(folder: &Path) -> Vec<String> {
    let names = tree::files(folder).into_iter().map(|it| tree::relative(folder, &it));
    let cases = names.filter_map(|it| {
        let stem = it.strip_suffix(".mlnet").or_else(|| it.strip_suffix(".yaml"));
        stem.map(str::to_owned)
    });
    cases.filter(|it| it.starts_with("bad-")).collect()
}

/// What is said about a case: a source, or manifests.
fn outcome(folder: &Path, name: &str) -> Outcome {
    let manifests = format!("{name}.yaml");
    match tree::text_if_any(&folder.join(&manifests)) {
        Some(text) => snapshot::check(&manifests, &text),
        None => {
            let source = format!("{name}.mlnet");
            let project = Project::cut(&source, &tree::text(&folder.join(&source)));
            let is_beside = project.texts.iter().any(|(name, _)| name == snapshot::LIVE);
            if is_beside { snapshot::beside(project) } else { project.compile() }
        }
    }
}

/// Codes about a cluster that is read: cases are run beside one, and only what is said beside the answer counts.
fn is_of_cluster(code: Code) -> bool {
    code.as_str().get(1..3) == Some("09")
}

fn beside_cluster(code: Code, folder: &Path, name: &str) -> live::Outcome {
    let case = format!("{code}-{name}");
    live::run("diagnostics", &case, &tree::text(&folder.join(format!("{name}.mlnet"))))
}

/// Codes that only a command reports.
fn ran(code: Code, folder: &Path, name: &str) -> Option<Ran> {
    let text = tree::text_if_any(&folder.join(format!("{name}.mlnet")))?;
    ran::run(&format!("{code}-{name}"), &text)
}

/// A case reports its code and no other.
fn reports(code: Code, folder: &Path, name: &str, expect: Expect) -> Result<(), Failed> {
    if is_of_cluster(code) {
        let bad = beside_cluster(code, folder, name);
        let (codes, diagnostics) = (bad.codes(), bad.messages());
        expect.file(&folder.join(format!("{name}.txt")), &diagnostics)?;
        if codes.is_empty() || codes.iter().any(|it| it != code.as_str()) {
            return Err(
                format!("{name} is to report {code} and nothing else:\n{diagnostics}").into()
            );
        }
        return Ok(());
    }
    if let Some(bad) = ran(code, folder, name) {
        expect.file(&folder.join(format!("{name}.txt")), &bad.messages)?;
        let codes = bad.codes();
        if codes.is_empty() || codes.iter().any(|it| it != code.as_str()) {
            let messages = bad.messages;
            return Err(format!("{name} is to report {code} and nothing else:\n{messages}").into());
        }
        return Ok(());
    }
    let bad = outcome(folder, name);
    let messages = expect.file(&folder.join(format!("{name}.txt")), &bad.diagnostics());
    if bad.codes().is_empty() || bad.codes().iter().any(|it| *it != code.as_str()) {
        let messages = bad.diagnostics();
        return Err(format!("{name} is to report {code} and nothing else:\n{messages}").into());
    }
    messages
}

fn check(code: Code, folder: &Path, expect: Expect) -> Result<(), Failed> {
    reports(code, folder, "bad", expect)?;
    let good = if is_of_cluster(code) {
        beside_cluster(code, folder, "good").messages()
    } else {
        let ran = ran(code, folder, "good").map(|it| it.messages);
        ran.unwrap_or_else(|| outcome(folder, "good").diagnostics())
    };
    if !good.is_empty() {
        return Err(format!("the good one is to be silent:\n{good}").into());
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
