//! The formats of diagnostics for programs: valid for the diagnostics of every case.

use std::ops::Range;

use libtest_mimic::Failed;
use mlnetc::diagnostics::render::{Format, Screen, render};
use serde_json::Value;

use super::case::{Cases, none};
use super::project::{Project, is_source};
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("formats: every edit is in JSON and SARIF, at its place", |_| edits());
    cases.add("formats: every message is valid SARIF 2.1.0", |_| sarif());
    cases.add("formats: every message is one JSON document, one command a message", |_| others());
}

const SCREEN: Screen<'_> = Screen { root: "a project/ö", ..Screen::PLAIN };

/// Returns the diagnostics of every case, in a format.
fn diagnostics(format: Format) -> Vec<(String, usize, String)> {
    let bads = tree::files(&tree::root("golden/diagnostics")).into_iter();
    let bads = bads.map(|it| (tree::from_root(&it), it));
    let bads = bads.filter(|(name, _)| is_source(name));
    bads.map(|(name, path)| {
        let outcome = Project::cut("in.mlnet", &tree::text(&path)).compile();
        let diagnostics = &outcome.diagnostics;
        (name, diagnostics.len(), render(&outcome.files, diagnostics, format, SCREEN))
    })
    .collect()
}

fn sarif() -> Result<(), Failed> {
    let schema = tree::text(&tree::root("golden/schemas/sarif-schema-2.1.0.json"));
    // As published, the pattern of languages is not a valid regular expression of ECMA-262: it has an extra bracket.
    let schema: Value = serde_json::from_str(&schema.replace("{2}]?$", "{2}$"))?;
    let schema = jsonschema::options().should_validate_formats(true).build(&schema)?;
    let mut faults = Vec::new();
    for (name, count, text) in diagnostics(Format::Sarif) {
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
    // The schema must reject an invalid log.
    if schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] })) {
        faults.push("the schema refuses nothing".to_owned());
    }
    none(&faults)
}

fn others() -> Result<(), Failed> {
    let mut faults = Vec::new();
    for (name, count, text) in diagnostics(Format::Json) {
        let document: Value = serde_json::from_str(&text)?;
        if document["diagnostics"].as_array().map(Vec::len) != Some(count) {
            faults.push(format!("{name}: not the {count} messages:\n{text}"));
        }
    }
    for (name, count, text) in diagnostics(Format::Github) {
        let commands = text.lines().filter(|it| it.starts_with("::")).count();
        if commands != count || text.lines().count() != count {
            faults.push(format!("{name}: not a line for each of {count} messages:\n{text}"));
        }
    }
    none(&faults)
}

/// Checks that the edits of a file in JSON or SARIF, applied by a program, give the same text as mlnetc's fixes.
fn edits() -> Result<(), Failed> {
    let (mut faults, mut count) = (Vec::new(), 0);
    let bads = tree::files(&tree::root("golden")).into_iter();
    for path in bads.filter(|it| is_source(&it.to_string_lossy())) {
        let name = tree::from_root(&path);
        let text = tree::text(&path).replace("# file: ", "# part: ");
        let outcome = Project::cut("in.mlnet", &text).compile();
        let fixable = outcome.diagnostics.iter().filter(|it| it.fix.is_some());
        let own = fixable.filter(|it| it.place(&outcome.files) == it.span);
        for diagnostic in own.cloned().collect::<Vec<_>>() {
            let one = [diagnostic.clone()];
            let json = render(&outcome.files, &one, Format::Json, Screen::PLAIN);
            let sarif = render(&outcome.files, &one, Format::Sarif, Screen::PLAIN);
            let json: Value = serde_json::from_str(&json)?;
            let sarif: Value = serde_json::from_str(&sarif)?;
            let mut fix = diagnostic.fix.map(|it| it.edits).unwrap_or_default();
            fix.sort();
            let places = fix.iter().rev();
            let places = places.map(|(it, new)| (it.start as usize..it.end as usize, new.as_str()));
            let wanted = spliced(&text, places);
            if spliced_by_json(&text, &json) != wanted || spliced_by_sarif(&text, &sarif) != wanted
            {
                faults.push(format!("{name}: {:?}\n{json:#}\n{sarif:#}", diagnostic.message));
            }
            count += 1;
        }
    }
    if count < 60 {
        faults.push(format!("only {count} edits were looked at"));
    }
    none(&faults)
}

fn spliced<'t>(text: &str, edits: impl Iterator<Item = (Range<usize>, &'t str)>) -> String {
    let mut text = text.to_owned();
    edits.for_each(|(range, new)| text.replace_range(range, new));
    text
}

fn array(value: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter()
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|it| usize::try_from(it).ok()).expect("a number")
}

fn spliced_by_json(text: &str, document: &Value) -> String {
    let fix = &document["diagnostics"][0]["fix"];
    let mut edits: Vec<_> = array(&fix["edits"])
        .map(|it| {
            let place = &it["place"];
            let range = number(&place["start"])..number(&place["end"]);
            (range, it["text"].as_str().expect("a text"))
        })
        .collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    spliced(text, edits.into_iter())
}

fn spliced_by_sarif(text: &str, log: &Value) -> String {
    let change = &log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    let offset = |line: &Value, column: &Value| {
        let before = text.split_inclusive('\n').take(number(line) - 1).map(str::len).sum::<usize>();
        let line = text.split_inclusive('\n').nth(number(line) - 1).unwrap_or_default();
        before + line.chars().take(number(column) - 1).map(char::len_utf8).sum::<usize>()
    };
    let mut edits: Vec<_> = array(&change["replacements"])
        .map(|it| {
            let region = &it["deletedRegion"];
            let start = offset(&region["startLine"], &region["startColumn"]);
            let end = offset(&region["endLine"], &region["endColumn"]);
            (start..end, it["insertedContent"]["text"].as_str().expect("a text"))
        })
        .collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    spliced(text, edits.into_iter())
}
