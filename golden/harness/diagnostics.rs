//! `golden/diagnostics/CODE/`: the diagnostics of `bad.mlnet` are `bad.txt`, and `good.mlnet` has none. A code with
//! several messages has more cases, `bad-NAME.mlnet`. Codes about manifests have `.yaml` files instead; a case with
//! lines `# run: …` is run as a command (`ran.rs`).

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
    for code in Code::ALL {
        let folder = tree::root("golden/diagnostics").join(code.as_str());
        let needs_live = is_of_cluster(*code) || code.is_beside_result() && is_live(&folder);
        if needs_live && !cfg!(feature = "live") {
            continue;
        }
        for name in further(&folder) {
            let folder = folder.clone();
            cases.add(format!("diagnostics/{code}/{name}"), move |expect| {
                reports(*code, &folder, &name, expect)
            });
        }
        cases.add(format!("diagnostics/{code}"), move |expect| check(*code, &folder, expect));
    }
}

/// Returns whether the cases of a folder are about a source. Cases of a message beside a result are commands, often
/// with two projects.
pub(crate) fn is_of_source(folder: &str) -> bool {
    Code::parse(folder).is_none_or(|it| !it.is_beside_result())
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

/// Returns the sort key of the catalog: families, in each the letters E, W and N, in each numbers.
fn key(code: &str) -> (&str, usize, &str) {
    let (letter, number) = code.split_at_checked(1).unwrap_or((code, ""));
    let (family, _) = number.split_at_checked(2).unwrap_or((number, ""));
    (family, "EWN".find(letter).unwrap_or(3), number)
}

/// Returns the names of the further cases of a code, without their ending: `bad-port`.
fn further(folder: &Path) -> Vec<String> {
    let names = tree::files(folder).into_iter().map(|it| tree::relative(folder, &it));
    let cases = names.filter_map(|it| {
        let stem = it.strip_suffix(".mlnet").or_else(|| it.strip_suffix(".yaml"));
        stem.map(str::to_owned)
    });
    cases.filter(|it| it.starts_with("bad-")).collect()
}

/// Returns the diagnostics of a case: of a source, or of manifests.
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

/// Returns whether a code is about a cluster that is read: its cases are run with one, and only the messages beside the
/// result count.
fn is_of_cluster(code: Code) -> bool {
    code.as_str().get(1..3) == Some("09")
}

fn beside_cluster(code: Code, folder: &Path, name: &str) -> live::Outcome {
    let case = format!("{code}-{name}");
    live::run("diagnostics", &case, &tree::text(&folder.join(format!("{name}.mlnet"))))
}

/// Runs the case of a code that only a command reports.
fn ran(code: Code, folder: &Path, name: &str) -> Option<Ran> {
    let text = tree::text_if_any(&folder.join(format!("{name}.mlnet")))?;
    ran::run(&format!("{code}-{name}"), &text)
}

/// Returns whether a case about a message beside a result is run with a cluster.
fn is_live(folder: &Path) -> bool {
    !tree::text(&folder.join("bad.mlnet")).lines().any(|it| it.starts_with("# run: "))
}

/// Returns the lines with codes, of the result of a case and of the messages beside it.
fn beside_result(code: Code, folder: &Path, name: &str) -> String {
    let said = match ran(code, folder, name) {
        Some(ran) => ran.messages + &ran.result,
        None => beside_cluster(code, folder, name).messages_and_answer(),
    };
    let is_coded = |it: &&str| {
        let code = it.strip_suffix(')').and_then(|it| it.rsplit_once('('));
        code.is_some_and(|(_, code)| Code::parse(code).is_some())
    };
    let lines = said.lines().map(str::trim).filter(is_coded);
    lines.fold(String::new(), |all, it| all + it + "\n")
}

/// Checks that a case about a message beside a result reports its code; the result may have others, too.
fn check_beside_result(code: Code, folder: &Path, expect: Expect) -> Result<(), Failed> {
    let has_code = |lines: &str| lines.contains(&format!("({code})\n"));
    let bad = beside_result(code, folder, "bad");
    expect.file(&folder.join("bad.txt"), &bad)?;
    if !has_code(&bad) {
        return Err(format!("bad is to report {code}:\n{bad}").into());
    }
    let good = beside_result(code, folder, "good");
    if has_code(&good) {
        return Err(format!("the good one is not to report {code}:\n{good}").into());
    }
    has_headings(folder)
}

/// Checks that a case reports its code and no other.
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
    if code.is_beside_result() {
        return check_beside_result(code, folder, expect);
    }
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
    has_headings(folder)
}

/// Checks that the page of a code has its three headings.
fn has_headings(folder: &Path) -> Result<(), Failed> {
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
