//! One diagnostic as a result of a KRM function.
//! <https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md>

use serde_json::{Value, json};

use super::{from_root, whole_message};
use crate::diagnostics::{Diagnostic, Severity};
use crate::source::Files;

/// Returns the message, its severity, and the path of the file from the working folder of the function; the line is a
/// tag.
pub fn result(files: &Files, diagnostic: &Diagnostic, root: &str) -> Value {
    let severity = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    };
    let mut result = json!({
        "message": whole_message(diagnostic),
        "severity": severity,
        "tags": {"code": diagnostic.code.as_str()},
    });
    // As in annotations: the user's line that led to the standard library.
    if let Some(place) = diagnostic.place(files) {
        let file = files.file(place.file);
        let start = file.line_column(place.start);
        result["file"] = json!({"path": from_root(root, file)});
        result["tags"]["line"] = json!(start.line.to_string());
        result["tags"]["column"] = json!(start.column.to_string());
    }
    result
}
