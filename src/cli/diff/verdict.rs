//! The output of comparisons, and the verdict on them: the exit status.

use std::path::Path;

use super::super::answer::Answer;
use super::super::args::{Diff, DiffOutput};
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use crate::diagnostics::{Code, Message};
use crate::diff::render::{self, Answer as Answered, Screen};

/// Prints comparisons, and returns the verdict on them.
pub(super) fn answer(
    args: &Diff,
    answers: &[Answered<'_>],
    root: &Path,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let text = match args.output {
        // The terminal removes colors that it does not show.
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
        let help = "the parts that could be read do not differ";
        return Err(Failure::usage_help("not everything could be compared", help));
    }
    Ok(judged)
}

/// Returns the verdict: risks that `--fail-on` refuses; without it, differences.
fn judge(args: &Diff, answers: &[Answered<'_>], terminal: &mut Terminal) -> Answer {
    if args.fail_on.is_empty() {
        let is_same = answers.iter().all(|it| it.comparison.is_same());
        return if is_same { Answer::Yes } else { Answer::No };
    }
    let risks = answers.iter().flat_map(|it| it.comparison.all_risks());
    let refused = risks.filter(|(it, _)| args.fail_on.contains(&it.class)).count();
    let names: Vec<&str> = args.fail_on.iter().map(|it| it.name()).collect();
    let names = names.join(",");
    let text = match refused {
        0 => return Answer::Yes,
        1 => format!("1 risk matches `--fail-on {names}`"),
        n => format!("{n} risks match `--fail-on {names}`"),
    };
    terminal.message(&Message::new(Code::E1001, text));
    Answer::No
}
