//! Words that several formats share.

use crate::diagnostics::{Applicability, Diagnostic, Fix, Severity};

/// Returns the word for a severity.
pub(super) fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Returns the word for the applicability of a fix.
pub(super) fn applicability(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::NeedsALook => "needs-a-look",
    }
}

/// Returns the message with its notes, helps and fix in one text.
pub(super) fn whole_message(diagnostic: &Diagnostic) -> String {
    let notes = diagnostic.notes.iter().map(|it| format!("\nnote: {it}"));
    let helps = diagnostic.helps.iter().map(|it| format!("\nhelp: {it}"));
    let fix = diagnostic.fix.iter().filter(|it| !diagnostic.helps.contains(&it.title));
    let fix = fix.map(|it| format!("\nhelp: {}", it.title));
    let lines: String = notes.chain(helps).chain(fix).collect();
    format!("{}{lines}", diagnostic.message)
}
