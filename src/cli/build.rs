//! `mlnetc build`: compiles each cluster, writes its folder and the lock.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;

use super::answer::Answer;
use super::args::{Build, Global};
use super::compiled::Compiled;
use super::failure::{Failure, shown};
use super::lockfile::LockFile;
use super::output::{Abandoned, Change, Output};
use super::terminal::{Terminal, counted};
use super::{boundary, compiled, output};
use crate::compile::Built;
use crate::diagnostics::{Code, Diagnostics, Message};
use crate::emit::{Counts, Tree, index};
use crate::source::Files;

const NAME: Style = Style::new().bold();

/// Output and summary data of one cluster.
struct Cluster {
    name: String,
    assertions: usize,
    tree: Tree,
}

impl Cluster {
    fn of(built: Built, files: &Files) -> Result<Self, Failure> {
        let (name, assertions) = (built.cluster.node.to_string(), built.assertions);
        Ok(Self { name, assertions, tree: built.into_tree(files)? })
    }

    /// Writes the name of the project into the index. A check keeps the name that the index has: on another machine the
    /// path to the project may differ.
    fn sign(&mut self, args: &Build, project: &str) -> Result<(), Failure> {
        let folder = args.output.join(&self.name);
        let recorded = if args.check { output::recorded_project(&folder)? } else { None };
        let project = recorded.as_deref().unwrap_or(project);
        for (_, text) in self.tree.files.iter_mut().filter(|(path, _)| path == index::FILE) {
            *text = index::with_project(text, project);
        }
        Ok(())
    }
}

impl Build {
    /// Returns whether this build writes the folder of every cluster, so that a folder without a cluster is abandoned.
    fn writes_each_cluster(&self) -> bool {
        self.source.cluster.is_none() && self.output != Path::new("-")
    }
}

/// Returns the folders of clusters that the project no longer has.
fn abandoned(args: &Build, project: &str, built: &[Built]) -> Result<Vec<Abandoned>, Failure> {
    let clusters = built.iter().map(|it| it.cluster.node.as_str()).collect();
    output::abandoned(&args.output, project, &clusters)
}

/// Reports the folders of clusters that another project wrote and that this build replaces.
fn report_replaced(args: &Build, project: &str, built: &[Built], diagnostics: &mut Diagnostics) {
    for it in built {
        let folder = args.output.join(it.cluster.node.as_str());
        // A folder that cannot be read is reported where it is written.
        let recorded = output::recorded_project(&folder).unwrap_or_default();
        if let Some(other) = recorded.filter(|it| it != project) {
            diagnostics.push(output::report::replaced(&folder, &other));
        }
    }
}

/// Returns the command that removes the folders of clusters that the project no longer has.
fn prune_command(args: &Build) -> String {
    let mut command = "mlnetc build".to_owned();
    if args.source.path != Path::new(".") {
        let _ = write!(command, " {}", shown(&args.source.path));
    }
    if args.output != Path::new("build") {
        let _ = write!(command, " -o {}", shown(&args.output));
    }
    command.push_str(" --prune");
    command
}

/// Removes the abandoned folders.
fn prune(abandoned: &[Abandoned], terminal: &mut Terminal) -> Result<(), Failure> {
    for it in abandoned {
        let (name, folder) = (&it.cluster, shown(&it.folder));
        let removed = it.remove()?;
        let files = counted(removed.files, "file").unwrap_or_else(|| "no file".to_owned());
        let kept = if removed.is_kept { "; files that mlnetc did not write stay" } else { "" };
        terminal.result(&format!("{NAME}{name}{NAME:#}: removed {files} in {folder}{kept}\n"))?;
    }
    Ok(())
}

