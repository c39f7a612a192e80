//! `mlnetc check`: every diagnostic, no output.

use super::args::{Check, Global};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Answer, compiled, fix};

/// Says everything there is to say about a source, perhaps after it is repaired.
pub(super) fn run(
    args: &Check,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    if args.diff {
        return fix::show(&args.source, global, terminal);
    }
    if args.fix {
        return fix::run(&args.source, global, terminal);
    }
    let compiled = compiled::read(&args.source, global, terminal)?;
    Ok(if compiled.built.is_some() { Answer::Yes } else { Answer::No })
}
