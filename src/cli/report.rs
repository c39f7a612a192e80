//! `mlnetc report`: documents beside the manifests, by templates of mlnetc or of the project.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::args::{Global, Report};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, document, project, template};
use crate::report;

const NAME: Style = AnsiColor::Cyan.on_default();

/// Writes one report, or says which there are.
pub(super) fn run(
    args: &Report,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let Some(kind) = &args.kind else {
        terminal.result(&list())?;
        return Ok(Answer::Yes);
    };
    if !kind.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.')) {
        return Err(unknown(kind));
    }
    let Some((document, root)) = document::read(&args.source, global, terminal)? else {
        return Ok(Answer::No);
    };
    let text = match (own(&root, kind)?, report::template(kind)) {
        (Some(own), _) => template::render(kind, &own, &document),
        (None, Some(template)) => report::render(kind, template, &document),
        (None, None) => return Err(unknown(kind)),
    };
    let text = text.map_err(|it| Failure::usage(format!("the template of `{kind}`: {it}")))?;
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

/// The project's own template, if it has one.
fn own(root: &Path, kind: &str) -> Result<Option<String>, Failure> {
    let path = format!("reports/{kind}.j2");
    if !root.join(&path).exists() {
        return Ok(None);
    }
    let text = project::inside(root, &path);
    text.map(Some).map_err(|why| Failure::usage(format!("cannot read `{path}`: {why}")))
}

fn list() -> String {
    let mut text = String::new();
    let width = report::KINDS.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    for (name, says, _) in report::KINDS {
        let _ = writeln!(text, "{NAME}{name:width$}{NAME:#}  {says}");
    }
    text
}

fn unknown(kind: &str) -> Failure {
    let names: Vec<&str> = report::KINDS.iter().map(|(name, ..)| *name).collect();
    let help =
        format!("there are {}; a project adds its own as `reports/NAME.j2`", names.join(", "));
    Failure::usage_help(format!("no report is called `{kind}`"), help)
}
