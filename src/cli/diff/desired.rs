//! The comparison of one cluster of the source with a live side: a snapshot or a cluster of a context.

use super::super::answer::Answer;
use super::super::args::{Diff, Global};
use super::super::compiled;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::verdict;
use crate::compile::Built;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::diff::Comparison;
use crate::diff::render::{About, Answer as Answered};
use crate::impact::Source;

/// The name of the live side and the differences; or the reason why nothing was compared.
type Compared = Result<(String, Comparison), Box<Diagnostic>>;

/// Compiles one cluster of the source, compares it, and prints the diagnostics and the differences.
pub(super) fn compare(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
    with_live: impl FnOnce(Source<'_>, &mut Diagnostics, &mut Terminal) -> Compared,
) -> Result<Answer, Failure> {
    let (compiled, mut diagnostics, root) =
        compiled::read_silently(&args.source, global, terminal)?;
    let files = &compiled.files;
    let Some(built) = compiled.built.as_deref().filter(|_| !diagnostics.has_errors()) else {
        terminal.diagnostics(files, diagnostics.sorted(), &root)?;
        return Ok(Answer::No);
    };
    let built = only(built)?;
    let source = Source { model: &built.model, objects: &built.objects, files };
    let compared = with_live(source, &mut diagnostics, terminal);
    diagnostics.meet(files, &compiled.expectations, false);
    let (against, compared) = match compared {
        Ok(compared) => compared,
        Err(why) => {
            diagnostics.push(*why);
            terminal.diagnostics(files, diagnostics.sorted(), &root)?;
            return Err(Failure::Reported);
        }
    };
    let diagnostics = diagnostics.sorted();
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(files, diagnostics, &root)?;
    let name = Some(built.cluster.node.as_str());
    let about = About { cluster: name, desired: None, against: &against };
    let answer =
        verdict::answer(args, &[Answered { about, comparison: compared }], &root, terminal)?;
    Ok(if refused { Answer::No } else { answer })
}

/// Returns the only cluster of the source: a live side is one cluster.
fn only(built: &[Built]) -> Result<&Built, Failure> {
    match built {
        [one] => Ok(one),
        [] => Err(Failure::usage("the source declares no cluster")),
        several => {
            let names =
                several.iter().map(|it| it.cluster.node.as_str()).collect::<Vec<_>>().join(", ");
            let help = "`--cluster NAME` selects the cluster to compare";
            Err(Failure::usage_help(format!("the source declares several clusters: {names}"), help))
        }
    }
}
