//! `mlnetc man`: the manual page of the program or of one command.

use clap::CommandFactory;

use super::Answer;
use super::args::{Man, Program};
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::nearest;

/// Writes a page in roff to stdout.
pub(super) fn run(args: &Man, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let mut program = Program::command();
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => {
            let names: Vec<_> = program.get_subcommands().map(clap::Command::get_name).collect();
            let meant = nearest(name, names.iter().copied());
            let help = meant.map_or_else(|| names.join(", "), |it| format!("did you mean `{it}`?"));
            let unknown = format!("there is no command `{name}`");
            let found = program.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::usage_help(unknown, help))?
        }
    };
    let mut text = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut text);
    rendered.expect("INVARIANT: writing to memory does not fail");
    terminal.result(&String::from_utf8_lossy(&text))?;
    Ok(Answer::Yes)
}
