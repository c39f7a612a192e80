//! `mlnetc query`: whether a connection is allowed, and for which reasons.

use std::path::Path;

use super::answer::Answer;
use super::args::{Global, Query, QueryOutput};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{compiled, snapshot};
use crate::diagnostics::{Diagnostics, Message, Severity};
use crate::query::{self, Output, Question, Unclear};

/// Answers a query from a project or a snapshot.
pub(super) fn run(
    args: &Query,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let (path, question) = match args.words.as_slice() {
        [question] => (None, question),
        [path, question, ..] => (Some(path), question),
        [] => return Err(Failure::usage("there is no question")),
    };
    let question = query::parse(question).map_err(unclear)?;
    let output = match args.output {
        QueryOutput::Text => Output::Text,
        QueryOutput::Json => Output::Json,
    };
    let answer = match (&args.against, path) {
        (Some(_), Some(_)) => {
            let help = "remove the path, or remove `--against`";
            return Err(Failure::usage_help("a question to a snapshot has no source", help));
        }
        (Some(against), None) => Some(of_snapshot(against, &question, output, terminal)?),
        (None, path) => {
            let path = Path::new(path.map_or(".", String::as_str));
            of_source(path, args.cluster.as_deref(), &question, output, global, terminal)?
        }
    };
    let Some(answer) = answer else { return Ok(Answer::No) };
    terminal.result(&answer.text)?;
    Ok(if answer.is_yes { Answer::Yes } else { Answer::No })
}

fn of_snapshot(
    against: &Path,
    question: &Question,
    output: Output,
    terminal: &mut Terminal,
) -> Result<query::Answer, Failure> {
    let manifests = snapshot::read(against)?;
    let (answer, invalid) = query::of_snapshot(&manifests, question, output);
    for it in invalid {
        terminal.message(&Message::left_out(&it.object, &it.why));
    }
    answer.map_err(unclear)
}

/// Returns the answer; `None` if an error stops the build. Only the diagnostics that stop the build are printed.
fn of_source(
    path: &Path,
    cluster: Option<&str>,
    question: &Question,
    output: Output,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Option<query::Answer>, Failure> {
    let (analysis, cluster, root) = compiled::open_cluster(path, cluster, global, terminal)?;
    let mut diagnostics = Diagnostics::default();
    let objects = analysis.objects(&cluster, &mut diagnostics)?;
    diagnostics.retain(|it| it.severity() == Severity::Error);
    let Some((model, objects)) = objects else {
        terminal.diagnostics(analysis.files(), diagnostics.sorted(), &root)?;
        return Ok(None);
    };
    let bound = analysis.bind_question(&cluster, question);
    let is_unclear = bound.diagnostics.has_errors();
    terminal.diagnostics(&bound.files, bound.diagnostics.sorted(), &root)?;
    if is_unclear {
        return Err(Failure::Reported);
    }
    let assertion = bound.assertion.as_ref();
    let answer = query::of_source(model, objects, &bound.files, (question, assertion), output);
    answer.map(Some).map_err(unclear)
}

fn unclear(it: Unclear) -> Failure {
    Failure::usage_help(it.message, it.help)
}
