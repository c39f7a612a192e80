//! Lint for prose: phrases that hide the subject of a sentence or replace a standard word.
//!
//! The lint reads the files of [`CLEAN`] and the output of `--help`. To extend it, rewrite a folder, add the
//! folder to [`CLEAN`], and add phrases to [`PHRASES`]. Code in Markdown (fenced blocks and backticks) is not
//! prose; of a Rust file only comments are.

use std::path::Path;

use super::case::Cases;
use super::{help, tree};

/// Files and folders whose prose contains none of the phrases: (path, end of the file names).
const CLEAN: &[(&str, &str)] = &[
    ("README.md", ""),
    ("CHANGELOG.md", ""),
    ("CONTRIBUTING.md", ""),
    ("ARCHITECTURE.md", ""),
    ("conformance", ".md"),
    ("docs", ".md"),
    ("examples", ".md"),
    ("examples", ".mlnet"),
    ("golden/README.md", ""),
    ("golden", "mistakes.txt"),
    ("golden/diagnostics", "README.md"),
    ("src", ".rs"),
    ("stdlib", ".mlnet"),
];

/// Phrases that are never right, with the plain alternative.
const PHRASES: &[(&str, &str)] = &[
    ("anybody", "every client, every user"),
    ("are said", "are reported, are printed"),
    ("are told", "are reported"),
    ("everybody", "every client, every team, all users"),
    ("goes no more", "is removed, no longer exists"),
    ("in silence", "silently, without an error"),
    ("in vain", "without effect"),
    ("is no more", "no longer exists"),
    ("is said", "is reported, is printed"),
    ("is told", "is reported"),
    ("lest", "so that … not"),
    ("let through", "allow"),
    ("lets in", "allows"),
    ("lets through", "allows"),
    ("made anew", "created again"),
    ("no more goes", "is removed"),
    ("of nothing", "name the subject"),
    ("of which nobody", "name the subject and use an active verb"),
    ("says so", "reports it, prints a message"),
    ("so many", "the number, or `at most N`"),
    ("somebody", "name the owner, the tool or the user"),
    ("take in", "contain, include"),
    ("takes in", "contains, includes"),
    ("that which", "name the thing"),
    ("the one that", "repeat the noun"),
    ("the ones that", "repeat the noun"),
    ("to say about", "the diagnostics of"),
    ("way out", "fix"),
    ("what is said", "the diagnostics"),
    ("what stands", "the text, the value"),
    ("what there is", "name the things"),
    ("who asks", "the caller, the client"),
    ("whoever", "name the person or the program"),
    ("whom", "name the client, the server or the owner"),
    ("whose it is", "the owner"),
    ("without a word", "silently, without an error"),
];

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("prose: the clean files use plain words", files);
    cases.faults("prose: --help uses plain words", helps);
    cases.faults("prose: the lint finds what it must", finds);
}

fn files() -> Vec<String> {
    let paths = CLEAN.iter().flat_map(|(path, end)| match tree::root(path) {
        file if file.is_file() => vec![file],
        _ => tree::files_ending(path, end),
    });
    let mut faults = Vec::new();
    for path in paths {
        let name = tree::from_root(&path);
        faults.extend(find(&name, &prose(&path, &tree::text(&path))));
    }
    faults
}

/// Returns the faults of each help page, named by its command line.
fn helps() -> Vec<String> {
    let page = |command: &&str| (format!("mlnetc {command} --help"), help::page(command));
    help::COMMANDS.iter().map(page).flat_map(|(name, text)| find(&name, &text)).collect()
}

/// Returns the text of a file with everything that is not prose replaced by spaces; line numbers stay the same.
fn prose(path: &Path, text: &str) -> String {
    match path.extension().and_then(|it| it.to_str()) {
        Some("md") => without_code(text),
        Some("rs") => comments(text, "//"),
        _ => text.to_owned(),
    }
}

/// Returns Markdown without fenced blocks and without code in backticks.
fn without_code(text: &str) -> String {
    let mut result = String::new();
    let (mut is_fenced, mut is_code) = (false, false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            is_code = false;
        } else if !is_fenced {
            is_code &= !line.is_empty();
            for letter in line.chars() {
                is_code ^= letter == '`';
                result.push(if is_code || letter == '`' { '`' } else { letter });
            }
        }
        result.push('\n');
    }
    result
}

/// Returns the comments of a file: of each line the part from the mark on.
fn comments(text: &str, mark: &str) -> String {
    let comment = |line: &str| line.find(mark).and_then(|at| line.get(at..)).map(str::to_owned);
    let lines = text.lines().map(|it| comment(it).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns one line for each phrase in a text: `PATH:LINE: …`. A phrase may continue on the next line.
fn find(name: &str, text: &str) -> Vec<String> {
    let mut words: Vec<(usize, String)> = Vec::new();
    for (line, content) in text.lines().enumerate() {
        let letter = |it: char| it.is_alphanumeric() || it == '\'' || it == '`' || it == '-';
        let parts = content.split_inclusive(|it: char| !letter(it));
        for part in parts {
            let word = part.trim_matches(|it: char| !letter(it));
            if !word.is_empty() {
                words.push((line + 1, word.to_lowercase()));
            }
            if part.ends_with(['.', ',', ';', ':', '|']) {
                words.push((line + 1, String::new()));
            }
        }
    }
    let mut faults = Vec::new();
    for (phrase, plain) in PHRASES {
        let phrase_words: Vec<&str> = phrase.split(' ').collect();
        let same = |it: &&[(usize, String)]| it.iter().map(|(_, word)| word).eq(&phrase_words);
        let found = words.windows(phrase_words.len()).filter(same).filter_map(|it| it.first());
        faults.extend(found.map(|(line, _)| format!("{name}:{line}: `{phrase}`; write: {plain}")));
    }
    faults
}

fn finds() -> Vec<String> {
    let text = "A sentence, as somebody\nwrites it.\n\n```\nwhoever\n```\n\nNot `whoever`; what is\n\
                said here. So, many cases.\n";
    let expected = ["x.md:1: `somebody`", "x.md:8: `what is said`", "x.md:8: `is said`"];
    let found = find("x.md", &without_code(text));
    let starts = |it: &&&str| !found.iter().any(|fault| fault.starts_with(**it));
    let mut faults: Vec<String> =
        expected.iter().filter(starts).map(|it| format!("not found: {it}")).collect();
    if found.len() != expected.len() {
        faults.push(format!("found: {found:?}"));
    }
    faults
}
