//! `mlnetc diff`: the objects of the source compared with those of a cluster, of a revision or of another folder.

mod desired;
#[cfg(feature = "live")]
mod live;
mod pairs;
mod revision;
mod side;
mod verdict;

use std::path::Path;

use super::answer::Answer;
use super::args::{Diff, Global};
use super::failure::Failure;
use super::snapshot;
use super::terminal::Terminal;
use crate::compile;
use crate::diff;
use crate::lint;

/// Compares two sides, prints the differences and returns the verdict.
pub(super) fn run(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if let [old, new] = args.between.as_slice() {
        if args.source.path != Path::new(".") {
            let help = "`--between OLD NEW` names both sides";
            return Err(Failure::usage_help("`PATH` and `--between` exclude each other", help));
        }
        return pairs::between(args, old, new, global, terminal);
    }
    let Some(against) = &args.against else { return of_context(args, global, terminal) };
    match against.to_str().and_then(|it| it.strip_prefix("git:")) {
        Some(revision) => pairs::since(args, revision, global, terminal),
        None => cluster(args, against, global, terminal),
    }
}

/// Compares with the cluster of a kubeconfig context.
#[cfg(feature = "live")]
fn of_context(args: &Diff, global: &Global, terminal: &mut Terminal) -> Result<Answer, Failure> {
    live::run(args, global, terminal)
}

/// Fails: this build of mlnetc cannot read a cluster.
#[cfg(not(feature = "live"))]
fn of_context(_: &Diff, _: &Global, _: &mut Terminal) -> Result<Answer, Failure> {
    let help = "`--against FILE` compares with a snapshot: `kubectl get … -A -o yaml`; `cargo build \
     --features live` makes a build that reads clusters";
    Err(Failure::usage_help("this build of mlnetc cannot read clusters", help))
}

/// Compares one cluster of the source with a snapshot.
fn cluster(
    args: &Diff,
    against: &Path,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let cluster = snapshot::read(against)?;
    desired::compare(args, global, terminal, |source, diagnostics, _| {
        lint::cluster(source.model, &cluster, diagnostics);
        let proof = compile::proof(source.model, source.objects);
        lint::broken_rules(proof, &cluster, source.files, diagnostics);
        Ok((snapshot::called(against), diff::with_cluster(source, cluster)))
    })
}
