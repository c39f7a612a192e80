//! `golden/reports/CLUSTER/`: the output of `mlnetc report` and `mlnetc graph` for `examples/ml-platform`; and
//! operations that templates must not do.

use libtest_mimic::Failed;
use mlnetc::analysis::Session;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::report::{self, Document, Language};
use mlnetc::scalar::Date;
use mlnetc::source::Name;

use super::case::{Cases, Expect};
use super::project::Project;
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    for (kind, ..) in report::KINDS {
        let cluster = if *kind == "kubeadm" { "laboratory" } else { "homelab" };
        cases.add(format!("reports/{cluster}: {kind}"), move |expect| one(cluster, kind, expect));
    }
    cases.add("reports/homelab: graphs", graphs);
    cases.faults("reports: a template ends, and reads the document alone", hostile);
}

/// Returns the document of a cluster, without the lock, so that the notice of the report has content.
fn document(cluster: &str) -> Document {
    let project = Project::folder(&tree::root("examples/ml-platform"));
    let (cluster, today) = (Name::new(cluster), Date::new(2026, 12, 1).expect("a day"));
    let analysis = Session::new(project.sources(), today).into_analysis();
    let document = analysis.document(&cluster, &mut Diagnostics::default());
    document.expect("the example builds")
}

fn one(cluster: &str, kind: &str, expect: Expect) -> Result<(), Failed> {
    let template = report::template(kind).expect("it is one of them");
    let text = report::render(kind, template, &document(cluster)).map_err(|it| it.to_string())?;
    expect.file(&tree::root("golden/reports").join(cluster).join(format!("{kind}.txt")), &text)
}

fn graphs(expect: Expect) -> Result<(), Failed> {
    let (document, folder) = (document("homelab"), tree::root("golden/reports/homelab"));
    let graph = |language, by_service| {
        report::graph(language, by_service, &document).map_err(|it| it.to_string())
    };
    expect.file(&folder.join("graph.mermaid"), &graph(Language::Mermaid, false)?)?;
    expect.file(&folder.join("graph.dot"), &graph(Language::Dot, true)?)
}

fn hostile() -> Vec<String> {
    let document = document("cloud");
    let templates = [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps"),
        (
            "{% set n = namespace(x='long') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}\
             {% endfor %}",
            "steps",
        ),
        (
            "{% set x = cluster %}{% for a in range(9999) %}{{ '%2000s'|format(x) }}{% endfor %}",
            "writes more than 16 MiB",
        ),
        ("{% include \"/etc/passwd\" %}", "unknown statement include"),
        ("{{ clusters }}", "undefined value in line 1"),
        ("{{ cluster", "line 1"),
    ];
    let answers = templates.into_iter().filter_map(|(template, expected)| {
        match report::render("own", template, &document) {
            Err(why) if why.to_string().contains(expected) => None,
            Err(why) => Some(format!("{template}: {why}, expected {expected}")),
            Ok(text) => Some(format!("{template} gives {} bytes, expected {expected}", text.len())),
        }
    });
    answers.collect()
}
