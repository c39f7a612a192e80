//! `mlnetc check --fix` and `--diff`: the safe fixes.

use std::path::Path;

use super::answer::Answer;
use super::args::{Global, Source};
use super::failure::Failure;
use super::project::{self, Project};
use super::terminal::Terminal;
use super::{compiled, output};
use crate::compile::fix::{self, Judged, Repaired};
use crate::diagnostics::Diagnostics;
use crate::diff::unified;

/// Applies the safe fixes to a project, and prints the fixes and the diagnostics that remain.
pub(super) fn run(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let (project, repaired) = repaired(source, global, terminal)?;
    let changed: Vec<_> = changed(&project, &repaired).collect();
    let files = changed.iter().map(|(path, before, after)| {
        let path = project.root.join(path);
        (path, before.as_bytes(), after.as_bytes())
    });
    output::rewrite(&files.collect::<Vec<_>>())?;
    say(&repaired, "fixed", terminal);
    let Judged { files, diagnostics } = repaired.judged;
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(&files, diagnostics, &project.root)?;
    Ok(if refused { Answer::No } else { Answer::Yes })
}

/// Prints the safe fixes as a unified diff.
pub(super) fn show(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let (project, repaired) = repaired(source, global, terminal)?;
    let mut any = false;
    for (path, before, after) in changed(&project, &repaired) {
        let path = project.root.join(path).display().to_string();
        let path = path.strip_prefix("./").unwrap_or(&path);
        terminal.result(&unified(path, before, after))?;
        any = true;
    }
    say(&repaired, "would fix", terminal);
    Ok(if any { Answer::No } else { Answer::Yes })
}

fn repaired(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Project, Repaired), Failure> {
    let mut project = project::read(&source.path, terminal)?;
    let texts = project.texts.clone();
    let (mut session, _) = compiled::open(&mut project, global)?;
    let repaired = fix::repair(texts.clone(), |texts| {
        session.update(texts.iter().cloned());
        compiled::add_schemas(&mut session, &project);
        let analysis = session.analysis();
        let mut diagnostics = Diagnostics::default();
        analysis.validate(None, &mut diagnostics)?;
        let (files, diagnostics) = (analysis.files().clone(), diagnostics.sorted());
        Ok::<_, Failure>(Judged { files, diagnostics })
    })?;
    project.texts = texts;
    Ok((project, repaired))
}

/// Returns (path, text before, text after) of each file that the fixes change.
fn changed<'a>(
    project: &'a Project,
    repaired: &'a Repaired,
) -> impl Iterator<Item = (&'a Path, &'a str, &'a str)> {
    let pairs = project.texts.iter().zip(&repaired.texts);
    pairs
        .filter(|(before, after)| before.1 != after.1)
        .map(|((path, before), (_, after))| (Path::new(path), before.as_str(), after.as_str()))
}

fn say(repaired: &Repaired, what: &str, terminal: &mut Terminal) {
    for it in &repaired.repairs {
        terminal.remark(&format!("{what} {}:{}: {} ({})", it.path, it.line, it.message, it.code));
    }
}
