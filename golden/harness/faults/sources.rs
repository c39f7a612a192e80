//! Valid projects for the injection of faults: the examples, the good sources of the diagnostics, the cases of the
//! standard library and of lowering.

use std::sync::LazyLock;

use mlnetc::diagnostics::Severity;

use crate::harness::diagnostics;
use crate::harness::project::{Outcome, Project, is_source};
use crate::harness::tree;

/// Size in bytes above which a project is large: its faults are tried less often, because one build of it takes as long
/// as forty of the others, and each kind of declaration is in some small project, too.
const LARGE: usize = 10_000;
const LESS_OFTEN: usize = 8;

/// A valid project.
pub(crate) struct Source {
    /// Its folder.
    pub(crate) name: String,
    /// Its files.
    pub(crate) project: Project,
}

impl Source {
    /// Returns the indexes, paths and texts of its own files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let files = self.project.texts.iter().enumerate();
        files.filter(|(_, it)| is_source(&it.0)).map(|(at, it)| (at, &*it.0, &*it.1))
    }

    /// Returns the number of faults of which one is tried, if it is `one_of` for a small project.
    pub(crate) fn one_of(&self, one_of: usize) -> usize {
        let size: usize = self.files().map(|(_, _, text)| text.len()).sum();
        if size > LARGE { one_of * LESS_OFTEN } else { one_of }
    }

    /// Compiles the project with other texts in some of its files.
    pub(crate) fn with(&self, texts: impl IntoIterator<Item = (usize, String)>) -> Outcome {
        let mut project = self.project.clone();
        for (at, text) in texts {
            project.texts[at].1 = text;
        }
        project.compile()
    }
}

/// Returns all projects. They are read and validated once for all tests.
pub(crate) fn all() -> &'static [Source] {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(read);
    &ALL
}

fn read() -> Vec<Source> {
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
        let names = tree::folders(&tree::root(folder)).into_iter();
        names.filter(|it| diagnostics::is_of_source(it)).filter_map(move |it| {
            let text = tree::text_if_any(&tree::root(folder).join(&it).join(file))?;
            Some(Source { name: format!("{folder}/{it}"), project: Project::cut(file, &text) })
        })
    });
    let sources = examples.chain(cases).filter(|it| it.files().next().is_some());
    let sources: Vec<Source> = sources.collect();
    for source in &sources {
        let outcome = source.with([]);
        let wrong = outcome.diagnostics.iter().any(|it| it.severity() == Severity::Error);
        assert!(!wrong, "{} is to be valid:\n{}", source.name, outcome.diagnostics());
    }
    sources
}
