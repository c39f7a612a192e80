//! Diagnostics as one JSON document, for programs. `docs/diagnostics-json.md` describes it.

use serde_json::{Value, json};

use super::{applicability, severity};
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::{Files, Span};

/// Version of the document: it is increased when a field changes its meaning or is removed.
const VERSION: u32 = 1;

/// Returns the document, with a newline at its end.
pub(super) fn render(files: &Files, diagnostics: &[Diagnostic], root: &str) -> String {
    let count = |severity| diagnostics.iter().filter(|it| it.severity() == severity).count();
    let document = json!({
        "version": VERSION,
        "root": root,
        "summary": {
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "notes": count(Severity::Note),
        },
        "diagnostics": diagnostics.iter().map(|it| diagnostic(files, it)).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn diagnostic(files: &Files, diagnostic: &Diagnostic) -> Value {
    let labels = diagnostic.labels.iter().map(|it| {
        let place = place(files, it.span);
        json!({ "place": place, "text": it.text })
    });
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits = fix.edits.iter().map(|(span, text)| {
            let place = place(files, *span);
            json!({ "place": place, "text": text })
        });
        json!({
            "title": fix.title,
            "applicability": applicability(fix),
            "edits": edits.collect::<Vec<_>>(),
        })
    });
    json!({
        "code": diagnostic.code.as_str(),
        "severity": severity(diagnostic),
        "title": diagnostic.code.row().title,
        "message": diagnostic.message,
        "place": diagnostic.span.map(|it| place(files, it)),
        "label": diagnostic.label,
        "labels": labels.collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "helps": diagnostic.helps,
        "fix": fix,
    })
}

fn place(files: &Files, span: Span) -> Value {
    let file = files.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    let mut place = json!({
        "path": file.path,
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "start": span.start,
        "end": span.end,
    });
    if let Some(place) = place.as_object_mut().filter(|_| file.is_beside) {
        place.insert("manifest".to_owned(), true.into());
    }
    place
}
