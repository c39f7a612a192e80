//! `golden/query/CASE/`: the answers of `mlnetc query` to `questions.txt`, for `live.yaml` or for the project
//! `in.mlnet`, are `out.txt`. If there is an `out.json`, it is the JSON output for the first question.

use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::Failed;
use mlnetc::analysis::{BoundQuestion, Session};
use mlnetc::diagnostics::Diagnostics;
use mlnetc::manifests::{self, Manifests, Text};
use mlnetc::query::{self, Answer, Output, Unclear};
use mlnetc::scalar::Date;

use super::case::{Cases, Expect};
use super::project::Project;
use super::tree;

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/query")) {
        let folder = tree::root("golden/query").join(&case);
        cases.add(format!("query/{case}"), move |expect| check(&folder, expect));
    }
}

fn check(folder: &Path, expect: Expect) -> Result<(), Failed> {
    let questions = tree::text(&folder.join("questions.txt"));
    let live = folder.join("live.yaml");
    let manifests = if live.exists() {
        let text = Text { name: "live.yaml".to_owned(), text: tree::text(&live) };
        Some(manifests::read(&[text]).map_err(|it| format!("{}: {}", it.name, it.message))?)
    } else {
        None
    };
    let mut out = String::new();
    for (at, question) in questions.lines().enumerate() {
        let answer = match asked(folder, manifests.as_ref(), question, Output::Text)? {
            Ok(answer) => {
                format!("{}({})\n", plain(&answer.text), if answer.is_yes { "yes" } else { "no" })
            }
            Err(it) => format!("{}\n  help: {}\n", it.message, it.help),
        };
        let gap = if at > 0 { "\n" } else { "" };
        writeln!(out, "{gap}? {question}\n{}", answer.trim_end())?;
        let json = folder.join("out.json");
        if at == 0
            && json.exists()
            && let Ok(answer) = asked(folder, manifests.as_ref(), question, Output::Json)?
        {
            expect.file(&json, &answer.text)?;
        }
    }
    expect.file(&folder.join("out.txt"), &out)
}

type Asked = Result<Answer, Unclear>;

fn asked(
    folder: &Path,
    manifests: Option<&Manifests>,
    question: &str,
    output: Output,
) -> Result<Asked, Failed> {
    let question = match query::parse(question) {
        Ok(question) => question,
        Err(unclear) => return Ok(Err(unclear)),
    };
    if let Some(manifests) = manifests {
        let (answer, invalid) = query::of_snapshot(manifests, &question, output);
        return if invalid.is_empty() { Ok(answer) } else { Err(format!("{invalid:?}").into()) };
    }
    let project = Project::cut("in.mlnet", &tree::text(&folder.join("in.mlnet")));
    let today = Date::parse("2026-12-01").expect("a day");
    let analysis = Session::new(project.sources(), today).into_analysis();
    let cluster = analysis.clusters().next().ok_or("a project has a cluster")?.node.clone();
    let mut diagnostics = Diagnostics::default();
    let objects = analysis.objects(&cluster, &mut diagnostics).expect("no bug");
    let (model, objects) = objects.ok_or_else(|| format!("{diagnostics:?}"))?;
    let BoundQuestion { files, diagnostics, assertion } =
        analysis.bind_question(&cluster, &question);
    if diagnostics.has_errors() {
        return Err(format!("{diagnostics:?}").into());
    }
    Ok(query::of_source(model, objects, &files, (&question, assertion.as_ref()), output))
}

/// Returns a text without colors.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
