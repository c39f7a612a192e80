//! Against the cluster of a context of the kubeconfig.

use super::super::args::{Diff, Global};
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Answer, compiled, live};
use super::only;
use crate::connections::Source;
use crate::diff;
use crate::diff::render::{About, Answer as Answered};
use crate::findings;

/// Compares one cluster of the source with that of a context.
pub(super) fn run(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if args.rbac {
        terminal.result(&live::cluster_role())?;
        return Ok(Answer::Yes);
    }
    let (compiled, mut said, root) = compiled::read_silently(&args.source, global, terminal)?;
    let files = &compiled.program.files;
    let Some(built) = compiled.built.as_deref().filter(|_| !said.has_errors()) else {
        terminal.diagnostics(files, said.sorted(), &root)?;
        return Ok(Answer::No);
    };
    let built = only(built)?;
    let mut reading = match live::read(args.context.as_deref(), args.timeout, terminal) {
        Ok(reading) => reading,
        Err(why) => {
            said.push(*why);
            terminal.diagnostics(files, said.sorted(), &root)?;
            return Err(Failure::Said);
        }
    };
    let source = Source { model: &built.model, objects: &built.objects, files };
    reading.findings(&built.objects, &mut said);
    findings::cluster(&built.model, &reading.cluster.manifests, &mut said);
    said.meet(files, &compiled.program.expectations, false);
    if !args.no_dry_run
        && let Err(why) = reading.try_apply(source, terminal, &mut said)
    {
        said.push(*why);
        terminal.diagnostics(files, said.sorted(), &root)?;
        return Err(Failure::Said);
    }
    let against = reading.called().to_owned();
    let compared = diff::with_live(source, reading.cluster);
    let said = said.sorted();
    let refused = global.refuses(&said);
    terminal.diagnostics(files, said, &root)?;
    let name = Some(built.cluster.node.as_str());
    let about = About { cluster: name, desired: None, against: &against };
    let answer = super::answer(args, &[Answered { about, said: compared }], &root, terminal)?;
    Ok(if refused { Answer::No } else { answer })
}
