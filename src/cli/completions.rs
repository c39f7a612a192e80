//! `mlnetc completions`: scripts with which a shell completes the arguments.

use clap::CommandFactory;

use super::answer::Answer;
use super::args::{Completions, Program};
use super::failure::Failure;
use super::terminal::Terminal;

/// Writes the completion script of a shell to stdout.
pub(super) fn run(args: &Completions, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Program::command(), "mlnetc", &mut text);
    terminal.result(&String::from_utf8_lossy(&text))?;
    Ok(Answer::Yes)
}
