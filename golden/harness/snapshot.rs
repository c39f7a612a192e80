//! Diagnostics of manifests; and `golden/findings/CASE/`: the diagnostics of `live.yaml` are `out.txt`.

use libtest_mimic::Failed;
use mlnetc::analysis::Session;
use mlnetc::compile;
use mlnetc::diagnostics::{Code, Diagnostic, Diagnostics};
use mlnetc::lint::{self, Ids};
use mlnetc::manifests::{self, Manifests, Text};
use mlnetc::scalar::Date;
use mlnetc::source::Files;

use super::case::{Cases, Expect};
use super::project::{Outcome, Project};
use super::tree;

/// Path of a snapshot among the files of a project.
pub(crate) const LIVE: &str = "live.yaml";

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/findings")) {
        let folder = tree::root("golden/findings").join(&case);
        cases.add(format!("findings/{case}"), move |expect: Expect| -> Result<(), Failed> {
            let outcome = check(LIVE, &tree::text(&folder.join(LIVE)));
            expect.file(&folder.join("out.txt"), &outcome.diagnostics())
        });
    }
}

/// Validates a project of one cluster, and its flows beside its file `live.yaml`.
pub(crate) fn beside(project: Project) -> Outcome {
    let live = project.texts.iter().find(|(name, _)| name == LIVE);
    let live = live.map(|(_, text)| text.clone()).expect("a project with a snapshot");
    let today = Date::parse("2026-12-01").expect("a day");
    let analysis = Session::new(project.clone().sources(), today).into_analysis();
    let cluster = analysis.clusters().next().expect("a cluster").node.clone();
    let mut outcome = project.compile();
    let (text, manifests) = read(LIVE, &live);
    let id = outcome.files.add_beside(LIVE.to_owned(), manifests.without_secrets(text));
    let ids = Ids::from([(LIVE.to_owned(), id)]);
    if let Some((model, objects)) =
        analysis.objects(&cluster, &mut Diagnostics::default()).expect("no bug")
    {
        let mut diagnostics = lint::beside(model, &manifests, &outcome.files, &ids);
        let proof = compile::proof(model, objects);
        lint::broken_rules(proof, &manifests, &outcome.files, &mut diagnostics);
        let of_pods: Vec<_> = diagnostics.errors().filter_map(|it| it.span).collect();
        let is_replaced = |it: &Diagnostic| {
            it.code == Code::W0505 && it.span.is_some_and(|it| of_pods.contains(&it))
        };
        outcome.diagnostics.retain(|it| !is_replaced(it));
        outcome.diagnostics.extend(diagnostics.sorted());
    }
    outcome
}

fn read(name: &str, text: &str) -> (Text, Manifests) {
    let text = Text { name: name.to_owned(), text: text.to_owned() };
    let manifests = manifests::read(std::slice::from_ref(&text)).expect("manifests can be read");
    (text, manifests)
}

/// Validates one text of manifests.
pub(crate) fn check(name: &str, text: &str) -> Outcome {
    let (text, manifests) = read(name, text);
    let mut files = Files::default();
    let id = files.add_beside(name.to_owned(), manifests.without_secrets(text));
    let ids = Ids::from([(name.to_owned(), id)]);
    let diagnostics = lint::check(&manifests, &files, &ids).diagnostics;
    Outcome { files, diagnostics: diagnostics.sorted(), built: Vec::new() }
}
