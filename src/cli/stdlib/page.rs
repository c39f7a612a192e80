//! The page of a component in Markdown: what to decide, a diagram of its flows, a table of its ports, and its contents
//! as the author wrote them.

use std::fmt::Write as _;

use super::contents::{Contents, FlowRow, PortRow};
use super::decisions::decisions;
use super::show::sections;
use super::text::doc;
use crate::source::Files;
use crate::syntax::ast::Component;

/// Returns the page of a component.
pub(super) fn page(files: &Files, component: &Component) -> String {
    let mut text = format!("# {}\n\n", component.block.name);
    let is_card = |it: &&str| ["Area:", "Keywords:"].iter().any(|key| it.starts_with(key));
    let (card, words): (Vec<&str>, Vec<&str>) =
        doc(&component.block.doc).lines().map(str::trim).partition(is_card);
    for line in words {
        let _ = writeln!(text, "{line}");
    }
    for line in card {
        let _ = write!(text, "\n{line}\n");
    }
    let decisions = decisions(files, component);
    if !decisions.is_empty() {
        text.push_str("\n## What you must decide\n\n");
        for it in decisions {
            let _ = writeln!(text, "- {}", it.markdown());
        }
    }
    let contents = Contents::of(files, component);
    diagram(&mut text, &contents.flows);
    table(&mut text, &contents.ports);
    for (title, lines) in sections(files, component) {
        if !lines.is_empty() {
            let lines = lines.join("\n");
            let plain = anstream::adapter::strip_str(&lines).to_string();
            let _ = write!(text, "\n## {}\n\n```\n{plain}\n```\n", capitalized(title));
        }
    }
    text
}

/// Adds a Mermaid diagram of the flows. A flow with a condition is dashed.
fn diagram(text: &mut String, flows: &[FlowRow]) {
    if flows.is_empty() {
        return;
    }
    text.push_str("\n## Diagram of its flows\n\n```mermaid\nflowchart LR\n");
    let mut ends: Vec<&str> = Vec::new();
    for end in flows.iter().flat_map(|it| [it.client.as_str(), it.server.as_str()]) {
        if !ends.contains(&end) {
            let _ = writeln!(text, "  n{}[\"{}\"]", ends.len(), escaped(end));
            ends.push(end);
        }
    }
    let at = |end: &str| ends.iter().position(|it| *it == end).unwrap_or_default();
    for it in flows {
        let (client, server) = (at(&it.client), at(&it.server));
        let arrow = if it.when.is_empty() { "-->" } else { "-.->" };
        let mut label = Vec::new();
        label.extend((!it.ports.is_empty()).then(|| it.ports.clone()));
        label.extend((!it.when.is_empty()).then(|| format!("when {}", it.when.join(" and "))));
        let label = escaped(&label.join(", "));
        let label = if label.is_empty() { label } else { format!("|\"{label}\"|") };
        let _ = writeln!(text, "  n{client} {arrow}{label} n{server}");
    }
    text.push_str("```\n");
}

/// Returns a text for a quoted label of Mermaid.
fn escaped(text: &str) -> String {
    text.replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

/// Adds a table of the ports with the conditions under which they exist.
fn table(text: &mut String, ports: &[PortRow]) {
    if ports.is_empty() {
        return;
    }
    text.push_str("\n## Ports\n\n| service | port | Service port | pod port | when |\n| --- | --- | --- | --- | --- |\n");
    for it in ports {
        let service_port = it.service_port.as_deref().unwrap_or("none");
        let name = match it.name.as_str() {
            "metrics" => it.name.clone(),
            name if it.is_scraped => format!("{name} (scraped)"),
            name => name.to_owned(),
        };
        let when = if it.when.is_empty() { "always".to_owned() } else { it.when.join(" and ") };
        let row = [&*it.service, &name, service_port, &it.pod_port, &when];
        let _ = writeln!(text, "| {} |", row.map(|it| it.replace('|', "\\|")).join(" | "));
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
}
