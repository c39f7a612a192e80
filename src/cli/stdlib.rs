//! `mlnetc stdlib`: the components that come with mlnetc.

use super::Answer;
use super::args::{Stdlib, StdlibCommand};
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::nearest;
use crate::stdlib;

/// Lists the components, or shows one.
pub(super) fn run(args: &Stdlib, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let text = match &args.command {
        None | Some(StdlibCommand::List) => list(),
        Some(StdlibCommand::Show { name, .. }) => {
            stdlib::text(name).ok_or_else(|| unknown(name))?.to_owned()
        }
    };
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

fn list() -> String {
    stdlib::names().flat_map(|name| [name, "\n"]).collect()
}

fn unknown(name: &str) -> Failure {
    let help = nearest(name, stdlib::names()).map_or_else(
        || "`mlnetc stdlib` lists the components".to_owned(),
        |it| format!("did you mean `{it}`?"),
    );
    Failure::usage_help(format!("the standard library has no component `{name}`"), help)
}
