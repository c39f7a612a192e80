//! `docs/mistakes.md`: real mistakes without an error message, and how mlnetc handles each. The rows are in
//! `golden/mistakes.txt`; the handling is described in the `mistakes.txt` of the case that shows it, so that
//! a test proves every claim. `cargo bless` writes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use libtest_mimic::Failed;

use super::case::{Cases, Expect, none};
use super::tree;

/// Number of mistakes that were found in the original platform.
const KNOWN: usize = 86;
const AT_LEAST: usize = 70;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("pages: docs/mistakes.md is what the cases show", check);
}

fn check(expect: Expect) -> Result<(), Failed> {
    let rows = rows(&tree::text(&tree::root("golden/mistakes.txt")));
    let shown = shown();
    let mut faults = Vec::new();
    if rows.len() != KNOWN {
        faults.push(format!("golden/mistakes.txt has {} of {KNOWN} mistakes", rows.len()));
    }
    for row in &rows {
        if shown.contains_key(&row.id) == row.out.is_some() {
            faults.push(format!("{} needs a case that shows it, or a reason for none", row.id));
        }
    }
    let known = |id: &String| rows.iter().any(|it| it.id == *id);
    faults.extend(shown.keys().filter(|it| !known(it)).map(|it| format!("{it} is no mistake")));
    let met = rows.iter().filter(|it| it.out.is_none()).count();
    if met < AT_LEAST {
        faults.push(format!("{met} mistakes are met, fewer than {AT_LEAST}"));
    }
    none(&faults)?;
    expect.file(&tree::root("docs/mistakes.md"), &page(&rows, &shown, met))
}

/// A mistake.
struct Row {
    id: String,
    happened: String,
    /// The reason why mlnetc does not handle it.
    out: Option<String>,
}

/// Parses rows: `ID: what happened`, and optionally `  out: why` below.
fn rows(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines() {
        if let (Some(reason), Some(row)) = (line.strip_prefix("  out: "), rows.last_mut()) {
            row.out = Some(reason.to_owned());
        } else {
            let (id, happened) = line.split_once(": ").expect("ID: what happened");
            rows.push(Row { id: id.to_owned(), happened: happened.to_owned(), out: None });
        }
    }
    rows
}

/// Returns the cases of each mistake: (case, sentence).
fn shown() -> BTreeMap<String, Vec<(String, String)>> {
    let mut shown = BTreeMap::<String, Vec<(String, String)>>::new();
    for path in tree::files_ending("golden", "mistakes.txt") {
        let name = tree::relative(&tree::root("golden"), &path);
        let case = name.strip_suffix("mistakes.txt").unwrap_or(&name);
        if case.is_empty() {
            continue;
        }
        let case = case.trim_end_matches(['/', '.']);
        for row in rows(&tree::text(&path)) {
            shown.entry(row.id).or_default().push((case.to_owned(), row.happened));
        }
    }
    shown
}

fn page(rows: &[Row], shown: &BTreeMap<String, Vec<(String, String)>>, met: usize) -> String {
    let mut text = format!(
        "# Mistakes without an error message\n\nThe platform for which mlnetc was written had {} mistakes of this kind. \
         mlnetc prevents or reports {met} of them.\n*Refused* and *warned*: an error or a warning at the \
         line. *Shown*: in the output of `mlnetc diff`, `mlnetc query`,\n`mlnetc check --against` or a \
         report. *Cannot be written*: the language has no syntax for the mistake, or the output\nis \
         correct in any case. The tests generate this page from the linked cases.\n\n| | mistake | how \
         mlnetc handles it |\n| --- | --- | --- |\n",
        rows.len()
    );
    for row in rows {
        let done = match &row.out {
            Some(reason) => format!("*out of scope*: {reason}"),
            None => shown[&row.id].iter().map(answer).collect::<Vec<_>>().join("; "),
        };
        let _ = writeln!(text, "| {} | {} | {done} |", row.id, row.happened);
    }
    text
}

fn answer((case, sentence): &(String, String)) -> String {
    let (kind, name) = case.split_once('/').unwrap_or((case, ""));
    let (means, link) = match kind {
        "diagnostics" if name.starts_with('W') => ("warned", format!("diagnostics/{name}.md")),
        "diagnostics" => ("refused", format!("diagnostics/{name}.md")),
        "diff" | "query" | "reports" | "findings" => ("shown", format!("../golden/{case}")),
        "stdlib" => ("cannot be written", format!("stdlib/{name}.md")),
        "examples" => ("cannot be written", format!("../examples/{name}")),
        _ => ("cannot be written", format!("../golden/{case}")),
    };
    format!("*{means}*: {sentence} ([{name}]({link}))")
}
