//! One diagnostic as a workflow command of GitHub Actions, which shows it beside the line.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use super::{below, from_root, visible, whole_message};
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::{Extent, Files, Place, Span};

/// Returns `::error file=net/a.mlnet,line=4,…::message`, without a newline at its end.
pub(super) fn render(files: &Files, diagnostic: &Diagnostic, root: &str) -> String {
    let command = word(diagnostic.severity());
    // An annotation can only be on a line of the user's files: for a diagnostic in the standard library, the first
    // place in the user's files that led to it.
    let place = diagnostic.place(files);
    let properties = place.map(|it| beside(files, it, root)).unwrap_or_default();
    let title = format!("{}: {}", diagnostic.code, diagnostic.code.row().title);
    let mut message = whole_message(diagnostic);
    if let Some(span) = diagnostic.span.filter(|it| Some(*it) != place) {
        let _ = write!(message, "\nat {}", files.path_line(span));
    }
    written(command, properties, title, &message)
}

/// A remark on a line.
#[derive(Debug, Clone, Copy)]
pub struct Remark<'r> {
    /// Severity.
    pub severity: Severity,
    /// The path of the file in the project, and the place in the file.
    pub beside: Option<(&'r str, Option<&'r Place>)>,
    /// Short title.
    pub title: &'r str,
    /// Text in whole sentences.
    pub message: &'r str,
}

/// Returns a remark in the format of diagnostics, with a newline at its end.
pub fn remark(remark: Remark<'_>, root: &str) -> String {
    let mut properties = Vec::new();
    if let Some((path, place)) = remark.beside {
        properties.push(("file", below(root, path)));
        if let Some(it) = place {
            let (start, extent) = (it.line, it.extent);
            properties.extend(lines(start, extent));
        }
    }
    let title = remark.title.to_owned();
    written(word(remark.severity), properties, title, remark.message) + "\n"
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn written(
    command: &str,
    mut properties: Vec<(&'static str, String)>,
    title: String,
    message: &str,
) -> String {
    properties.push(("title", title));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(&visible(value))))
        .collect();
    format!("::{command} {}::{}", properties.join(","), data(&visible(message)))
}

fn beside(files: &Files, span: Span, root: &str) -> Vec<(&'static str, String)> {
    let file = files.file(span.file);
    let place = files.place(span);
    let mut properties = vec![("file", from_root(root, file))];
    properties.extend(lines(place.line, place.extent));
    properties
}

fn lines(line: u32, extent: Option<Extent>) -> Vec<(&'static str, String)> {
    let mut properties = vec![("line", line.to_string())];
    let Some(Extent { column, end_line, end_column }) = extent else { return properties };
    properties.push(("endLine", end_line.to_string()));
    // Columns of a range over several lines have no meaning for the runner; its last column is inclusive.
    if line == end_line {
        let last = end_column.saturating_sub(1).max(column);
        properties.push(("col", column.to_string()));
        properties.push(("endColumn", last.to_string()));
    }
    properties
}

/// Escapes the text behind `::`.
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
