//! The contents of a component, from its syntax tree: every value is shown as its author wrote it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::source::{Files, Span};
use crate::syntax::ast::{Comparison, Component, Condition, Doc, Item, Parameter, Placed};

const HEADING: Style = Style::new().bold();
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

/// Returns the description of a component as text.
pub(super) fn show(files: &Files, component: &Component) -> String {
    let name = &component.block.name;
    let mut text = format!("{HEADING}{name}{HEADING:#}\n");
    for line in doc(&component.block.doc).lines() {
        let _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    let _ = write!(text, "\n{HEADING}use{HEADING:#}\n  {}\n", example(component));
    let parameters: Vec<_> =
        component.parameters.iter().flat_map(|it| parameter(files, it)).collect();
    section(&mut text, "parameters", &parameters);
    let mut parts = Parts::default();
    parts.collect(files, &component.block.items, "");
    section(&mut text, "namespaces", &parts.namespaces);
    section(&mut text, "services and their ports", &parts.services);
    section(&mut text, "workloads", &parts.workloads);
    section(&mut text, "flows", &parts.flows);
    section(&mut text, "values and environment", &parts.documents);
    section(&mut text, "components it uses", &parts.uses);
    section(&mut text, "what it says", &parts.remarks);
    text
}

/// Returns the text of the doc comment of a declaration.
pub(super) fn doc(doc: &Doc) -> &str {
    doc.as_ref().map_or("", |it| it.node.trim())
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
    let default = default.map_or_else(|| "must be given".to_owned(), |it| format!("= {it}"));
    let tested = it.tested.as_ref().map(|it| format!(", tested {} to {}", it.from, it.to));
    let tested = tested.unwrap_or_default();
    let head = format!("{NAME}{}{NAME:#}: {} {default}{tested}", it.name, it.kind);
    let words = doc(&it.doc).lines().map(|it| format!("    {it}"));
    std::iter::once(head).chain(words).collect()
}

impl Parts {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other items are parts of these")]
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
    let first = doc(words).lines().next().unwrap_or("");
    let dash = if first.is_empty() { "" } else { ": " };
    format!("{keyword} {NAME}{name}{NAME:#}{dash}{first}{under}")
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

#[expect(clippy::wildcard_enum_match_arm, reason = "what a service is made of")]
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

fn condition(it: &Condition) -> String {
    match it {
        Condition::Given(name) => name.to_string(),
        Condition::Version(name, comparison, version) => {
            let sign = match comparison {
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
                Comparison::Equal => "==",
                Comparison::NotEqual => "!=",
                Comparison::GreaterOrEqual => ">=",
                Comparison::Greater => ">",
            };
            format!("{name} {sign} {version}")
        }
    }
}

/// Returns a piece of source on one line, without its comments.
fn line(files: &Files, span: Span) -> String {
    let lines = files.text(span).lines().map(|it| it.split(" #").next().unwrap_or("").trim());
    lines.filter(|it| !it.is_empty() && !it.starts_with('#')).collect::<Vec<_>>().join(" ")
}
