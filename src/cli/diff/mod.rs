//! `mlnetc diff`: what the source asks for against what a cluster has, or against what it asked for before.

#[cfg(feature = "live")]
mod live;
mod pairs;
mod revision;
mod side;

use std::path::Path;

use super::args::{Diff, DiffOutput, Global};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, compiled, snapshot};
use crate::compile::{self, Built};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::diff::render::{self, About, Answer as Answered, Screen};
use crate::diff::{self, Comparison};
use crate::impact::Source;
use crate::lint;

/// Compares, and says whether there is something to say no to.
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

/// Compares with the cluster of a context.
#[cfg(feature = "live")]
fn of_context(args: &Diff, global: &Global, terminal: &mut Terminal) -> Result<Answer, Failure> {
    live::run(args, global, terminal)
}

/// Cannot compare with the cluster of a context.
#[cfg(not(feature = "live"))]
fn of_context(_: &Diff, _: &Global, _: &mut Terminal) -> Result<Answer, Failure> {
    let help = "`--against FILE` compares with a snapshot: `kubectl get … -A -o yaml`; `cargo build --features \
                live` makes a build that can";
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
    of_source(args, global, terminal, |source, diagnostics, _| {
        lint::cluster(source.model, &cluster, diagnostics);
        let proof = compile::proof(source.model, source.objects);
        lint::broken_rules(proof, &cluster, source.files, diagnostics);
        Ok((snapshot::called(against), diff::with_cluster(source, cluster)))
    })
}

/// What was compared: how the live side is called, and what differs; or why it cannot be.
type Compared = Result<(String, Comparison), Box<Diagnostic>>;

/// Compiles one cluster of the source, compares it, and says what there is to say of both.
fn of_source(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
    compare: impl FnOnce(Source<'_>, &mut Diagnostics, &mut Terminal) -> Compared,
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
    let compared = compare(source, &mut diagnostics, terminal);
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
    let answer = answer(args, &[Answered { about, comparison: compared }], &root, terminal)?;
    Ok(if refused { Answer::No } else { answer })
}

/// Writes the answers, and judges them.
fn answer(
    args: &Diff,
    answers: &[Answered<'_>],
    root: &Path,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let text = match args.output {
        // The terminal takes the colors out where nobody would see them.
        DiffOutput::Text => {
            render::text(answers, Screen { is_colored: true, width: Terminal::result_width() })
        }
        DiffOutput::Json => format!("{:#}\n", render::json(answers)),
        DiffOutput::Markdown => render::markdown(answers),
    };
    terminal.result(&text)?;
    terminal.annotations(&render::annotations(answers, &args.fail_on), root);
    let judged = judge(args, answers, terminal);
    let is_partial = answers.iter().any(|it| it.comparison.is_partial());
    if judged == Answer::Yes && is_partial {
        let help = "nothing differs of what could be read";
        return Err(Failure::usage_help("not everything could be compared", help));
    }
    Ok(judged)
}

/// Whether there is something to say no to.
fn judge(args: &Diff, answers: &[Answered<'_>], terminal: &mut Terminal) -> Answer {
    if args.fail_on.is_empty() {
        let is_same = answers.iter().all(|it| it.comparison.is_same());
        return if is_same { Answer::Yes } else { Answer::No };
    }
    let risks = answers.iter().flat_map(|it| it.comparison.all_risks());
    let refused = risks.filter(|(it, _)| args.fail_on.contains(&it.class)).count();
    let names: Vec<&str> = args.fail_on.iter().map(|it| it.name()).collect();
    let names = names.join(",");
    match refused {
        0 => return Answer::Yes,
        1 => terminal.remark(&format!("1 risk is refused by `--fail-on {names}`")),
        n => terminal.remark(&format!("{n} risks are refused by `--fail-on {names}`")),
    }
    Answer::No
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
