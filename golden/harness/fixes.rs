//! Edits: what one repairs is gone, nothing else changes, and nothing new is said; repairing twice is
//! repairing once.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use mlnetc::compile::fix::Texts;
use mlnetc::diagnostics::Diagnostic;
use mlnetc::source::Files;

use super::case::{Cases, none, print};
use super::project::{Outcome, Project, is_source};
use super::tree;

/// One of so many words is misspelt.
const ONE_OF: usize = 7;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("fixes: what an edit repairs is gone, and nothing is new", |_| each());
    cases.add("fixes: repairing twice is repairing once", |_| twice());
    cases.add("fixes: line ends, marks and comments stay", |_| line_ends());
    cases.add("fixes: the edits that are safe give back what was meant", |_| misspelt());
}

/// Every source with a mistake.
fn bads() -> Vec<(String, Project)> {
    let folders = ["golden/diagnostics", "golden/syntax"].map(tree::root);
    let files = folders.iter().flat_map(|it| tree::files(it));
    let files = files.map(|it| (tree::from_root(&it), it)).filter(|(name, _)| is_source(name));
    files.map(|(name, it)| (name, Project::cut("in.mlnet", &tree::text(&it)))).collect()
}

/// The sources with the edits of one message made, without the code that is tested.
fn spliced(sources: &Texts, files: &Files, said: &Diagnostic) -> Texts {
    let mut sources: BTreeMap<String, String> = sources.iter().cloned().collect();
    let mut edits = said.fix.clone().map(|it| it.edits).unwrap_or_default();
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

/// How often each message is said.
fn counted(outcome: &Outcome) -> BTreeMap<(&'static str, &str), usize> {
    let mut counted = BTreeMap::new();
    for said in &outcome.diagnostics {
        *counted.entry((said.code.as_str(), said.message.as_str())).or_default() += 1;
    }
    counted
}

/// Each edit by itself, safe or not.
fn each() -> Result<(), Failed> {
    let (mut faults, mut safe, mut others) = (Vec::new(), 0, 0);
    for (name, project) in bads() {
        let before = project.clone().compile();
        for said in before.diagnostics.iter().filter(|it| it.fix.is_some()) {
            let sources = spliced(&project.clone().sources(), &before.files, said);
            let after = project.with_sources(&sources).compile();
            let (was, is) = (counted(&before), counted(&after));
            let key = (said.code.as_str(), said.message.as_str());
            let gone = is.get(&key) < was.get(&key);
            let new: Vec<_> = is.iter().filter(|(it, _)| !was.contains_key(*it)).collect();
            let is_safe = said.safe_edit().is_some();
            *(if is_safe { &mut safe } else { &mut others }) += 1;
            if !gone || !new.is_empty() {
                faults
                    .push(format!("{name}: {key:?} (safe: {is_safe}): {new:?}\n{}", after.said()));
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
            let said = before.diagnostics.iter().find(|it| is_safe(it)).expect("what is repaired");
            let spliced = spliced(&project.clone().sources(), &before.files, said);
            if once.texts != spliced {
                faults.push(format!("{name}: more than the edit: {:?}", once.texts));
            }
        }
        // A case has one mistake: where its edit is safe, nothing is left of it.
        let is_case = name.starts_with("golden/diagnostics/");
        if is_case && before.diagnostics.iter().all(is_safe) && !once.judged.said.is_empty() {
            let left: Vec<_> = once.judged.said.iter().map(|it| &it.message).collect();
            faults.push(format!("{name}: left: {left:?}"));
        }
    }
    none(&faults)
}

/// Windows' line ends and the byte-order mark change nothing, and stay.
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

/// Words of valid sources are misspelt; a source that is repaired until nothing is said about it is the
/// one that was meant.
fn misspelt() -> Result<(), Failed> {
    let (mut faults, mut at) = (Vec::new(), 0);
    let (mut same, mut partly, mut left) = (0, 0, 0);
    for (name, project) in valid() {
        let sources = project.clone().sources();
        for (file_idx, (path, text)) in sources.iter().enumerate() {
            for (from, to) in words(text) {
                at += 1;
                if at % ONE_OF != 0 {
                    continue;
                }
                let word = slip(text.get(from..to).unwrap_or(""), at);
                let mut wrong = sources.clone();
                wrong[file_idx].1.replace_range(from..to, &word);
                let repaired = project.with_sources(&wrong).repair();
                if repaired.repairs.is_empty() {
                    left += 1;
                } else if same_texts(&repaired.texts, &sources) {
                    same += 1;
                } else if repaired.judged.said.is_empty() {
                    let place = format!("{name}/{path}: `{word}` at {from}");
                    faults.push(format!("{place}: {:?}", repaired.repairs));
                } else {
                    partly += 1;
                }
            }
        }
    }
    print(&format!(
        "misspelt words: {same} are repaired to what was meant, {} to something else, {partly} in part, {left} are left",
        faults.len()
    ));
    none(&faults)
}

fn same_texts(one: &Texts, other: &Texts) -> bool {
    one.iter().all(|it| other.contains(it))
}

/// Valid projects: the smaller examples and the good sources of the diagnostics.
fn valid() -> Vec<(String, Project)> {
    let examples = ["quickstart", "article"].map(|it| (format!("examples/{it}"), it));
    let examples = examples.map(|(name, it)| {
        let project = Project::folder(&tree::root("examples").join(it));
        (name, project)
    });
    let goods = tree::files(&tree::root("golden/diagnostics")).into_iter();
    let goods = goods.filter(|it| it.ends_with("good.mlnet"));
    let goods = goods.map(|it| (tree::from_root(&it), Project::cut("in.mlnet", &tree::text(&it))));
    examples.into_iter().chain(goods).collect()
}

/// Where the words of four letters and more are, outside of comments and strings.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(['#', '"']).next().unwrap_or("");
        let mut at = 0;
        for word in code.split(|it: char| !it.is_ascii_lowercase()) {
            if word.len() >= 4 {
                words.push((start + at, start + at + word.len()));
            }
            at += word.len() + 1;
        }
        start += line.len();
    }
    words
}

/// The word with one slip: a letter too few, too many, wrong or swapped with its neighbor.
fn slip(word: &str, at: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = 1 + at % (letters.len() - 2);
    match at % 4 {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        2 => letters[place] = if letters[place] == 'x' { 'y' } else { 'x' },
        _ => letters.swap(place, place + 1),
    }
    letters.into_iter().collect()
}
