//! `golden/stdlib/COMPONENT/`, `golden/lower/CASE/` and `golden/examples/NAME.yaml`: the output of projects.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use mlnetc::diagnostics::Severity;

use super::case::{Cases, Expect};
use super::project::Project;
use super::{origins, same, tree};

/// A project, and the files with its expected output.
struct Case {
    name: String,
    project: Project,
    /// The diagnostics, and the manifests for `kubectl apply`.
    manifests: PathBuf,
    /// The Helm values, and the patches.
    values: PathBuf,
}

/// Adds the tests of each project.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("stdlib: every component has a case", every_component_has_a_case);
    for case in all() {
        let Case { name, project, manifests, values } = case;
        let one = project.clone();
        cases.add(&name, move |expect| check(one, &manifests, &values, expect));
        let one = project.clone();
        cases.add(format!("{name}: origins"), move |_| origins::check(one));
        let one = project.clone();
        cases.add(format!("{name}: twice"), move |_| same::twice(&one));
        cases.add(format!("{name}: order"), move |_| same::permuted(&project));
    }
}

fn all() -> Vec<Case> {
    let stdlib = tree::root("golden/stdlib");
    let components = tree::folders(&stdlib).into_iter().map(|it| {
        let folder = stdlib.join(&it);
        let text = tree::text(&folder.join("use.mlnet"));
        Case {
            project: Project::cut("use.mlnet", &text),
            manifests: folder.join("out.yaml"),
            values: folder.join("values.yaml"),
            name: format!("stdlib/{it}"),
        }
    });
    let examples = tree::root("golden/examples");
    let examples = tree::examples().into_iter().map(|it| Case {
        project: Project::folder(&tree::root("examples").join(&it)),
        manifests: examples.join(format!("{it}.yaml")),
        values: examples.join(format!("{it}.values.yaml")),
        name: format!("examples/{it}"),
    });
    let lower = tree::root("golden/lower");
    let small = tree::folders(&lower).into_iter().map(|it| {
        let folder = lower.join(&it);
        Case {
            project: Project::cut("in.mlnet", &tree::text(&folder.join("in.mlnet"))),
            manifests: folder.join("out.yaml"),
            values: folder.join("values.yaml"),
            name: format!("lower/{it}"),
        }
    });
    components.chain(examples).chain(small).collect()
}

fn every_component_has_a_case() -> Vec<String> {
    let folder = tree::root("golden/stdlib");
    let lacks = |it: &&str| !folder.join(it).join("use.mlnet").exists();
    let lacking = mlnetc::stdlib::names().filter(lacks);
    lacking.map(|it| format!("golden/stdlib/{it}/use.mlnet is missing")).collect()
}

/// Compares the output of a project with its files. Warnings are part of a case: they are above the output, as
/// comments.
fn check(project: Project, manifests: &Path, values: &Path, expect: Expect) -> Result<(), Failed> {
    let outcome = project.compile();
    if outcome.diagnostics.iter().any(|it| it.severity() == Severity::Error) {
        return Err(format!("it does not build:\n{}", outcome.diagnostics()).into());
    }
    let messages = outcome.diagnostics();
    let messages = messages.lines().map(|it| format!("# {it}").trim_end().to_owned() + "\n");
    let same = expect.file(manifests, &(messages.collect::<String>() + &outcome.stream()));
    let documents = outcome.documents();
    if !documents.is_empty() || values.exists() {
        expect.file(values, &documents)?;
    }
    same
}
