//! The command line: arguments, files and screens. The only module with I/O.

mod answer;
mod args;
mod blame;
mod boundary;
mod bug;
mod build;
mod check;
mod compiled;
mod completions;
mod diff;
mod document;
mod explain;
mod failure;
mod fix;
mod graph;
mod init;
mod krm;
#[cfg(feature = "live")]
mod live;
mod lockfile;
mod man;
mod output;
mod project;
mod query;
mod report;
mod snapshot;
mod stdlib;
mod template;
mod terminal;

use std::process::ExitCode;

use answer::Answer;
use args::{Command, Program};
use failure::Failure;
use terminal::Terminal;

/// The program: reads the arguments and runs one command. Exit status: 0 success, 1 errors or differences, 2 the
/// command could not run, 101 a bug.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(bug::report_panic));
    if template::is_asked() {
        return template::answer();
    }
    let program = match Program::read() {
        Ok(program) => program,
        Err(usage) => return terminal::say_usage(&usage),
    };
    let is_check = matches!(program.command, Command::Check(_));
    let mut terminal = Terminal::new(&program.global, is_check);
    let answer = match &program.command {
        Command::Check(it) => check::run(it, &program.global, &mut terminal),
        Command::Build(it) => build::run(it, &program.global, &mut terminal),
        Command::Blame(it) => blame::run(it, &mut terminal),
        Command::Diff(it) => diff::run(it, &program.global, &mut terminal),
        Command::Query(it) => query::run(it, &program.global, &mut terminal),
        Command::Report(it) => report::run(it, &program.global, &mut terminal),
        Command::Graph(it) => graph::run(it, &program.global, &mut terminal),
        Command::Explain(it) => explain::run(it, &mut terminal),
        Command::Stdlib(it) => stdlib::run(it, &mut terminal),
        Command::Init(it) => init::run(it, &mut terminal),
        Command::Krm => krm::run(&program.global, &mut terminal),
        Command::Completions(it) => completions::run(it, &mut terminal),
        Command::Man(it) => man::run(it, &mut terminal),
    };
    match answer {
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::Yes) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure @ Failure::Bug(_)) => {
            terminal.failure(&failure);
            ExitCode::from(bug::EXIT_CODE)
        }
        Err(failure) => {
            terminal.failure(&failure);
            ExitCode::from(2)
        }
    }
}
