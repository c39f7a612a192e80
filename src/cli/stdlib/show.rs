//! The contents of a component, from its syntax tree: every value is shown as its author wrote it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::decisions;
use super::text::{condition, doc, line};
use crate::source::Files;
use crate::syntax::ast::{Component, Doc, Item, Parameter, Placed};

pub(super) const HEADING: Style = Style::new().bold();
const NAME: Style = AnsiColor::Cyan.on_default();

/// Sections of a component, each a list of lines with their dependencies.
#[derive(Default)]
struct Parts {
    namespaces: Vec<String>,
    services: Vec<String>,
    workloads: Vec<String>,
    flows: Vec<String>,
    documents: Vec<String>,
    uses: Vec<String>,
    remarks: Vec<String>,
}

/// Returns the description of a component as text for a terminal.
pub(super) fn show(files: &Files, component: &Component) -> String {
    let name = &component.block.name;
    let mut text = format!("{HEADING}{name}{HEADING:#}\n");
    for line in doc(&component.block.doc).lines() {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    let decisions = decisions::decisions(files, component);
    let decisions: Vec<String> = decisions.into_iter().map(|it| it.plain()).collect();
    section(&mut text, "what you must decide", &decisions);
    for (title, lines) in sections(files, component) {
        section(&mut text, title, &lines);
    }
    text
}

/// Returns the sections of a description, each with its lines as the author wrote them.
pub(super) fn sections(files: &Files, component: &Component) -> Vec<(&'static str, Vec<String>)> {
    let parameters = component.parameters.iter().flat_map(|it| parameter(files, it)).collect();
    let mut parts = Parts::default();
    parts.collect(files, &component.block.items, "");
    vec![
        ("use", vec![example(component)]),
        ("parameters", parameters),
        ("namespaces", parts.namespaces),
        ("services and their ports", parts.services),
        ("workloads", parts.workloads),
        ("flows", parts.flows),
        ("values and environment", parts.documents),
        ("components it uses", parts.uses),
        ("warnings and errors", parts.remarks),
    ]
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(text, "\n{HEADING}{title}{HEADING:#}\n");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

/// Returns the shortest valid `use` of a component: only the parameters that have no default.
fn example(component: &Component) -> String {
    let required: Vec<String> = component
        .parameters
        .iter()
        .filter(|it| it.default.is_none())
        .map(|it| format!("{} = …", it.name))
        .collect();
    let name = &component.block.name;
    let owns = has_namespace(&component.block.items);
    let place = if owns { "" } else { " in NAMESPACE" };
    match required.as_slice() {
        [] => format!("use {name}{place}"),
        some => format!("use {name}{place} {{ {} }}", some.join(", ")),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "one kind is looked for")]
fn has_namespace(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Namespace(_) => true,
        Item::When(it) => has_namespace(&it.then) || has_namespace(&it.otherwise),
        _ => false,
    })
}

fn parameter(files: &Files, it: &Parameter) -> Vec<String> {
    let default = it.default.as_ref().map(|it| line(files, it.span));
    let default = default.map_or_else(|| "required".to_owned(), |it| format!("= {it}"));
    let tested = it.tested.as_ref().map(|it| format!(", tested {it}"));
    let tested = tested.unwrap_or_default();
    let head = format!("{NAME}{}{NAME:#}: {} {default}{tested}", it.name, it.kind);
    let words = doc(&it.doc).lines().map(|it| format!("    {it}"));
    std::iter::once(head).chain(words).collect()
}

impl Parts {
    #[expect(clippy::wildcard_enum_match_arm, reason = "grouped above")]
    fn collect(&mut self, files: &Files, items: &[Item], under: &str) {
        let text = |span| line(files, span) + under;
        for item in items {
            match item {
                Item::Namespace(it) => self.namespaces.push(text(it.span)),
                Item::Service(it) => self.services.extend(placed(files, it, under)),
                Item::Workload(it) => self.workloads.extend(placed(files, it, under)),
                Item::Flow(it) => self.flows.push(text(it.span)),
                Item::Use(it) => self.uses.push(text(it.span)),
                Item::Values(it) => {
                    self.documents.push(named("values", &it.name.to_string(), &it.doc, under));
                }
                Item::Env(it) => {
                    self.documents.push(named("env", &it.name.to_string(), &it.doc, under));
                }
                Item::Say(it) => self.remarks.push(text(it.span)),
                Item::When(it) => {
                    let condition = condition(&it.condition);
                    self.collect(files, &it.then, &format!("{under}   when {condition}"));
                    self.collect(files, &it.otherwise, &format!("{under}   when not {condition}"));
                }
                _ => {}
            }
        }
    }
}

fn named(keyword: &str, name: &str, words: &Doc, under: &str) -> String {
    let words = doc(words).split_whitespace().collect::<Vec<_>>().join(" ");
    let dash = if words.is_empty() { "" } else { ": " };
    format!("{keyword} {NAME}{name}{NAME:#}{dash}{words}{under}")
}

/// Returns the lines of a service or a workload: head, doc comment, fields.
fn placed(files: &Files, it: &Placed, under: &str) -> Vec<String> {
    let place = it.namespace.as_ref().map(|it| format!(" in {}", line(files, it.span)));
    let place = place.unwrap_or_default();
    let mut lines = vec![format!("{NAME}{}{NAME:#}{place}{under}", it.block.name)];
    lines.extend(doc(&it.block.doc).lines().map(|it| format!("  # {it}")));
    fields(files, &it.block.items, "", &mut lines);
    lines
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a service")]
fn fields(files: &Files, items: &[Item], under: &str, lines: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Field(it) => lines.push(format!("  {}{under}", line(files, it.span))),
            Item::Port(it) => lines.push(format!("  {}{under}", line(files, it.span))),
            Item::When(it) => {
                let condition = condition(&it.condition);
                fields(files, &it.then, &format!("{under}   when {condition}"), lines);
                fields(files, &it.otherwise, &format!("{under}   when not {condition}"), lines);
            }
            _ => {}
        }
    }
}
