//! `mlnetc report`: documents beside the manifests, from templates of mlnetc or of the project.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::answer::Answer;
use super::args::{Global, Report};
use super::document::Read;
use super::failure::Failure;
use super::terminal::Terminal;
use super::{document, project, template};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::report::{self, Cause, Document, Wrong};
use crate::source::{FileId, Files, Name, Span};

const NAME: Style = AnsiColor::Cyan.on_default();

/// Writes one report, or lists the available reports.
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
    let Read { document, cluster, mut files, place, mut diagnostics, root } =
        document::read_silently(&args.source, global, terminal)?;
    let text = match &document {
        Some(document) => {
            let asked = Asked { kind, cluster: &cluster, place };
            made(&asked, document, &root, &mut files, &mut diagnostics)?
        }
        None => None,
    };
    let is_unmade = document.is_some() && text.is_none();
    let diagnostics = diagnostics.sorted();
    let text = text.filter(|_| !global.refuses(&diagnostics));
    terminal.diagnostics(&files, diagnostics, &root)?;
    match text {
        Some(text) => terminal.result(&text).map(|()| Answer::Yes),
        None if is_unmade => Err(Failure::Reported),
        None => Ok(Answer::No),
    }
}

/// The requested report, its cluster, and the place of the cluster's declaration.
struct Asked<'a> {
    kind: &'a str,
    cluster: &'a Name,
    place: Option<Span>,
}

/// Returns the text of a report; `None` if a diagnostic reports why there is none.
fn made(
    &Asked { kind, cluster, place }: &Asked<'_>,
    document: &Document,
    root: &Path,
    files: &mut Files,
    diagnostics: &mut Diagnostics,
) -> Result<Option<String>, Failure> {
    if let Some(own) = own(root, kind)? {
        let path = format!("reports/{kind}.j2");
        let file = files.add_beside(path, own.clone());
        return Ok(template::render(kind, &own, document)
            .map_err(|wrong| diagnostics.push(unmade(kind, &wrong, files, file)))
            .ok());
    }
    let Some(template) = report::template(kind) else { return Err(unknown(kind)) };
    if report::distribution(kind).is_some_and(|it| it != document.distribution()) {
        diagnostics.push(elsewhere(kind, cluster, document.distribution(), place));
        return Ok(None);
    }
    let text = report::render(kind, template, document);
    let bug = |it: Wrong| Failure::usage(format!("the template of report `{kind}`: {it}"));
    text.map(Some).map_err(bug)
}

/// Diagnostic for a report of another distribution than the cluster's.
fn elsewhere(kind: &str, cluster: &Name, distribution: &str, place: Option<Span>) -> Diagnostic {
    let message = format!(
        "the report `{kind}` needs a {kind} cluster; `{cluster}` has `distribution = {distribution}`"
    );
    let diagnostic = match place {
        Some(place) => Diagnostic::new(Code::E0840, place, message),
        None => Diagnostic::nowhere(Code::E0840, message),
    };
    let diagnostic = diagnostic.here("this cluster");
    match report::distribution(distribution) {
        Some(other) => diagnostic.help(format!("`mlnetc report {other}` is for this cluster")),
        None => diagnostic
            .help("`mlnetc report` lists the reports; the others are for each distribution"),
    }
}

/// Diagnostic for a template of the project that fails.
fn unmade(kind: &str, wrong: &Wrong, files: &Files, file: FileId) -> Diagnostic {
    let why = match wrong.why.as_str() {
        "undefined value" => " uses an undefined value".to_owned(),
        why => format!(": {why}"),
    };
    let message = format!("the template of report `{kind}`{why}");
    let place = line(&files.file(file).text, wrong.line.unwrap_or(1));
    let place = Span { file, start: place.0, end: place.1 };
    let diagnostic = Diagnostic::new(Code::E0842, place, message);
    match wrong.cause {
        Cause::Syntax => diagnostic
            .here("not a template of mlnetc")
            .help("the language is Jinja as in https://docs.rs/minijinja, without `include`"),
        Cause::Undefined => diagnostic
            .here("the document does not have this name")
            .help("`docs/cli.md` lists the names of the document; `is defined` asks whether a value has a field"),
        Cause::Value => diagnostic.here("in this line").help("`docs/cli.md` lists the values of the document"),
        Cause::Limit => diagnostic
            .note("templates are limited, so that a project cannot block the machine that renders it")
            .help("reduce the report: fewer nested loops, less text"),
    }
}

/// Returns the first and last byte of a line, counted from 1, without the white space around it.
fn line(text: &str, number: usize) -> (u32, u32) {
    let before: usize =
        text.split_inclusive('\n').take(number.saturating_sub(1)).map(str::len).sum();
    let line = text.get(before..).unwrap_or_default().lines().next().unwrap_or_default();
    let start = before + (line.len() - line.trim_start().len());
    let offset = |it: usize| u32::try_from(it).expect("INVARIANT: templates are under 4 GiB");
    (offset(start), offset(start + line.trim().len()))
}

/// Reads the project's own template, if there is one.
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
    let help = format!(
        "existing reports: {}; a project adds its own as `reports/NAME.j2`",
        names.join(", ")
    );
    Failure::usage_help(format!("there is no report `{kind}`"), help)
}
