//! One diagnostic as one line.

use super::{severity, visible};
use crate::diagnostics::Diagnostic;
use crate::source::Files;

/// Returns `path:line:column: error[E0201]: message`; without a place, the path is the project's `.`.
pub(super) fn render(files: &Files, diagnostic: &Diagnostic) -> String {
    let place = diagnostic.span.map_or_else(
        || ".".to_owned(),
        |span| {
            let file = files.file(span.file);
            let at = file.line_column(span.start);
            format!("{}:{}:{}", file.path, at.line, at.column)
        },
    );
    let severity = severity(diagnostic);
    visible(&format!("{place}: {severity}[{}]: {}", diagnostic.code, diagnostic.message))
}
