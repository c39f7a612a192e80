//! A compiled project, for the commands that need one.

use std::path::{Path, PathBuf};

use super::args::{Global, Source};
use super::failure::Failure;
use super::lockfile::LockFile;
use super::project::{self, Project};
use super::terminal::Terminal;
use crate::analysis::{Analysis, Session};
use crate::compile::Built;
use crate::diagnostics::{Diagnostic, Diagnostics, Expectation};
use crate::source::{Files, Name};

/// A project and the results of its clusters.
pub(super) struct Compiled {
    /// Every text.
    pub(super) files: Files,
    /// The warnings that comments of the project expect.
    pub(super) expectations: Vec<Expectation>,
    /// Each requested cluster; `None` if an error stops the build.
    pub(super) built: Option<Vec<Built>>,
    /// `mlnet.lock`, before and after the build.
    pub(super) lock: LockFile,
}

/// Reads and compiles a project, and prints the diagnostics.
pub(super) fn read(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Compiled, Failure> {
    diagnostics(source, global, terminal).map(|(compiled, _)| compiled)
}

/// Reads and compiles a project, prints the diagnostics, and returns them too.
pub(super) fn diagnostics(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Compiled, Vec<Diagnostic>), Failure> {
    let (mut compiled, diagnostics, root) = read_silently(source, global, terminal)?;
    let diagnostics = diagnostics.sorted();
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(&compiled.files, diagnostics.clone(), &root)?;
    compiled.built = compiled.built.filter(|_| !refused);
    Ok((compiled, diagnostics))
}

/// Reads and compiles a project without printing; returns its diagnostics and its folder too.
pub(super) fn read_silently(
    source: &Source,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Compiled, Diagnostics, PathBuf), Failure> {
    let mut project = project::read(&source.path, terminal)?;
    let wanted = source.cluster.as_deref().map(Name::new);
    let (session, lock) = open(&mut project, global)?;
    let (compiled, diagnostics) = compile(session, lock, wanted.as_ref())?;
    Ok((compiled, diagnostics, project.root))
}

/// Opens a session on a project, and moves its texts into the session. The session has the schemas and the lock of the
/// project.
pub(super) fn open(project: &mut Project, global: &Global) -> Result<(Session, LockFile), Failure> {
    let mut session = Session::new(std::mem::take(&mut project.texts), global.today());
    add_schemas(&mut session, project);
    let lock = LockFile::read(project.lock.clone(), &mut session)?;
    Ok((session, lock))
}

/// Reads a project for an answer about one cluster. Returns its analysis, the named cluster or the only one, and the
/// folder of the project.
pub(super) fn open_cluster(
    path: &Path,
    cluster: Option<&str>,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Analysis, Name, PathBuf), Failure> {
    let mut project = project::read(path, terminal)?;
    let (session, _) = open(&mut project, global)?;
    let analysis = session.into_analysis();
    let cluster = cluster.map_or_else(|| only_cluster(&analysis), |it| Ok(Name::new(it)))?;
    Ok((analysis, cluster, project.root))
}

/// Returns the only cluster of a project; several clusters are a usage error, since a document has one cluster.
pub(super) fn only_cluster(analysis: &Analysis) -> Result<Name, Failure> {
    let clusters: Vec<_> = analysis.clusters().collect();
    match clusters.as_slice() {
        [one] => Ok(one.node.clone()),
        [] => Err(Failure::usage("the source declares no cluster")),
        several => {
            let names = several.iter().map(|it| it.node.as_str()).collect::<Vec<_>>().join(", ");
            let help = "`--cluster NAME` selects one";
            Err(Failure::usage_help(format!("the source declares several clusters: {names}"), help))
        }
    }
}

/// Reads the JSON Schemas that a project names.
pub(super) fn add_schemas(session: &mut Session, project: &Project) {
    for path in session.schema_paths() {
        let schema = project::inside(&project.root, &path);
        session.set_schema(path, schema);
    }
}

/// Builds every cluster of a session, or the named cluster.
pub(super) fn compile(
    session: Session,
    mut lock: LockFile,
    wanted: Option<&Name>,
) -> Result<(Compiled, Diagnostics), Failure> {
    let analysis = session.into_analysis();
    let (files, expectations) = (analysis.files().clone(), analysis.expectations());
    let mut diagnostics = Diagnostics::default();
    let built = analysis.into_built(wanted, &mut diagnostics)?;
    if let Some(last) = built.iter().flatten().last() {
        lock.next = last.lock.clone();
    }
    Ok((Compiled { files, expectations, built, lock }, diagnostics))
}
