//! The comparison with the cluster of a context of the kubeconfig.

use super::super::answer::Answer;
use super::super::args::{Diff, Global};
use super::super::failure::Failure;
use super::super::live;
use super::super::terminal::Terminal;
use super::desired;
use crate::compile;
use crate::diff;
use crate::lint;

/// Compares one cluster of the source with the cluster of a context.
pub(super) fn run(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if args.rbac {
        terminal.result(&live::cluster_role())?;
        return Ok(Answer::Yes);
    }
    desired::compare(args, global, terminal, |source, diagnostics, terminal| {
        let mut reading = live::read(args.context.as_deref(), args.timeout, terminal)?;
        reading.findings(source.objects, diagnostics);
        lint::cluster(source.model, &reading.cluster.manifests, diagnostics);
        let proof = compile::proof(source.model, source.objects);
        lint::broken_rules(proof, &reading.cluster.manifests, source.files, diagnostics);
        if !args.no_dry_run {
            reading.try_apply(source, terminal, diagnostics)?;
        }
        let against = reading.called().to_owned();
        Ok((against, diff::with_live(source, reading.cluster)))
    })
}
