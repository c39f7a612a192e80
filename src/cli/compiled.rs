//! A project read and compiled, for the commands that need it.

use super::args::{Global, Source};
use super::failure::Failure;
use super::lockfile::LockFile;
use super::project;
use super::terminal::Terminal;
use crate::compile::{self, Built, Program};
use crate::diagnostics::Diagnostics;
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
    let project = project::read(&source.path, terminal)?;
    let mut program = Program::read(project.texts);
    for path in program.schema_paths() {
        let schema = project::inside(&project.root, &path);
        program.schemas.insert(path, schema);
    }
    let mut said = Diagnostics::default();
    let mut lock = LockFile::read(project.lock, &mut program.files, &mut said)?;
    let wanted = source.cluster.as_deref().map(Name::new);
    let before = lock.next.clone();
    let built =
        compile::build_all(&mut program, wanted.as_ref(), &before, global.today(), &mut said);
    if let Some(last) = built.iter().flatten().last() {
        lock.next = last.lock.clone();
    }
    let refused = global.refuses(&said);
    terminal.diagnostics(&program.files, said, &project.root)?;
    Ok(Compiled { program, built: built.filter(|_| !refused), lock })
}
