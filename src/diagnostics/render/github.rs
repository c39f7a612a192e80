//! One diagnostic as a workflow command of GitHub Actions, which shows it beside the line.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use super::{from_root, visible, whole_message};
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::{Files, Span};

/// `::error file=net/a.mlnet,line=4,…::message`, without a newline at its end.
pub(super) fn render(files: &Files, said: &Diagnostic, root: &str) -> String {
    let command = match said.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    // An annotation can stand beside the user's files only: where the library says something, beside
    // the first place that led there.
    let place = said.place(files);
    let mut properties = place.map(|it| beside(files, it, root)).unwrap_or_default();
    properties.push(("title", format!("{}: {}", said.code, said.code.row().title)));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let mut message = whole_message(said);
    if let Some(span) = said.span.filter(|it| Some(*it) != place) {
        let _ = write!(message, "\nat {}", files.path_line(span));
    }
    format!("::{command} {}::{}", properties.join(","), data(&visible(&message)))
}

fn beside(files: &Files, span: Span, root: &str) -> Vec<(&'static str, String)> {
    let file = files.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    let mut properties = vec![("file", from_root(root, file)), ("line", start.line.to_string())];
    properties.push(("endLine", end.line.to_string()));
    // Columns of two lines mean nothing to the runner; it counts the last one in.
    if start.line == end.line {
        let last = end.column.saturating_sub(1).max(start.column);
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", last.to_string()));
    }
    properties
}

/// The text behind `::`.
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
