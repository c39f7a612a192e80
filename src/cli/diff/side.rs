//! One side of a comparison without a cluster: a project, or manifests.

use std::fs;
use std::path::Path;

use super::super::args::{Global, Source};
use super::super::compiled::{self, Compiled};
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{project, snapshot};
use crate::compile::Built;
use crate::diagnostics::{Diagnostics, Severity};
use crate::diff::Output;
use crate::impact;
use crate::manifests::Manifests;
use crate::source::Files;

/// A side of a comparison.
pub(super) enum Side {
    /// A compiled project.
    Project(Files, Vec<Built>),
    /// Manifests.
    Manifests(Manifests),
}

impl Side {
    /// Reads the old side; errors of its source are a failure, because nothing can be compared.
    pub(super) fn old(
        path: &Path,
        global: &Global,
        terminal: &mut Terminal,
    ) -> Result<Self, Failure> {
        if !is_project(path)? {
            return snapshot::read(path).map(Self::Manifests);
        }
        let mut project = project::read(path, terminal)?;
        let (session, lock) = compiled::open(&mut project, global)?;
        let (compiled, diagnostics) = compiled::compile(session, lock, None)?;
        let what = format!("`{}`", path.display());
        let Compiled { files, built, .. } = compiled;
        compiled_or_not(files, built, diagnostics, &what, &project.root, terminal)
    }

    /// Reads the new side; `None` if an error stops the build.
    pub(super) fn new(
        source: &Source,
        global: &Global,
        terminal: &mut Terminal,
    ) -> Result<Option<Self>, Failure> {
        if !is_project(&source.path)? {
            return snapshot::read(&source.path).map(|it| Some(Self::Manifests(it)));
        }
        let compiled = compiled::read(source, global, terminal)?;
        Ok(compiled.built.map(|it| Self::Project(compiled.files, it)))
    }

    /// Returns the names of the side's clusters; none for manifests, which belong to whichever cluster is compared.
    pub(super) fn clusters(&self) -> Vec<&str> {
        match self {
            Self::Project(_, built) => built.iter().map(|it| it.cluster.node.as_str()).collect(),
            Self::Manifests(_) => Vec::new(),
        }
    }

    /// Returns the output of a cluster.
    pub(super) fn output(&self, cluster: &str) -> Output<'_> {
        match self {
            Self::Project(files, built) => {
                let built = built.iter().find(|it| it.cluster.node.as_str() == cluster);
                built.map_or(Output::Nothing, |it| {
                    let (model, objects) = (&it.model, it.objects.as_slice());
                    Output::Source(impact::Source { model, objects, files })
                })
            }
            Self::Manifests(manifests) => Output::Manifests(manifests),
        }
    }
}

/// Returns the compiled project; else prints its errors, and fails, because there is nothing to compare with.
pub(super) fn compiled_or_not(
    files: Files,
    built: Option<Vec<Built>>,
    mut diagnostics: Diagnostics,
    what: &str,
    root: &Path,
    terminal: &mut Terminal,
) -> Result<Side, Failure> {
    if let Some(built) = built {
        return Ok(Side::Project(files, built));
    }
    diagnostics.retain(|it| it.severity() == Severity::Error);
    terminal.diagnostics(&files, diagnostics.sorted(), root)?;
    let help = "`mlnetc diff` needs two sides that build";
    Err(Failure::usage_help(format!("the source of {what} has errors"), help))
}

/// Returns whether a path is a project: a source, or a folder with a source anywhere below it.
#[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
fn is_project(path: &Path) -> Result<bool, Failure> {
    let is_source = |it: &Path| it.extension().is_some_and(|it| it == "mlnet");
    if path == Path::new("-") {
        return Ok(false);
    }
    let failed = |error| Failure::io("read", path, error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(is_source(path));
    }
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if !kind.is_dir() && is_source(&path) || kind.is_dir() && is_project(&path)? {
            return Ok(true);
        }
    }
    Ok(false)
}
