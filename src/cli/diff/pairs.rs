//! Comparisons without a cluster: a project with an earlier revision, or one side with another.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::answer::Answer;
use super::super::args::{Diff, Global, Source};
use super::super::failure::Failure;
use super::super::project;
use super::super::terminal::Terminal;
use super::revision;
use super::side::Side;
use super::verdict;
use crate::diff;
use crate::diff::render::{About, Answer as Answered};

/// Compares a project with an earlier revision.
pub(super) fn since(
    args: &Diff,
    revision: &str,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let old = revision::read(&args.source.path, revision, terminal)?;
    let Some(new) = Side::new(&args.source, global, terminal)? else { return Ok(Answer::No) };
    let against = format!("git:{revision}");
    let root = project::root(&args.source.path);
    answer(args, (&old, &new), None, &against, root, terminal)
}

/// Compares two folders or files.
pub(super) fn between(
    args: &Diff,
    old: &Path,
    new: &Path,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let source = Source { path: new.to_path_buf(), cluster: args.source.cluster.clone() };
    let before = Side::old(old, global, terminal)?;
    let Some(after) = Side::new(&source, global, terminal)? else { return Ok(Answer::No) };
    // Places that manifests record are shown with the paths of their project.
    let root = match &after {
        Side::Project(..) => project::root(new),
        Side::Manifests(_) => Path::new(""),
    };
    let called = (old.display().to_string(), new.display().to_string());
    answer(args, (&before, &after), Some(&called.1), &called.0, root, terminal)
}

fn answer(
    args: &Diff,
    (old, new): (&Side, &Side),
    desired: Option<&str>,
    against: &str,
    root: &Path,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let all: BTreeSet<&str> = old.clusters().into_iter().chain(new.clusters()).collect();
    let wanted = args.source.cluster.as_deref();
    let clusters: Vec<&str> =
        all.iter().copied().filter(|it| wanted.is_none_or(|name| *it == name)).collect();
    if clusters.is_empty() && !all.is_empty() {
        let names = all.into_iter().collect::<Vec<_>>().join(", ");
        let message = format!("neither side has a cluster `{}`", wanted.unwrap_or_default());
        return Err(Failure::usage_help(message, format!("existing clusters: {names}")));
    }
    let are_manifests = [old, new].iter().any(|it| matches!(it, Side::Manifests(_)));
    if are_manifests && clusters.len() > 1 {
        let names = clusters.join(", ");
        let message =
            format!("manifests describe one cluster, and the source declares several: {names}");
        return Err(Failure::usage_help(
            message,
            "`--cluster NAME` selects the cluster to compare",
        ));
    }
    let one = |cluster: Option<&'_ str>| {
        let name = cluster.unwrap_or_default();
        diff::between(&old.output(name), &new.output(name))
    };
    let names: Vec<Option<&str>> =
        if clusters.is_empty() { vec![None] } else { clusters.into_iter().map(Some).collect() };
    let answers: Vec<Answered<'_>> = names
        .into_iter()
        .map(|cluster| Answered {
            about: About { cluster, desired, against },
            comparison: one(cluster),
        })
        .collect();
    verdict::answer(args, &answers, root, terminal)
}
