//! `mlnetc blame`: which source lines made a line of the output.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::answer::Answer;
use super::args::Blame;
use super::failure::{Failure, below};
use super::output;
use super::terminal::Terminal;
use crate::diagnostics::{Code, Message};
use crate::emit::index::{self, Index, SourcePlace};
use crate::emit::{self, LineOrigin};

const PLACE: Style = AnsiColor::Cyan.on_default();

/// Prints the origins of a line, or of every line of a file.
pub(super) fn run(args: &Blame, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let (path, line) = place(&args.place)?;
    let content = text(&path)?;
    let (folder, index) = index_of(&path)?;
    let name = below(&folder, &path);
    let name: Vec<_> = name.iter().map(|it| it.to_string_lossy()).collect();
    let name = name.join("/");
    if name != index::FILE && index.documents(&name).next().is_none() {
        let message = format!("mlnetc did not write `{}`", path.display());
        return Err(Failure::usage_help(
            message,
            "name a file that is listed in `index.json` of the same folder",
        ));
    }
    let origins = emit::blame(&name, &content, &index);
    if !origins.is_current {
        let why = "changed since mlnetc wrote it: the line numbers may no longer match";
        let text = format!("`{}` {why}", path.display());
        terminal.message(&Message::new(Code::N1033, text));
    }
    let text = match line {
        None => whole(&origins.lines),
        Some(line) => {
            let found = line.checked_sub(1).and_then(|it| origins.lines.get(it));
            let lines = origins.lines.len();
            let message = format!("`{}` has {lines} lines, and no line {line}", path.display());
            one(&path, found.ok_or_else(|| Failure::usage(message))?)
        }
    };
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

/// Parses `FILE` or `FILE:LINE`; an existing file whose name ends with `:LINE` is a file.
fn place(text: &str) -> Result<(PathBuf, Option<usize>), Failure> {
    let path = PathBuf::from(text);
    if path.exists() {
        return Ok((path, None));
    }
    // `grep -n` prints a colon after the number, too.
    let parts = text.trim_end_matches(':').rsplit_once(':');
    match parts.and_then(|(path, line)| Some((PathBuf::from(path), line.parse().ok()?))) {
        Some((path, line)) => Ok((path, Some(line))),
        None => Err(Failure::usage_help(
            format!("there is no file `{text}`"),
            "name a file that `mlnetc build` wrote: build/lab/platform/namespaces.yaml:7",
        )),
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    let missing = || Failure::usage(format!("there is no file `{}`", path.display()));
    let bytes = output::read(path)?.ok_or_else(missing)?;
    let not_text = |_| Failure::usage(format!("`{}` is not UTF-8", path.display()));
    String::from_utf8(bytes).map_err(not_text)
}

/// Reads the index of the output folder that contains a file.
fn index_of(path: &Path) -> Result<(PathBuf, Index), Failure> {
    for folder in path.ancestors().skip(1) {
        let Some(json) = output::read(&folder.join(index::FILE))? else { continue };
        let index = Index::read(&json).map_err(|why| {
            let file = folder.join(index::FILE);
            Failure::usage_help(
                format!("cannot use `{}`: {why}", file.display()),
                "build the folder again",
            )
        })?;
        return Ok((folder.to_path_buf(), index));
    }
    Err(Failure::usage_help(
        format!("there is no {} beside or above `{}`", index::FILE, path.display()),
        "name a file in a folder that `mlnetc build` wrote",
    ))
}

fn shown(place: &SourcePlace) -> String {
    format!("{}:{}", place.source, place.line)
}

/// Returns every line with its first place in front, like `git blame`.
fn whole(lines: &[LineOrigin]) -> String {
    let places: Vec<String> = lines
        .iter()
        .map(|line| match line.places.as_slice() {
            [] => String::new(),
            [one] => shown(one),
            [first, rest @ ..] => format!("{} +{}", shown(first), rest.len()),
        })
        .collect();
    let width = places.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (place, line) in places.iter().zip(lines) {
        let row = format!("{PLACE}{place:width$}{PLACE:#} | {}", line.text);
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

/// Returns a line with all of its places, and the expansions that led to it.
fn one(path: &Path, line: &LineOrigin) -> String {
    let mut text = format!("{}:{}: {}\n", path.display(), line.line, line.text.trim());
    let pointer = if line.path.is_empty() { String::new() } else { format!(" {}", line.path) };
    let _ = writeln!(text, "  is of {}{pointer}", line.object);
    for place in &line.places {
        let _ = writeln!(text, "  from {PLACE}{}:{}{PLACE:#}", shown(place), place.column);
        for step in &place.via {
            let _ =
                writeln!(text, "    through {}, used in {}:{}", step.what, step.source, step.line);
        }
    }
    text
}
