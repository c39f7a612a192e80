//! The texts of a project, which may change, and the analysis of their current state.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Analysis;
use crate::compile::Program;
use crate::diagnostics::Diagnostics;
use crate::lock::{self, Lock};
use crate::scalar::Date;
use crate::source::Files;

/// A project whose texts may change. After a change of a file, only that file is parsed again; the later passes run
/// again when the next analysis is queried.
///
/// ```
/// use mlnetc::{Date, Diagnostics, Session};
///
/// let today = Date::parse("2026-12-01").expect("a day");
/// let source = "cluster home { pods = 10.42.0.0/16, services = 10.43.0.0/16 }";
/// let mut session = Session::new([("net.mlnet".to_owned(), source.to_owned())], today);
/// let mut diagnostics = Diagnostics::default();
/// assert_eq!(session.analysis().validate(None, &mut diagnostics), Ok(true));
///
/// session.update([("net.mlnet".to_owned(), "cluster home {".to_owned())]);
/// assert!(session.analysis().diagnostics().has_errors());
/// ```
#[derive(Debug)]
pub struct Session {
    program: Program,
    /// The name and the text of the lock; `None` if the project has none.
    lock_text: Option<(String, String)>,
    lock: Lock,
    lock_diagnostics: Diagnostics,
    today: Date,
    /// The analysis of the current texts.
    analysis: Option<Arc<Analysis>>,
}

impl Session {
    /// Opens a project: (path, text) of each source, paths relative to the project's root with `/` between folders, in
    /// any order. `today` decides which flows have ended.
    pub fn new(texts: impl IntoIterator<Item = (String, String)>, today: Date) -> Self {
        Self {
            program: Program::read(texts),
            lock_text: None,
            lock: Lock::default(),
            lock_diagnostics: Diagnostics::default(),
            today,
            analysis: None,
        }
    }

    /// Sets the lock: its name, which diagnostics use, and its text; `None` if the project has none.
    pub fn set_lock(&mut self, lock: Option<(String, String)>) {
        if lock == self.lock_text {
            return;
        }
        let name = |it: &Option<(String, String)>| it.as_ref().map(|(name, _)| name.clone());
        if self.lock_text.is_some() && name(&lock) != name(&self.lock_text) {
            // The old text is among the files.
            self.program.parse_again();
        }
        self.lock_text = lock;
        self.read_lock();
    }

    /// Sets the day that decides which flows have ended.
    pub fn set_today(&mut self, today: Date) {
        if today != self.today {
            self.today = today;
            self.analysis = None;
        }
    }

    /// The lock as it was read.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Returns the paths of the JSON Schemas that `values` name, relative to the project's root.
    pub fn schema_paths(&self) -> BTreeSet<String> {
        self.program.schema_paths()
    }

    /// Sets the text of a JSON Schema, or the reason why it cannot be read.
    pub fn set_schema(&mut self, path: String, text: Result<String, String>) {
        if self.program.schemas.get(&path) != Some(&text) {
            self.program.schemas.insert(path, text);
            self.analysis = None;
        }
    }

    /// Replaces the texts of all sources, as in `new`. Parses only the changed texts.
    pub fn update(&mut self, texts: impl IntoIterator<Item = (String, String)>) {
        if self.program.update(texts) {
            // The file id of the lock follows those of the sources and the standard library.
            self.read_lock();
        }
    }

    /// Returns the analysis of the current texts. An analysis that was returned earlier does not change.
    pub fn analysis(&mut self) -> Arc<Analysis> {
        let made = || {
            Arc::new(Self::analyze(
                self.program.clone(),
                &self.lock,
                &self.lock_diagnostics,
                self.today,
            ))
        };
        Arc::clone(self.analysis.get_or_insert_with(made))
    }

    /// Returns the analysis of the current texts, to build from.
    pub fn into_analysis(self) -> Analysis {
        Self::analyze(self.program, &self.lock, &self.lock_diagnostics, self.today)
    }

    /// Returns every current text of the project.
    pub fn files(&self) -> &Files {
        &self.program.files
    }

    fn analyze(program: Program, lock: &Lock, reported: &Diagnostics, today: Date) -> Analysis {
        Analysis::new(program, lock.clone(), reported.clone(), today)
    }

    /// Reads the lock; its file id follows those of the sources and the standard library.
    fn read_lock(&mut self) {
        self.analysis = None;
        self.lock = Lock::default();
        self.lock_diagnostics = Diagnostics::default();
        let Some((name, text)) = self.lock_text.clone() else { return };
        let files = &mut self.program.files;
        let known = files.iter().find(|(_, it)| it.path == name).map(|(id, _)| id);
        let id = match known {
            Some(id) => {
                files.replace(id, text);
                id
            }
            None => files.add(name, text),
        };
        self.lock = lock::read(files, id, &mut self.lock_diagnostics).unwrap_or_default();
    }
}
