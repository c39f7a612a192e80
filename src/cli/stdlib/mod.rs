//! `mlnetc stdlib`: the components of the standard library.

mod show;

use std::fmt::Write;

use super::answer::Answer;
use super::args::{Stdlib, StdlibCommand};
use super::failure::Failure;
use super::terminal::Terminal;
use crate::compile::Program;
use crate::diagnostics::nearest;
use crate::stdlib;
use crate::syntax::ast::{Component, Item};

/// Lists the components, or shows one.
pub(super) fn run(args: &Stdlib, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let text = match &args.command {
        None | Some(StdlibCommand::List) => list(),
        Some(StdlibCommand::Show { name, source }) => {
            let text = stdlib::text(name).ok_or_else(|| unknown(name))?;
            if *source { text.to_owned() } else { shown(name, text) }
        }
    };
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

fn unknown(name: &str) -> Failure {
    let help = nearest(name, stdlib::names()).map_or_else(
        || "`mlnetc stdlib` lists the components".to_owned(),
        |it| format!("did you mean `{it}`?"),
    );
    Failure::usage_help(format!("the standard library has no component `{name}`"), help)
}

fn parsed(name: &str, text: &str) -> Program {
    Program::read([(stdlib::path(name), text.to_owned())])
}

fn component<'p>(program: &'p Program, name: &str) -> Option<&'p Component> {
    let items = program.trees.iter().flat_map(|it| &it.items);
    items.filter_map(as_component).find(|it| it.block.name.node.as_str() == name)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "one kind is looked for")]
fn as_component(item: &Item) -> Option<&Component> {
    match item {
        Item::Component(it) => Some(it),
        _ => None,
    }
}

fn shown(name: &str, text: &str) -> String {
    let program = parsed(name, text);
    let component = component(&program, name);
    component.map_or_else(|| text.to_owned(), |it| show::show(&program.files, it))
}

/// Returns the list of components, each with the first sentence of its doc comment.
fn list() -> String {
    let width = stdlib::names().map(str::len).max().unwrap_or(0);
    let mut text = String::new();
    for name in stdlib::names() {
        let program = parsed(name, stdlib::text(name).unwrap_or(""));
        let words = component(&program, name).map_or("", |it| show::doc(&it.block.doc));
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = words.split(". ").next().unwrap_or("").trim_end_matches('.');
        let _ = writeln!(text, "{}", format!("{name:width$}  {first}").trim_end());
    }
    text.push_str("\n`mlnetc stdlib show NAME` tells more.\n");
    text
}
