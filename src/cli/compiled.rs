//! A project read and compiled, for the commands that need it.

use std::path::PathBuf;

use super::args::{Global, Source};
use super::failure::Failure;
use super::lockfile::LockFile;
use super::project::{self, Project};
use super::terminal::Terminal;
use crate::compile::{self, Built, Program};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::Name;

/// A project and what its clusters became.
pub(super) struct Compiled {
    /// The project.
    pub(super) program: Program,
    /// Each cluster that was asked for; nothing if something stops the build.
    pub(super) built: Option<Vec<Built>>,
    /// `mlnet.lock`, before and after.
    pub(super) lock: LockFile,
}

/// Reads and compiles a project, and says what there is to say about it.
pub(super) fn read(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Compiled, Failure> {
    diagnostics(source, global, terminal).map(|(compiled, _)| compiled)
}

/// The same, with what was said.
pub(super) fn diagnostics(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Compiled, Vec<Diagnostic>), Failure> {
    let (mut compiled, diagnostics, root) = read_silently(source, global, terminal)?;
    let diagnostics = diagnostics.sorted();
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(&compiled.program.files, diagnostics.clone(), &root)?;
    compiled.built = compiled.built.filter(|_| !refused);
    Ok((compiled, diagnostics))
}

/// Reads and compiles a project: with what there is to say about it, and its folder.
pub(super) fn read_silently(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Compiled, Diagnostics, PathBuf), Failure> {
    let mut project = project::read(&source.path, terminal)?;
    let texts = std::mem::take(&mut project.texts);
    let wanted = source.cluster.as_deref().map(Name::new);
    let (compiled, diagnostics) = compile(&project, texts, wanted.as_ref(), global)?;
    Ok((compiled, diagnostics, project.root))
}

/// Compiles texts as the sources of a project.
pub(super) fn compile(
    project: &Project,
    texts: Vec<(String, String)>,
    wanted: Option<&Name>,
    global: &Global,
) -> Result<(Compiled, Diagnostics), Failure> {
    let mut program = Program::read(texts);
    for path in program.schema_paths() {
        let schema = project::inside(&project.root, &path);
        program.schemas.insert(path, schema);
    }
    let mut diagnostics = Diagnostics::default();
    let mut lock = LockFile::read(project.lock.clone(), &mut program.files, &mut diagnostics)?;
    let before = lock.next.clone();
    let built = compile::build_all(&mut program, wanted, &before, global.today(), &mut diagnostics);
    if let Some(last) = built.iter().flatten().last() {
        lock.next = last.lock.clone();
    }
    Ok((Compiled { program, built, lock }, diagnostics))
}
