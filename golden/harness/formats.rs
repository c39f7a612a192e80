//! The formats of diagnostics that programs read: valid for everything that is said about any case.

use libtest_mimic::Failed;
use mlnetc::diagnostics::render::{Format, Screen, render};
use serde_json::Value;

use super::case::{Cases, none};
use super::project::{Project, is_source};
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("formats: every message is valid SARIF 2.1.0", |_| sarif());
    cases.add("formats: every message is one JSON document, one command a message", |_| others());
}

const SCREEN: Screen<'_> = Screen { root: "a project/ö", ..Screen::PLAIN };

/// What is said about every case of a diagnostic, in a format.
fn said(format: Format) -> Vec<(String, usize, String)> {
    let bads = tree::files(&tree::root("golden/diagnostics")).into_iter();
    let bads = bads.map(|it| (tree::from_root(&it), it));
    let bads = bads.filter(|(name, _)| is_source(name));
    bads.map(|(name, path)| {
        let outcome = Project::cut("in.mlnet", &tree::text(&path)).compile();
        let said = &outcome.diagnostics;
        (name, said.len(), render(&outcome.files, said, format, SCREEN))
    })
    .collect()
}

fn sarif() -> Result<(), Failed> {
    let schema = tree::text(&tree::root("golden/schemas/sarif-schema-2.1.0.json"));
    // As published, the pattern of languages is no regular expression of ECMA-262: a bracket too many.
    let schema: Value = serde_json::from_str(&schema.replace("{2}]?$", "{2}$"))?;
    let schema = jsonschema::options().should_validate_formats(true).build(&schema)?;
    let mut faults = Vec::new();
    for (name, count, text) in said(Format::Sarif) {
        let log: Value = serde_json::from_str(&text)?;
        faults.extend(
            schema.iter_errors(&log).map(|it| format!("{name}: {it} at {}", it.instance_path())),
        );
        let run = &log["runs"][0];
        let results = run["results"].as_array().map_or(&[][..], Vec::as_slice);
        if results.len() != count {
            faults.push(format!("{name}: {} results of {count}", results.len()));
        }
        for result in results {
            let rule = result["ruleIndex"].as_u64().and_then(|it| usize::try_from(it).ok());
            let rule = rule.map(|it| &run["tool"]["driver"]["rules"][it]);
            if rule.is_none_or(|it| it["id"] != result["ruleId"] || it["help"].is_null()) {
                faults.push(format!("{name}: {} is of no rule", result["ruleId"]));
            }
        }
    }
    // What the schema is for: a log that is none is refused.
    if schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] })) {
        faults.push("the schema refuses nothing".to_owned());
    }
    none(&faults)
}

fn others() -> Result<(), Failed> {
    let mut faults = Vec::new();
    for (name, count, text) in said(Format::Json) {
        let document: Value = serde_json::from_str(&text)?;
        if document["diagnostics"].as_array().map(Vec::len) != Some(count) {
            faults.push(format!("{name}: not the {count} messages:\n{text}"));
        }
    }
    for (name, count, text) in said(Format::Github) {
        let commands = text.lines().filter(|it| it.starts_with("::")).count();
        if commands != count || text.lines().count() != count {
            faults.push(format!("{name}: not a line for each of {count} messages:\n{text}"));
        }
    }
    none(&faults)
}
