//! `mlnetc stdlib`: the components of the standard library.

mod contents;
mod decisions;
mod draft;
mod page;
mod search;
mod show;
mod text;
mod versions;

use std::fmt::Write;

use super::answer::Answer;
use super::args::{Stdlib, StdlibCommand, StdlibOutput};
use super::failure::Failure;
use super::terminal::Terminal;
use crate::compile::Program;
use crate::diagnostics::nearest;
use crate::stdlib::{self, Card};
use crate::syntax::ast::{Component, Item};
use contents::Contents;
use search::Listed;

/// Lists the components, searches them, shows one, or drafts one.
pub(super) fn run(args: &Stdlib, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let text = match &args.command {
        None | Some(StdlibCommand::List) => list(),
        Some(StdlibCommand::Search { words }) if words.iter().any(|it| !is_word(it)) => {
            let help = "search for a product, an image, an alias or a port, such as `9000`";
            return Err(Failure::usage_help("a search needs words with letters or digits", help));
        }
        Some(StdlibCommand::Search { words }) => match search::search(words, &components()) {
            Some(text) => text,
            None => return not_found(&words.join(" "), terminal),
        },
        Some(StdlibCommand::Show { name, source, output, versions }) => {
            let text = stdlib::text(name).ok_or_else(|| unknown(name))?;
            match (source, versions) {
                (true, _) => text.to_owned(),
                (false, true) => by_version(name, text),
                (false, false) => shown(name, text, *output),
            }
        }
        Some(StdlibCommand::New(args)) => draft::run(args)?,
    };
    terminal.result(&text)?;
    Ok(Answer::Yes)
}

fn unknown(name: &str) -> Failure {
    let near = match stdlib::with_keyword(name).as_slice() {
        [one] => Some(*one),
        _ => nearest(name, stdlib::names()),
    };
    let help = near.map_or_else(
        || "`mlnetc stdlib search WORD` finds components by product, image or port".to_owned(),
        |it| format!("did you mean `{it}`?"),
    );
    Failure::usage_help(format!("the standard library has no component `{name}`"), help)
}

fn is_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn not_found(words: &str, terminal: &mut Terminal) -> Result<Answer, Failure> {
    terminal.result(&format!(
        "no component matches `{words}`\n\nTo write a component from a product that runs in a cluster:\n  \
         kubectl get {} -n NAMESPACE -o yaml > live.yaml\n  \
         mlnetc stdlib new NAME --against live.yaml > components/NAME.mlnet\n",
        draft::KINDS
    ))?;
    Ok(Answer::No)
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

fn shown(name: &str, text: &str, output: StdlibOutput) -> String {
    let program = parsed(name, text);
    let Some(component) = component(&program, name) else { return text.to_owned() };
    match output {
        StdlibOutput::Text => show::show(&program.files, component),
        StdlibOutput::Markdown => page::page(&program.files, component),
    }
}

fn by_version(name: &str, text: &str) -> String {
    let program = parsed(name, text);
    let component = component(&program, name);
    component.map_or_else(String::new, |it| versions::versions(&program.files, it))
}

fn components() -> Vec<Listed> {
    let all = stdlib::names().filter_map(|name| {
        let text = stdlib::text(name)?;
        let program = parsed(name, text);
        let component = component(&program, name)?;
        let contents = Contents::of(&program.files, component);
        let doc = text::doc(&component.block.doc).to_owned();
        Some(Listed { name, card: stdlib::card(text), doc, contents })
    });
    all.collect()
}

/// Returns the list of components by area, each with the first sentence of its doc comment.
fn list() -> String {
    let width = stdlib::names().map(str::len).max().unwrap_or(0);
    let cards: Vec<(&str, Card)> =
        stdlib::names().map(|it| (it, stdlib::card(stdlib::text(it).unwrap_or("")))).collect();
    let mut text = String::new();
    for area in stdlib::AREAS {
        let of_area: Vec<_> = cards.iter().filter(|(_, it)| it.area == *area).collect();
        if of_area.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}{area}{:#}", show::HEADING, show::HEADING);
        for (name, card) in of_area {
            let _ = writeln!(text, "  {}", format!("{name:width$}  {}", card.summary).trim_end());
        }
        text.push('\n');
    }
    text.push_str(
        "`mlnetc stdlib search WORD` finds components by product, image or port; `mlnetc stdlib show NAME` \
         describes one.\n",
    );
    text
}
