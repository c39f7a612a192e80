//! Help pages at several terminal widths: the examples can be copied from each page.

use std::process::Command;

use libtest_mimic::Failed;

use super::case::{Cases, none};
use super::folder::text;

/// Every command with a help page.
pub(crate) const COMMANDS: &[&str] = &[
    "",
    "check",
    "build",
    "blame",
    "diff",
    "query",
    "report",
    "graph",
    "explain",
    "stdlib",
    "init",
    "krm",
    "completions",
    "man",
];

/// Terminal widths: narrower than the examples, equal, and wider.
const WIDTHS: [&str; 3] = ["60", "80", "100"];

/// Greatest number of lines of a short help page.
const SHORT: usize = 40;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("help: examples keep their lines in every terminal", examples_are_verbatim);
    cases.faults("help: manual pages keep the lines of the examples", manual_pages);
    cases.faults("help: short help is short", short);
    cases.add("help: every command has a page", |_| every_command());
}

/// Returns the help page of a command at 100 columns.
pub(crate) fn page(command: &str) -> String {
    mlnetc(&[command, "--help"], "100")
}

fn mlnetc(arguments: &[&str], width: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
    command.args(arguments.iter().filter(|it| !it.is_empty())).env("COLUMNS", width);
    text(&command.output().expect("mlnetc runs").stdout)
}

/// Returns the text below the options.
fn below(page: &str) -> &str {
    let start = ["Examples:", "`mlnetc krm` reads"].iter().filter_map(|it| page.find(it)).min();
    start.and_then(|it| page.get(it..)).unwrap_or_default()
}

/// Returns the commands of a page as a script.
fn script(below: &str) -> String {
    let lines = below.lines().skip_while(|it| *it != "Examples:").skip(1);
    let lines: Vec<&str> = lines.take_while(|it| !it.is_empty()).collect();
    lines.join("\n")
}

fn examples_are_verbatim() -> Vec<String> {
    let mut faults = Vec::new();
    for command in COMMANDS {
        let pages = WIDTHS.map(|width| mlnetc(&[command, "--help"], width));
        let [narrow, usual, wide] = pages.each_ref().map(|it| below(it));
        if narrow != usual || usual != wide || narrow.contains('\u{a0}') {
            faults.push(format!(
                "{command}: the text below the options depends on the width:\n{narrow}"
            ));
        }
        if usual.lines().any(|it| it.chars().count() > 80) {
            faults.push(format!("{command}: a line has more than 80 columns:\n{usual}"));
        }
        let script = script(usual);
        let parsed = Command::new("sh").args(["-n", "-c", &script]).output().expect("sh runs");
        if script.is_empty() || !parsed.status.success() {
            faults.push(format!(
                "{command}: no script of a shell:\n{script}\n{}",
                text(&parsed.stderr)
            ));
        }
        let mut is_continued = false;
        for line in script.lines() {
            let start = ["  # ", "  mlnetc", "  kubectl ", "  kustomize "];
            let start = start.iter().any(|it| line.starts_with(it));
            if start == is_continued {
                faults.push(format!("{command}: not a command on a line of its own: {line}"));
            }
            is_continued = line.ends_with('\\');
        }
    }
    faults
}

fn manual_pages() -> Vec<String> {
    let mut faults = Vec::new();
    for command in COMMANDS {
        let page = mlnetc(&["man", command], "60");
        let (start, end) = (page.find("\n.nf\n"), page.find("\n.fi\n"));
        let kept = start.zip(end).and_then(|(start, end)| page.get(start + 5..end));
        let kept = kept
            .unwrap_or_default()
            .replace("\\-", "-")
            .replace("\\\\", "\\")
            .replace("\\*(Aq", "'");
        let kept = kept.replace("\\&", "").replace("\\e", "\\");
        let shown = mlnetc(&[command, "--help"], "80");
        if kept.is_empty() || kept.trim_end() != below(&shown).trim_end() {
            faults.push(format!("man {command}:\n{kept}\nis not\n{}", below(&shown)));
        }
        if !page.contains("\\-\\-format") {
            faults.push(format!("man {command} lacks the global options"));
        }
    }
    faults
}

fn short() -> Vec<String> {
    let mut faults = Vec::new();
    for command in COMMANDS {
        let page = mlnetc(&[command, "-h"], "80");
        let lines = page.lines().count();
        if lines > SHORT
            || page.contains("\nExamples:")
            || !page.contains("\nGlobal options: --color")
        {
            faults.push(format!("{command} -h has {lines} lines:\n{page}"));
        }
    }
    faults
}

/// Compares the list of this file with the commands of the program.
fn every_command() -> Result<(), Failed> {
    let page = mlnetc(&["-h"], "100");
    let lines = page.lines().skip_while(|it| *it != "Commands:").skip(1);
    let lines = lines.take_while(|it| !it.is_empty());
    // A description continues on lines with deeper indentation.
    let names = lines.filter_map(|it| it.strip_prefix("  ").filter(|it| !it.starts_with(' ')));
    let names: Vec<&str> = names.filter_map(|it| it.split(' ').next()).collect();
    let missing = names.iter().filter(|it| **it != "help" && !COMMANDS.contains(it));
    let missing: Vec<String> =
        missing.map(|it| format!("{it} is not in the list of the tests")).collect();
    if names.len() == COMMANDS.len() { none(&missing) } else { Err(page.into()) }
}
