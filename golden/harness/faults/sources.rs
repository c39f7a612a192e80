//! Valid projects to put faults into: the examples, the good sources of the diagnostics, the cases of
//! the standard library and of lowering.

use mlnetc::diagnostics::Severity;

use crate::harness::project::{Outcome, Project, is_source};
use crate::harness::tree;

/// A valid project.
pub(crate) struct Source {
    /// Its folder.
    pub(crate) name: String,
    /// Its files.
    pub(crate) project: Project,
}

impl Source {
    /// The rows, paths and texts of its own files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let files = self.project.texts.iter().enumerate();
        files.filter(|(_, it)| is_source(&it.0)).map(|(at, it)| (at, &*it.0, &*it.1))
    }

    /// What is said of it with other texts in some of its files.
    pub(crate) fn with(&self, texts: impl IntoIterator<Item = (usize, String)>) -> Outcome {
        let mut project = self.project.clone();
        for (at, text) in texts {
            project.texts[at].1 = text;
        }
        project.compile()
    }
}

/// Every one of them.
pub(crate) fn all() -> Vec<Source> {
    let examples = tree::root("examples");
    let examples = tree::folders(&examples).into_iter().map(|it| {
        let project = Project::folder(&tree::root("examples").join(&it));
        Source { name: format!("examples/{it}"), project }
    });
    let cases = [
        ("golden/diagnostics", "good.mlnet"),
        ("golden/stdlib", "use.mlnet"),
        ("golden/lower", "in.mlnet"),
    ];
    let cases = cases.iter().flat_map(|(folder, file)| {
        tree::folders(&tree::root(folder)).into_iter().filter_map(move |it| {
            let text = tree::text_if_any(&tree::root(folder).join(&it).join(file))?;
            Some(Source { name: format!("{folder}/{it}"), project: Project::cut(file, &text) })
        })
    });
    let sources = examples.chain(cases).filter(|it| it.files().next().is_some());
    let sources: Vec<Source> = sources.collect();
    for source in &sources {
        let outcome = source.with([]);
        let wrong = outcome.diagnostics.iter().any(|it| it.severity() == Severity::Error);
        assert!(!wrong, "{} is to be valid:\n{}", source.name, outcome.said());
    }
    sources
}
