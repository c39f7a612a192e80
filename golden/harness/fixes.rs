//! Fixes: a fix removes its diagnostic, changes nothing else, and causes no new diagnostic; fixing twice gives the same
//! result as fixing once.

mod slips;

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use mlnetc::compile::fix::Texts;
use mlnetc::diagnostics::Diagnostic;
use mlnetc::source::Files;

use super::case::{Cases, none, print};
use super::project::{Outcome, Project, is_source};
use super::{same, tree};

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("fixes: what an edit repairs is gone, and nothing is new", |_| each());
    cases.add("fixes: repairing twice is repairing once", |_| twice());
    cases.add("fixes: line ends, marks and comments stay", |_| line_ends());
    cases.add("fixes: what is safe to repair in a warning changes no output", |_| warnings());
    slips::add(cases);
}

/// Returns every source with an error.
fn bads() -> Vec<(String, Project)> {
    let folders = ["golden/diagnostics", "golden/syntax"].map(tree::root);
    let files = folders.iter().flat_map(|it| tree::files(it));
    let files = files.map(|it| (tree::from_root(&it), it)).filter(|(name, _)| is_source(name));
    files.map(|(name, it)| (name, Project::cut("in.mlnet", &tree::text(&it)))).collect()
}

/// Returns the sources after the edits of one message, applied without the code under test.
fn spliced(sources: &Texts, files: &Files, diagnostic: &Diagnostic) -> Texts {
    let mut sources: BTreeMap<String, String> = sources.iter().cloned().collect();
    let mut edits = diagnostic.fix.clone().map(|it| it.edits).unwrap_or_default();
    edits.sort();
    for (span, new) in edits.into_iter().rev() {
        let path = files.file(span.file).path.clone();
        let text = sources.remove(&path).expect("an edit is in a source");
        let (start, end) = (span.start as usize, span.end as usize);
        let parts = text.get(..start).zip(text.get(end..)).expect("between characters");
        sources.insert(path, format!("{}{new}{}", parts.0, parts.1));
    }
    sources.into_iter().collect()
}

/// Returns the number of occurrences of each message.
fn counted(outcome: &Outcome) -> BTreeMap<(&'static str, &str), usize> {
    let mut counted = BTreeMap::new();
    for diagnostic in &outcome.diagnostics {
        *counted.entry((diagnostic.code.as_str(), diagnostic.message.as_str())).or_default() += 1;
    }
    counted
}

/// Checks each fix separately, safe or not.
fn each() -> Result<(), Failed> {
    let (mut faults, mut safe, mut others) = (Vec::new(), 0, 0);
    for (name, project) in bads() {
        let before = project.clone().compile();
        for diagnostic in before.diagnostics.iter().filter(|it| it.fix.is_some()) {
            let sources = spliced(&project.clone().sources(), &before.files, diagnostic);
            let after = project.with_sources(&sources).compile();
            let (was, is) = (counted(&before), counted(&after));
            let key = (diagnostic.code.as_str(), diagnostic.message.as_str());
            let gone = is.get(&key) < was.get(&key);
            let new: Vec<_> = is.iter().filter(|(it, _)| !was.contains_key(*it)).collect();
            let is_safe = diagnostic.safe_edit().is_some();
            *(if is_safe { &mut safe } else { &mut others }) += 1;
            if !gone || !new.is_empty() {
                faults.push(format!(
                    "{name}: {key:?} (safe: {is_safe}): {new:?}\n{}",
                    after.diagnostics()
                ));
            }
        }
    }
    print(&format!("edits of the cases: {safe} are safe, {others} need a look"));
    none(&faults)
}

fn twice() -> Result<(), Failed> {
    let mut faults = Vec::new();
    for (name, project) in bads() {
        let once = project.repair();
        let again = project.with_sources(&once.texts).repair();
        if !again.repairs.is_empty() || again.texts != once.texts {
            faults.push(format!("{name}: repaired again: {:?}", again.repairs));
        }
        let before = project.clone().compile();
        let is_safe = |it: &Diagnostic| it.safe_edit().is_some();
        if once.repairs.len() == 1 {
            let diagnostic =
                before.diagnostics.iter().find(|it| is_safe(it)).expect("what is repaired");
            let spliced = spliced(&project.clone().sources(), &before.files, diagnostic);
            if once.texts != spliced {
                faults.push(format!("{name}: more than the edit: {:?}", once.texts));
            }
        }
        // A case has one error: if its fix is safe, no error is left after it.
        let is_case = name.starts_with("golden/diagnostics/");
        if is_case && before.diagnostics.iter().all(is_safe) && !once.judged.diagnostics.is_empty()
        {
            let left: Vec<_> = once.judged.diagnostics.iter().map(|it| &it.message).collect();
            faults.push(format!("{name}: left: {left:?}"));
        }
    }
    none(&faults)
}

/// Checks that Windows line ends and the byte-order mark change nothing, and are kept.
fn line_ends() -> Result<(), Failed> {
    let mut faults = Vec::new();
    for (name, project) in bads() {
        let plain = project.repair();
        let sources = project.clone().sources();
        let windows = |it: &Texts| -> Texts {
            let texts = it.iter().map(|(path, text)| (path, text.replace('\n', "\r\n")));
            texts.map(|(path, text)| (path.clone(), format!("\u{feff}{text}"))).collect()
        };
        let repaired = project.with_sources(&windows(&sources)).repair();
        if repaired.texts != windows(&plain.texts) {
            faults.push(format!("{name}: {:?} and {:?}", plain.repairs, repaired.repairs));
        }
        let comments = |it: &Texts| -> Vec<String> {
            let lines = it.iter().flat_map(|(_, text)| text.lines());
            let comments = lines.filter(|it| it.trim_start().starts_with("# "));
            comments.filter(|it| !it.contains("# expect ")).map(str::to_owned).collect()
        };
        let kept = comments(&plain.texts);
        if comments(&sources).iter().any(|it| !kept.contains(it)) {
            faults.push(format!("{name}: a comment is lost"));
        }
    }
    none(&faults)
}

fn warnings() -> Result<(), Failed> {
    let (mut faults, mut count) = (Vec::new(), 0);
    for (name, project) in bads() {
        let before = project.clone().compile();
        let repaired = project.repair();
        if before.built.is_empty() || repaired.repairs.is_empty() {
            continue;
        }
        let after = project.with_sources(&repaired.texts).compile();
        // Comments of the output repeat parts of the source.
        let [before, after] = [before, after].map(|it| {
            let comment = |it: &&str| !it.trim_start().starts_with('#');
            let files = same::without_places(&it).into_iter();
            files.map(|(_, text)| text.lines().filter(comment).collect()).collect::<Vec<String>>()
        });
        if before != after {
            faults.push(format!("{name}: {:?}", repaired.repairs));
        }
        count += 1;
    }
    if count < 4 {
        faults.push(format!("only {count} cases have a warning with a safe edit"));
    }
    none(&faults)
}
