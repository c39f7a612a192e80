//! `mlnetc man`: the manual page of the program or of one command.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::roff::{Roff, roman};

use super::answer::Answer;
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
    let rendered = render(command, &mut text);
    rendered.expect("INVARIANT: writing to memory does not fail");
    terminal.result(&String::from_utf8_lossy(&text))?;
    Ok(Answer::Yes)
}

/// Arguments of a roff request without arguments.
const NOTHING: [&str; 0] = [];

/// Writes a page. The text below the options is not filled, so that its commands keep their lines.
fn render(mut command: clap::Command, out: &mut dyn Write) -> io::Result<()> {
    let below = command.get_after_long_help().map(ToString::to_string);
    command = command.after_long_help("");
    let has_commands = command.get_subcommands().next().is_some();
    let has_version = command.get_version().is_some();
    let page = clap_mangen::Man::new(command);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if has_commands {
        page.render_subcommands_section(out)?;
    }
    if let Some(below) = below {
        let mut roff = Roff::new();
        roff.control("SH", ["NOTES AND EXAMPLES"]).control("nf", NOTHING);
        for line in below.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", NOTHING);
        roff.to_writer(out)?;
    }
    if has_version { page.render_version_section(out) } else { Ok(()) }
}
