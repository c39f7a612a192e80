//! `mlnetc explain`: the pages of the diagnostics catalog.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::answer::Answer;
use super::args::Explain;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::{Code, FAMILIES, nearest};

const HEADING: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

/// Prints the page of a code, or the list of all codes.
pub(super) fn run(args: &Explain, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let text = match &args.code {
        None => catalog(),
        Some(word) => page(Code::parse(word).ok_or_else(|| unknown(word))?),
    };
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

fn unknown(word: &str) -> Failure {
    let upper = word.to_uppercase();
    let meant = nearest(&upper, Code::ALL.iter().map(|it| it.as_str()));
    let help = meant.map_or_else(
        || "`mlnetc explain` lists every code".to_owned(),
        |it| format!("did you mean `{it}`? `mlnetc explain` lists every code"),
    );
    Failure::usage_help(format!("there is no code `{word}`"), help)
}

fn page(code: Code) -> String {
    let row = code.row();
    let mut text = format!("{HEADING}{code}: {}{HEADING:#}\n\n", row.title);
    for line in row.page.trim().lines() {
        let _ = match line.strip_prefix("## ") {
            Some(heading) => writeln!(text, "{HEADING}{heading}{HEADING:#}"),
            None => writeln!(text, "{line}"),
        };
    }
    let parts =
        [("Failing example", row.bad), ("Message", row.message), ("Fixed example", row.good)];
    for (title, body) in parts.into_iter().filter(|(_, body)| !body.trim().is_empty()) {
        let _ = write!(text, "\n{HEADING}{title}{HEADING:#}\n\n");
        for line in body.trim_end().lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    text
}

fn catalog() -> String {
    let mut text = String::new();
    for (digits, family) in FAMILIES {
        let codes = Code::ALL.iter().filter(|it| it.as_str().get(1..3) == Some(*digits));
        let codes: Vec<_> = codes.collect();
        if codes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{HEADING}{family}{HEADING:#}");
        for code in codes {
            let _ = writeln!(text, "  {CODE}{code}{CODE:#}  {}", code.row().title);
        }
        text.push('\n');
    }
    text.push_str(
        "E is an error and stops the build, W is a warning, N is a note. `mlnetc explain CODE` shows the page of a code.\n",
    );
    text
}
