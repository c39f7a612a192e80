//! One cluster of a project as a document, for the commands that make texts of it.

use std::path::PathBuf;

use super::args::{Global, Source};
use super::failure::Failure;
use super::lockfile::LockFile;
use super::project;
use super::terminal::Terminal;
use crate::compile::{self, Program};
use crate::diagnostics::Diagnostics;
use crate::report::Document;
use crate::source::Name;

/// What was read for a document.
pub(super) struct Read {
    /// The document; `None` if something stops the build.
    pub(super) document: Option<Document>,
    /// The cluster that it is of.
    pub(super) cluster: Name,
    /// The project.
    pub(super) program: Program,
    /// Diagnostics, which nobody has printed yet.
    pub(super) diagnostics: Diagnostics,
    /// The project's folder.
    pub(super) root: PathBuf,
}

/// Returns the document and the project's folder, and prints the diagnostics; `None` if something stops the build.
pub(super) fn read(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Option<(Document, PathBuf)>, Failure> {
    let Read { document, program, diagnostics, root, .. } =
        read_silently(source, global, terminal)?;
    let diagnostics = diagnostics.sorted();
    let document = document.filter(|_| !global.refuses(&diagnostics));
    terminal.diagnostics(&program.files, diagnostics, &root)?;
    Ok(document.map(|it| (it, root)))
}

/// Reads a project, and makes the document of one cluster.
pub(super) fn read_silently(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Read, Failure> {
    let project = project::read(&source.path, terminal)?;
    let mut program = Program::read(project.texts);
    let cluster = match &source.cluster {
        Some(name) => Name::new(name),
        None => only(&program)?,
    };
    let mut diagnostics = Diagnostics::default();
    let lock = LockFile::read(project.lock, &mut program.files, &mut diagnostics)?;
    let document =
        compile::document(&program, &cluster, &lock.next, global.today(), &mut diagnostics);
    Ok(Read { document, cluster, program, diagnostics, root: project.root })
}

/// A document is of one cluster.
pub(super) fn only(program: &Program) -> Result<Name, Failure> {
    let clusters = program.clusters();
    match clusters.as_slice() {
        [one] => Ok(one.node.clone()),
        [] => Err(Failure::usage("the source declares no cluster")),
        several => {
            let names = several.iter().map(|it| it.node.as_str()).collect::<Vec<_>>().join(", ");
            let help = "`--cluster NAME` says which one";
            Err(Failure::usage_help(format!("the source declares several clusters: {names}"), help))
        }
    }
}
