//! Words that several formats share.

use crate::diagnostics::{Applicability, Diagnostic, Fix, Severity};

/// The word for how bad it is.
pub(super) fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The word for how sure an edit is.
pub(super) fn applicability(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::NeedsALook => "needs-a-look",
    }
}

/// The message with what stands below the source lines: a reader of one text sees it all.
pub(super) fn whole_message(diagnostic: &Diagnostic) -> String {
    let notes = diagnostic.notes.iter().map(|it| format!("\nnote: {it}"));
    let helps = diagnostic.helps.iter().map(|it| format!("\nhelp: {it}"));
    let fix = diagnostic.fix.iter().filter(|it| !diagnostic.helps.contains(&it.title));
    let fix = fix.map(|it| format!("\nhelp: {}", it.title));
    let lines: String = notes.chain(helps).chain(fix).collect();
    format!("{}{lines}", diagnostic.message)
}
