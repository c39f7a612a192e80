//! `mlnetc diff`: what the source asks for against manifests, or what a cluster has.

use super::args::{Diff, DiffOutput, Global};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, compiled, snapshot};
use crate::compile::Built;
use crate::connections::Source;
use crate::diff;
use crate::diff::render::{self, About};

/// Compares one cluster of the source with a live side.
pub(super) fn run(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let cluster = snapshot::read(&args.against)?;
    let compiled = compiled::read(&args.source, global, terminal)?;
    let Some(built) = &compiled.built else { return Ok(Answer::No) };
    let built = only(built)?;
    let files = &compiled.program.files;
    let source = Source { model: &built.model, objects: &built.objects, files };
    let said = diff::with_cluster(source, cluster);
    let against = snapshot::called(&args.against);
    let about = About { cluster: built.cluster.node.as_str(), against: &against };
    let text = match args.output {
        // The terminal takes the colors out where nobody would see them.
        DiffOutput::Text => render::text(&said, about, true),
        DiffOutput::Json => format!("{:#}\n", render::json(&said, about)),
        DiffOutput::Markdown => render::markdown(&said, about),
    };
    terminal.result(&text)?;
    Ok(if said.is_same() { Answer::Yes } else { Answer::No })
}

/// A live side is one cluster's.
fn only(built: &[Built]) -> Result<&Built, Failure> {
    match built {
        [one] => Ok(one),
        [] => Err(Failure::usage("the source declares no cluster")),
        several => {
            let names =
                several.iter().map(|it| it.cluster.node.as_str()).collect::<Vec<_>>().join(", ");
            let help = "`--cluster NAME` says which one to compare";
            Err(Failure::usage_help(format!("the source declares several clusters: {names}"), help))
        }
    }
}
