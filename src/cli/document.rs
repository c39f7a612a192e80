//! The document of one cluster of a project, for the commands that generate texts from it.

use std::path::PathBuf;

use super::args::{Global, Source};
use super::compiled;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::diagnostics::Diagnostics;
use crate::report::Document;
use crate::source::{Files, Name, Span};

/// A document with the inputs that it was made from.
pub(super) struct Read {
    /// The document; `None` if an error stops the build.
    pub(super) document: Option<Document>,
    /// Name of the document's cluster.
    pub(super) cluster: Name,
    /// Every text of the project.
    pub(super) files: Files,
    /// Place of the cluster's declaration; `None` if the cluster is not declared.
    pub(super) place: Option<Span>,
    /// Diagnostics that are not printed yet.
    pub(super) diagnostics: Diagnostics,
    /// The project's folder.
    pub(super) root: PathBuf,
}

/// Returns the document and the project's folder, and prints the diagnostics; `None` if an error stops the build.
pub(super) fn read(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Option<(Document, PathBuf)>, Failure> {
    let Read { document, files, diagnostics, root, .. } = read_silently(source, global, terminal)?;
    let diagnostics = diagnostics.sorted();
    let document = document.filter(|_| !global.refuses(&diagnostics));
    terminal.diagnostics(&files, diagnostics, &root)?;
    Ok(document.map(|it| (it, root)))
}

/// Reads a project and makes the document of one cluster, without printing diagnostics.
pub(super) fn read_silently(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Read, Failure> {
    let (analysis, cluster, root) =
        compiled::open_cluster(&source.path, source.cluster.as_deref(), global, terminal)?;
    let mut diagnostics = Diagnostics::default();
    let document = analysis.document(&cluster, &mut diagnostics);
    let place = analysis.clusters().find(|it| it.node == cluster).map(|it| it.span);
    let files = analysis.files().clone();
    Ok(Read { document, cluster, files, place, diagnostics, root })
}
