//! `mlnetc check`: every diagnostic, no output.

use super::args::{Global, Source};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, compiled};

/// Says everything there is to say about a source.
pub(super) fn run(
    args: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let compiled = compiled::read(args, global, terminal)?;
    Ok(if compiled.built.is_some() { Answer::Yes } else { Answer::No })
}
