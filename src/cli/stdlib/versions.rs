//! What differs by version in a component: the declarations, fields and values under its conditions on versions.

use std::fmt::Write;

use crate::source::{Files, Span};
use crate::syntax::ast::{Comparison, Component, Condition, Item, Parameter, When};

/// One branch of a `when`.
#[derive(Clone)]
struct Branch {
    text: String,
    by_version: bool,
}

/// The declarations under the same branches.
struct Group {
    condition: String,
    lines: Vec<String>,
}

/// Returns the tested versions of a component, and what differs between them.
pub(super) fn versions(files: &Files, component: &Component) -> String {
    let name = &component.block.name;
    let kind = |it: &&Parameter| it.kind.node.as_str() == "version";
    let mut text = String::new();
    for it in component.parameters.iter().filter(kind) {
        let tested = it.tested.as_ref().map(|it| format!(", tested {it}"));
        let default = it.default.as_ref().map(|it| format!(" = {}", files.text(it.span)));
        let (default, tested) = (default.unwrap_or_default(), tested.unwrap_or_default());
        let _ = writeln!(text, "{name}: {}{default}{tested}", it.name);
    }
    if text.is_empty() {
        return format!("{name}: no parameter of type version\n");
    }
    let mut groups = Vec::new();
    collect(files, &component.block.items, Place { around: "", under: &[] }, &mut groups);
    if groups.is_empty() {
        text.push_str("\nEvery version has the same declarations.\n");
    }
    for Group { condition, lines } in groups {
        let _ = write!(text, "\n{condition}\n  {}\n", lines.join("\n  "));
    }
    text
}

/// Where items are: the declaration around them, and the branches.
#[derive(Clone, Copy)]
struct Place<'a> {
    around: &'a str,
    under: &'a [Branch],
}

/// Adds the items under conditions on versions.
fn collect(files: &Files, items: &[Item], place: Place<'_>, groups: &mut Vec<Group>) {
    for item in items {
        if let Item::When(it) = item {
            let (then, otherwise) = branches(it);
            for (items, branch) in [(&it.then, then), (&it.otherwise, otherwise)] {
                let under = [place.under, &[branch]].concat();
                collect(files, items, Place { under: &under, ..place }, groups);
            }
            continue;
        }
        let head = head(files, item.span());
        let by_version = place.under.iter().any(|it| it.by_version);
        if by_version && head != "managed = false" {
            let condition: Vec<&str> = place.under.iter().map(|it| it.text.as_str()).collect();
            let condition = condition.join(", ");
            let known = groups.iter().position(|it| it.condition == condition);
            let at = known.unwrap_or(groups.len());
            if known.is_none() {
                groups.push(Group { condition, lines: Vec::new() });
            }
            let title = format!("{}:", place.around);
            if let Some(Group { lines, .. }) = groups.get_mut(at) {
                let is_listed = lines.iter().rev().find(|it| !it.starts_with("  ")) == Some(&title);
                if !place.around.is_empty() && !is_listed {
                    lines.push(title);
                }
                let indent = if place.around.is_empty() { "" } else { "  " };
                let is_open = item.bodies().iter().any(|it| !it.is_empty()) && !head.ends_with('}');
                let colon = if is_open && indent.is_empty() { ":" } else { "" };
                lines.push(format!("{indent}{head}{colon}"));
            }
        }
        if !head.ends_with('}') {
            for body in item.bodies() {
                collect(files, body, Place { around: &head, ..place }, groups);
            }
        }
    }
}

/// Returns the two branches of a condition.
fn branches(it: &When) -> (Branch, Branch) {
    let branch = |text: String, by_version| Branch { text, by_version };
    match &it.condition {
        Condition::Given(name) => {
            (branch(name.to_string(), false), branch(format!("not {name}"), false))
        }
        Condition::Version(name, comparison, version) => {
            let text = |it: Comparison| format!("{name} {} {version}", it.sign());
            (branch(text(*comparison), true), branch(text(comparison.negated()), true))
        }
    }
}

/// Returns the first line of an item, without its body.
fn head(files: &Files, span: Span) -> String {
    let first = files.text(span).lines().next().unwrap_or("");
    let first = first.split(" # ").next().unwrap_or("").trim_end();
    let first = first.strip_suffix('{').unwrap_or(first);
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}