/// Compiles the project, and writes the output unless an error stops the build.
pub(super) fn run(
    args: &Build,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if let Some(boundary) = args.emit {
        return boundary::run(boundary, args, global, terminal);
    }
    let (compiled, mut diagnostics, root) =
        compiled::read_silently(&args.source, global, terminal)?;
    let Compiled { files, built, lock, .. } = compiled;
    let project = output::project(&args.source.path, &args.output)?;
    let abandoned = match &built {
        Some(built) if args.writes_each_cluster() => abandoned(args, &project, built)?,
        _ => Vec::new(),
    };
    if !args.prune {
        for it in &abandoned {
            diagnostics.push(output::report::abandoned(it, &prune_command(args)));
        }
    }
    if let Some(built) = built.as_ref().filter(|_| args.output != Path::new("-") && !args.check) {
        report_replaced(args, &project, built, &mut diagnostics);
    }
    let diagnostics = diagnostics.sorted();
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(&files, diagnostics, &root)?;
    let Some(built) = built.filter(|_| !refused) else { return Ok(Answer::No) };
    if args.locked && !lock.difference().is_none() {
        report_lock(&lock, (Code::E1002, "`--locked`: this build would change"), terminal);
        return Ok(Answer::No);
    }
    if args.output == Path::new("-") {
        if args.check || args.prune {
            let option = if args.check { "--check" } else { "--prune" };
            return Err(Failure::usage(format!("`{option}` needs a folder: `-o DIR`")));
        }
        return stream(&files, &lock, built, terminal);
    }
    let clusters = built.into_iter().map(|it| Cluster::of(it, &files));
    let mut clusters = clusters.collect::<Result<Vec<Cluster>, Failure>>()?;
    for it in &mut clusters {
        it.sign(args, &project)?;
    }
    // Errors of any folder are found before the first folder is written.
    let folders = clusters.iter().map(|it| (args.output.join(&it.name), &it.tree));
    let outputs = folders.map(|(folder, it)| Output::new(folder, &it.files));
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    let mut changes = outputs.iter().map(Output::change).collect::<Result<Vec<_>, _>>()?;
    if !args.check {
        lock.write()?;
        changes = outputs.iter().map(Output::write).collect::<Result<Vec<_>, _>>()?;
    }
    for ((cluster, output), change) in clusters.iter().zip(&outputs).zip(&changes) {
        terminal.result(&summary(cluster, output, change, args.check))?;
    }
    if args.prune {
        prune(&abandoned, terminal)?;
    }
    let moved = lock.difference();
    if args.check && !moved.is_none() {
        terminal.result(&format!("`{}` is stale:\n", lock.path().display()))?;
    }
    for line in moved.lines() {
        terminal.result(&format!("  {line}\n"))?;
    }
    let is_same = moved.is_none() && abandoned.is_empty() && changes.iter().all(Change::is_none);
    let stale = args.check && !is_same;
    Ok(if stale { Answer::No } else { Answer::Yes })
}

/// Writes the manifests of all clusters as one YAML stream to stdout.
fn stream(
    files: &Files,
    lock: &LockFile,
    built: Vec<Built>,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    lock.write()?;
    report_lock(lock, (Code::N1035, "changed"), terminal);
    for (at, it) in built.into_iter().enumerate() {
        if at > 0 {
            terminal.result("---\n")?;
        }
        let Cluster { name, tree, .. } = Cluster::of(it, files)?;
        let beside = tree.files.iter().map(|(path, _)| path.as_str());
        let beside = beside.filter(|it| it.starts_with("helm/") || it.starts_with("patches/"));
        let beside: Vec<_> = beside.collect();
        if !beside.is_empty() {
            let list = beside.join(", ");
            let text = format!("{name}: not in the stream, only in `-o DIR`: {list}");
            terminal.message(&Message::new(Code::N1034, text));
        }
        let text = String::from_utf8(tree.stream());
        terminal.result(&text.expect("INVARIANT: what is emitted is text"))?;
    }
    Ok(Answer::Yes)
}

/// Reports the addresses that change in the lock, if any.
fn report_lock(lock: &LockFile, (code, what): (Code, &str), terminal: &mut Terminal) {
    let lines = lock.difference().lines();
    if !lines.is_empty() {
        let path = lock.path().display();
        let message = Message::new(code, format!("{what} `{path}`"));
        terminal.remark(&format!("{message}\n  {}", lines.join("\n  ")));
    }
}

/// Returns the summary of a cluster: its size, its folder, and the changes.
fn summary(cluster: &Cluster, output: &Output<'_>, change: &Change, is_check: bool) -> String {
    let Counts { objects, values, patches } = cluster.tree.counts;
    let objects =
        [counted(objects, "object"), counted(values, "values document"), counted(patches, "patch")];
    let objects = objects.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let objects = if objects.is_empty() { "no objects".to_owned() } else { objects };
    let files = counted(output.count(), "file").unwrap_or_default();
    let (name, folder) = (&cluster.name, shown(output.folder()));
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
    // Up to eight changes are listed; for more, `git diff` is the better tool.
    if change.count() <= 8 && (is_check || change.added.len() < output.count()) {
        let lines = [("+", &change.added), ("~", &change.changed), ("-", &change.removed)];
        for (sign, files) in lines {
            for it in files {
                let _ = writeln!(text, "  {sign} {it}");
            }
        }
    }
    if cluster.assertions > 0 {
        let assertions = counted(cluster.assertions, "assertion").unwrap_or_default();
        let hold = if cluster.assertions == 1 { "holds" } else { "hold" };
        let _ = writeln!(text, "  {assertions} {hold}");
    }
    text
}
