//! Diagnostics as a SARIF 2.1.0 log, for code scanning.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{applicability, from_root, severity, whole_message};
use crate::diagnostics::{Code, Diagnostic, Fix};
use crate::scalar::percent_encoded;
use crate::source::{FileId, Files, Span};

/// Returns the log, with a newline at its end. Its rules are the codes of the reported diagnostics.
pub(super) fn render(files: &Files, diagnostics: &[Diagnostic], root: &str) -> String {
    let codes: BTreeMap<Code, &Diagnostic> = diagnostics.iter().map(|it| (it.code, it)).collect();
    let rules: Vec<Value> = codes.values().map(|it| rule(it)).collect();
    let index: BTreeMap<Code, usize> =
        codes.keys().enumerate().map(|(at, code)| (*code, at)).collect();
    let locations = Locations { files, root };
    let result = |it: &Diagnostic| {
        let rule = index.get(&it.code);
        locations.result(it, rule)
    };
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mlnetc",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            // Columns count characters, as everywhere in mlnetc.
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn rule(diagnostic: &Diagnostic) -> Value {
    let row = diagnostic.code.row();
    let page = row.page.trim();
    json!({
        "id": row.code.as_str(),
        "shortDescription": { "text": row.title },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": severity(diagnostic) },
    })
}

/// The texts that places refer to, and the folder of their files.
struct Locations<'a> {
    files: &'a Files,
    root: &'a str,
}

impl Locations<'_> {
    fn result(&self, diagnostic: &Diagnostic, rule: Option<&usize>) -> Value {
        let label = Some(diagnostic.label.as_str()).filter(|it| !it.is_empty());
        let locations = diagnostic.span.map(|it| self.location(it, None, label));
        let related = diagnostic.labels.iter().enumerate();
        let related =
            related.map(|(at, it)| self.location(it.span, Some(at + 1), Some(it.text.as_str())));
        let mut result = json!({
            "ruleId": diagnostic.code.as_str(),
            "ruleIndex": rule,
            "level": severity(diagnostic),
            "message": { "text": whole_message(diagnostic) },
            "locations": locations.into_iter().collect::<Vec<_>>(),
            "relatedLocations": related.collect::<Vec<_>>(),
        });
        if let (Some(fix), Some(fields)) = (&diagnostic.fix, result.as_object_mut()) {
            fields.insert("fixes".to_owned(), json!([self.fix(fix)]));
        }
        result
    }

    fn location(&self, span: Span, id: Option<usize>, text: Option<&str>) -> Value {
        let mut location = json!({ "physicalLocation": {
            "artifactLocation": self.artifact(span.file),
            "region": self.region(span),
        } });
        if let Some(fields) = location.as_object_mut() {
            fields.extend(id.map(|it| ("id".to_owned(), json!(it))));
            fields.extend(text.map(|it| ("message".to_owned(), json!({ "text": it }))));
        }
        location
    }

    fn fix(&self, fix: &Fix) -> Value {
        let mut changes: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
        for (span, text) in &fix.edits {
            let region = self.region(*span);
            let replacement =
                json!({ "deletedRegion": region, "insertedContent": { "text": text } });
            changes.entry(span.file).or_default().push(replacement);
        }
        let changes = changes.into_iter().map(|(file, replacements)| {
            json!({ "artifactLocation": self.artifact(file), "replacements": replacements })
        });
        let changes: Vec<Value> = changes.collect();
        json!({
            "description": { "text": fix.title },
            "artifactChanges": changes,
            "properties": { "applicability": applicability(fix) },
        })
    }

    fn artifact(&self, file: FileId) -> Value {
        let file = self.files.file(file);
        let path = from_root(self.root, file);
        // The standard library has its own URI scheme; a path has none, whatever its name.
        let uri = path.strip_prefix("stdlib:").filter(|_| file.is_stdlib());
        let uri = uri.map_or_else(
            || percent_encoded(&path, b"/"),
            |it| format!("stdlib:{}", percent_encoded(it, b"/")),
        );
        json!({ "uri": uri })
    }

    fn region(&self, span: Span) -> Value {
        let file = self.files.file(span.file);
        let (start, end) = (file.line_column(span.start), file.line_column(span.end));
        json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        })
    }
}
