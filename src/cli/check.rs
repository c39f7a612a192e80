//! `mlnetc check`: every diagnostic, no output.

use super::args::{Global, Source};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, project};
use crate::compile::Program;

/// Says everything there is to say about a source.
pub(super) fn run(
    args: &Source,
    _global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let project = project::read(&args.path, terminal)?;
    let program = Program::read(project.texts);
    let answer = if program.said.has_errors() { Answer::No } else { Answer::Yes };
    terminal.diagnostics(&program.files, program.said);
    Ok(answer)
}
