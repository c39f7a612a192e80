//! Projects in a single file, with their diagnostics and their output.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use mlnetc::analysis::Session;
use mlnetc::compile::fix::{self, Judged, Repaired, Texts};
use mlnetc::compile::{Built, Program};
use mlnetc::diagnostics::render::{Format, Screen, render};
use mlnetc::diagnostics::{Diagnostic, Diagnostics};
use mlnetc::lock;
use mlnetc::scalar::Date;
use mlnetc::source::{Files, Name};

use super::tree;

/// The (path, text) pairs of a project, and the current day.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) texts: Vec<(String, String)>,
    today: Date,
    cluster: Option<Name>,
}

/// The diagnostics and the output of a project.
pub(crate) struct Outcome {
    pub(crate) files: Files,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) built: Vec<Built>,
}

impl Outcome {
    /// Returns the diagnostics, as a plain terminal shows them.
    pub(crate) fn diagnostics(&self) -> String {
        render(&self.files, &self.diagnostics, Format::Human, Screen::PLAIN)
    }

    /// Returns the diagnostics, one per line.
    pub(crate) fn short(&self) -> String {
        render(&self.files, &self.diagnostics, Format::Short, Screen::PLAIN)
    }

    /// Returns the codes, in order.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|it| it.code.as_str()).collect()
    }

    /// Returns the output of `mlnetc build -o -`.
    pub(crate) fn stream(&self) -> String {
        let streams = self.built.iter().map(|it| {
            String::from_utf8(
                it.clone().into_tree(&self.files).expect("it can be emitted").stream(),
            )
            .expect("what is emitted is text")
        });
        streams.collect::<Vec<_>>().join("---\n")
    }

    /// Returns the documents that are not in that stream: Helm values and patches.
    pub(crate) fn documents(&self) -> String {
        let files = self
            .built
            .iter()
            .flat_map(|it| it.clone().into_tree(&self.files).expect("it can be emitted").files);
        let files =
            files.filter(|(path, _)| path.starts_with("helm/") || path.starts_with("patches/"));
        let texts = files.map(|(path, bytes)| {
            format!(
                "# file: {path}\n{}",
                String::from_utf8(bytes).expect("what is emitted is text")
            )
        });
        texts.collect::<Vec<_>>().join("---\n")
    }
}

impl Project {
    /// Splits a text at its lines `# file: PATH`. Without such a line, the whole text is the file `name`.
    pub(crate) fn cut(name: &str, text: &str) -> Self {
        let mut texts: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("# file: "), texts.last_mut()) {
                (Some(path), _) => texts.push((path.trim().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => texts.push((name.to_owned(), line.to_owned())),
            }
        }
        // Text before the first mark is a comment about the case.
        if texts.len() > 1 && texts.first().is_some_and(|(path, _)| path == name) {
            texts.remove(0);
        }
        Self { today: day(text), cluster: option(text, "cluster").map(Name::new), texts }
    }

    /// Returns a project of these files.
    pub(crate) fn of(texts: Vec<(String, String)>) -> Self {
        Self { texts, today: day(""), cluster: None }
    }

    /// Returns a project of the files of a folder.
    pub(crate) fn folder(path: &Path) -> Self {
        let files = tree::files(path).into_iter();
        let files = files.map(|it| (tree::relative(path, &it), it));
        Self::of(files.map(|(name, it)| (name, tree::text(&it))).collect())
    }

    /// Returns only its sources.
    pub(crate) fn sources(self) -> Vec<(String, String)> {
        split(self.texts).0
    }

    /// Compiles the project for each of its clusters.
    pub(crate) fn compile(self) -> Outcome {
        let Self { texts, today, cluster } = self;
        let (sources, mut others) = split(texts);
        let mut session = Session::new(sources, today);
        if let Some(text) = others.remove(lock::FILE_NAME) {
            session.set_lock(Some((lock::FILE_NAME.to_owned(), text)));
        }
        for (path, text) in others {
            session.set_schema(path, Ok(text));
        }
        let analysis = session.into_analysis();
        let (files, mut diagnostics) = (analysis.files().clone(), Diagnostics::default());
        let built = analysis.into_built(cluster.as_ref(), &mut diagnostics);
        let built = built.expect("mlnetc has no bug").unwrap_or_default();
        Outcome { files, diagnostics: diagnostics.sorted(), built }
    }

    /// Applies the safe fixes.
    pub(crate) fn repair(&self) -> Repaired {
        let (sources, _) = split(self.texts.clone());
        let repaired = fix::repair(sources, |texts| {
            let Outcome { files, diagnostics, .. } = self.with_sources(texts).compile();
            Ok::<_, Infallible>(Judged { files, diagnostics })
        });
        let Ok(repaired) = repaired;
        repaired
    }

    /// Returns the project with other sources.
    pub(crate) fn with_sources(&self, sources: &Texts) -> Self {
        let (_, others) = split(self.texts.clone());
        let mut project = self.clone();
        project.texts = sources.iter().cloned().chain(others).collect();
        project
    }

    /// Only parses the project.
    pub(crate) fn parse(self) -> Outcome {
        let program = Program::read(split(self.texts).0);
        let diagnostics = program.diagnostics().sorted();
        Outcome { files: program.files, diagnostics, built: Vec::new() }
    }
}

/// Splits files into sources and files that they may refer to: the lock, schemas.
fn split(texts: Vec<(String, String)>) -> (Vec<(String, String)>, BTreeMap<String, String>) {
    let (sources, others): (Vec<_>, Vec<_>) =
        texts.into_iter().partition(|(path, _)| is_source(path));
    (sources, others.into_iter().collect())
}

/// Returns whether a file is a source.
pub(crate) fn is_source(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == "mlnet")
}

/// Returns an option of `mlnetc build` for a case, from a comment before its first line of source.
fn option<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let comments = text.lines().take_while(|it| it.starts_with("# "));
    let options = comments.filter_map(|it| it.strip_prefix("# ")?.strip_prefix(name));
    options.filter_map(|it| it.strip_prefix(": ")).map(str::trim).next()
}

fn day(text: &str) -> Date {
    let day = option(text, "today").unwrap_or("2026-12-01");
    Date::parse(day).expect("`# today: YYYY-MM-DD`")
}
