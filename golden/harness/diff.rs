//! `golden/diff/CASE/`: the output of `mlnetc diff` for `in.mlnet` and `live.yaml`, or for an earlier version
//! (`before.mlnet`), is `out.txt`. If there is an `out.md` or an `out.json`, it is the output in that format.

use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::compile::Built;
use mlnetc::diff::render::{self, About, Answer, Screen};
use mlnetc::diff::{self, Output};
use mlnetc::impact::Source;
use mlnetc::manifests::{self, Text};
use serde_json::Value;

use super::case::{Cases, Expect};
use super::project::{Outcome, Project};
use super::tree;

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/diff")) {
        let folder = tree::root("golden/diff").join(&case);
        cases.add(format!("diff/{case}"), move |expect| check(&folder, expect));
    }
    for example in tree::examples() {
        let name = format!("diff: examples/{example} against its own output");
        cases.add(name, move |_| is_its_own(&example));
    }
}

/// Checks that the document conforms to `docs/diff.schema.json`, and has no other fields.
fn conforms(document: &Value) -> Result<(), Failed> {
    let mut schema: Value =
        serde_json::from_str(&tree::text(&tree::root("docs/diff.schema.json")))?;
    if schema["properties"]["version"]["const"] != render::VERSION {
        return Err("the schema is of another version".into());
    }
    close(&mut schema);
    let schema = jsonschema::validator_for(&schema)?;
    let faults: Vec<String> =
        schema.iter_errors(document).map(|it| format!("{it} at {}", it.instance_path())).collect();
    super::case::none(&faults)?;
    // The schema must reject a document without a required field.
    for (at, field) in [("/clusters/0", "risks"), ("/clusters/0/summary", "same"), ("", "version")]
    {
        let mut less = document.clone();
        let object = less.pointer_mut(at).and_then(Value::as_object_mut).ok_or("no object")?;
        object.remove(field);
        if schema.is_valid(&less) {
            return Err(format!("the schema does not ask for `{field}`").into());
        }
    }
    Ok(())
}

/// Forbids unknown fields in a schema: readers ignore them, the tests do not.
fn close(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        object.values_mut().for_each(close);
    } else if let Some(list) = schema.as_array_mut() {
        list.iter_mut().for_each(close);
    }
}

/// Checks that the output of an example, used as the live side, has no difference from the example.
fn is_its_own(example: &str) -> Result<(), Failed> {
    let outcome = Project::folder(&tree::root("examples").join(example)).compile();
    for built in &outcome.built {
        let files =
            built.clone().into_tree(&outcome.files).expect("it can be emitted").files.into_iter();
        let manifests =
            files.filter(|(name, _)| Path::new(name).extension().is_some_and(|it| it == "yaml"));
        let texts: Vec<Text> = manifests
            .map(|(name, bytes)| Text { name, text: String::from_utf8_lossy(&bytes).into_owned() })
            .collect();
        let live = manifests::read(&texts).map_err(|it| format!("{}: {}", it.name, it.message))?;
        let comparison = diff::with_cluster(source(built, &outcome), live);
        if !comparison.is_same() || comparison.same == 0 || !comparison.connections.lines.is_empty()
        {
            let about = about(built, "its own output");
            return Err(render::text(&[Answer { about, comparison }], Screen::PLAIN).into());
        }
    }
    Ok(())
}

fn about<'a>(built: &'a Built, against: &'a str) -> About<'a> {
    About { cluster: Some(built.cluster.node.as_str()), desired: None, against }
}

fn source<'o>(built: &'o Built, outcome: &'o Outcome) -> Source<'o> {
    Source { model: &built.model, objects: &built.objects, files: &outcome.files }
}

fn check(folder: &Path, expect: Expect) -> Result<(), Failed> {
    let outcome = Project::cut("in.mlnet", &tree::text(&folder.join("in.mlnet"))).compile();
    let [built] = outcome.built.as_slice() else {
        return Err(format!("in.mlnet is to be one cluster:\n{}", outcome.diagnostics()).into());
    };
    let was = folder.join("before.mlnet");
    let answers = if let Some(text) = tree::text_if_any(&was) {
        let before = Project::cut("in.mlnet", &text).compile();
        let [old] = before.built.as_slice() else {
            return Err(
                format!("before.mlnet is to be one cluster:\n{}", before.diagnostics()).into()
            );
        };
        let sides = [(old, &before), (built, &outcome)]
            .map(|(built, outcome)| Output::Source(source(built, outcome)));
        let [old, new] = &sides;
        let comparison = diff::between(old, new);
        if !diff::between(new, new).connections.lines.is_empty() {
            return Err("something opens or closes between the same source".into());
        }
        [Answer { about: about(built, "git:main"), comparison }]
    } else {
        let text = tree::text(&folder.join("live.yaml"));
        let live = manifests::read(&[Text { name: "live.yaml".to_owned(), text }]);
        let live = live.map_err(|it| format!("{}: {}", it.name, it.message))?;
        let comparison = diff::with_cluster(source(built, &outcome), live);
        [Answer { about: about(built, "live.yaml"), comparison }]
    };
    conforms(&render::json(&answers))?;
    let outputs = [
        ("out.txt", render::text(&answers, Screen::PLAIN)),
        ("out.md", render::markdown(&answers)),
        ("out.json", format!("{:#}\n", render::json(&answers))),
    ];
    for (name, actual) in outputs {
        let path = folder.join(name);
        if name == "out.txt" || path.exists() {
            expect.file(&path, &actual)?;
        }
    }
    Ok(())
}
