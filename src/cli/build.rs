//! `mlnetc build`: compiles each cluster, writes its folder and the lock.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;

use super::args::{Build, Global};
use super::compiled::Compiled;
use super::failure::{Failure, shown};
use super::output::{Change, Output};
use super::terminal::{Terminal, counted};
use super::{Answer, compiled};
use crate::compile::Built;
use crate::emit::Tree;
use crate::objects::Object;

const NAME: Style = Style::new().bold();

/// Compiles, and writes unless something stops it.
pub(super) fn run(
    args: &Build,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let compiled = compiled::read(&args.source, global, terminal)?;
    let Some(built) = &compiled.built else { return Ok(Answer::No) };
    if args.locked && !compiled.lock.difference().is_none() {
        say_lock(&compiled, "`--locked`: this build would change", terminal);
        return Ok(Answer::No);
    }
    if args.output == Path::new("-") {
        if args.check {
            return Err(Failure::usage("`--check` needs a folder: `-o DIR`"));
        }
        return stream(&compiled, built, terminal);
    }
    // What is wrong with one folder is found before another is written.
    let trees: Vec<Tree> = built.iter().map(|it| it.tree(&compiled.program.files)).collect();
    let folders = built.iter().map(|it| args.output.join(it.cluster.node.as_str()));
    let outputs = folders.zip(&trees).map(|(folder, it)| Output::new(folder, &it.files));
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    let mut changes = outputs.iter().map(Output::change).collect::<Result<Vec<_>, _>>()?;
    if !args.check {
        compiled.lock.write()?;
        changes = outputs.iter().map(Output::write).collect::<Result<Vec<_>, _>>()?;
    }
    for ((built, output), change) in built.iter().zip(&outputs).zip(&changes) {
        terminal.result(&summary(built, output, change, args.check))?;
    }
    let lock = compiled.lock.difference();
    if args.check && !lock.is_none() {
        terminal.result(&format!("`{}` is stale:\n", compiled.lock.path().display()))?;
    }
    for line in lock.lines() {
        terminal.result(&format!("  {line}\n"))?;
    }
    let stale = args.check && !(lock.is_none() && changes.iter().all(Change::is_none));
    Ok(if stale { Answer::No } else { Answer::Yes })
}

/// Every cluster's manifests as one YAML stream on stdout.
fn stream(
    compiled: &Compiled,
    built: &[Built],
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    compiled.lock.write()?;
    say_lock(compiled, "changed", terminal);
    for (at, it) in built.iter().enumerate() {
        if at > 0 {
            terminal.result("---\n")?;
        }
        let tree = it.tree(&compiled.program.files);
        let beside = tree.files.iter().map(|(path, _)| path.as_str());
        let beside = beside.filter(|it| it.starts_with("helm/") || it.starts_with("patches/"));
        let beside: Vec<_> = beside.collect();
        if !beside.is_empty() {
            let cluster = &it.cluster;
            let list = beside.join(", ");
            terminal.remark(&format!("{cluster}: not in the stream, but in `-o DIR`: {list}"));
        }
        let text = String::from_utf8(tree.stream());
        terminal.result(&text.expect("INVARIANT: what is emitted is text"))?;
    }
    Ok(Answer::Yes)
}

fn say_lock(compiled: &Compiled, what: &str, terminal: &mut Terminal) {
    let lines = compiled.lock.difference().lines();
    if !lines.is_empty() {
        let path = compiled.lock.path().display();
        terminal.remark(&format!("{what} `{path}`\n  {}", lines.join("\n  ")));
    }
}

/// What a person wants to know: how much, where, what changed.
fn summary(built: &Built, output: &Output<'_>, change: &Change, is_check: bool) -> String {
    let (mut values, mut patches, mut objects) = (0, 0, 0);
    for it in &built.objects {
        match it.object {
            Object::HelmValues(_) => values += 1,
            Object::WorkloadPatch(_) => patches += 1,
            Object::Namespace(_)
            | Object::NetworkPolicy(_)
            | Object::Service(_)
            | Object::Installation(_)
            | Object::IpAddressPool(_)
            | Object::Advertisement(_) => objects += 1,
        }
    }
    let objects =
        [counted(objects, "object"), counted(values, "values document"), counted(patches, "patch")];
    let objects = objects.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let objects = if objects.is_empty() { "no objects".to_owned() } else { objects };
    let files = counted(output.count(), "file").unwrap_or_default();
    let (name, folder) = (&built.cluster, shown(output.folder()));
    let mut text = format!("{NAME}{name}{NAME:#}: {objects}, {files} in {folder}");
    let parts =
        [(&change.added, "new"), (&change.changed, "changed"), (&change.removed, "removed")];
    let parts = parts.iter().filter(|(files, _)| !files.is_empty());
    let parts: Vec<_> = parts.map(|(files, what)| format!("{} {what}", files.len())).collect();
    let would = if is_check { "stale: " } else { "" };
    if parts.is_empty() {
        text.push_str("; nothing changed\n");
    } else {
        let _ = writeln!(text, "; {would}{}", parts.join(", "));
    }
    // A few changes are worth a look at each; many are what `git diff` is for.
    if change.count() <= 8 && (is_check || change.added.len() < output.count()) {
        let lines = [("+", &change.added), ("~", &change.changed), ("-", &change.removed)];
        for (sign, files) in lines {
            for it in files {
                let _ = writeln!(text, "  {sign} {it}");
            }
        }
    }
    if built.assertions > 0 {
        let assertions = counted(built.assertions, "assertion").unwrap_or_default();
        let were = if built.assertions == 1 { "was" } else { "were" };
        let _ = writeln!(text, "  {assertions} {were} not evaluated");
    }
    text
}
