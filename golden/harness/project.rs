//! Projects written in one file, and what mlnetc says about them.

use std::path::Path;

use mlnetc::compile::Program;
use mlnetc::diagnostics::Diagnostic;
use mlnetc::diagnostics::render::{Format, Screen, render};
use mlnetc::source::Files;

use super::tree;

/// The (path, text) pairs of a project.
pub(crate) type Texts = Vec<(String, String)>;

/// What mlnetc says about a project.
pub(crate) struct Said {
    pub(crate) files: Files,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Said {
    /// As people read it on a plain screen.
    pub(crate) fn text(&self) -> String {
        render(&self.files, &self.diagnostics, Format::Human, Screen::PLAIN)
    }

    /// The codes, in order.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|it| it.code.as_str()).collect()
    }
}

/// Cuts a text at its lines `# file: PATH`. Without one, all of it is the file `name`.
pub(crate) fn cut(name: &str, text: &str) -> Texts {
    let mut texts: Texts = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("# file: "), texts.last_mut()) {
            (Some(path), _) => texts.push((path.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => texts.push((name.to_owned(), line.to_owned())),
        }
    }
    // What stands before the first mark is a comment about the case.
    if texts.len() > 1 && texts.first().is_some_and(|(path, _)| path == name) {
        texts.remove(0);
    }
    texts
}

/// The files of a folder.
pub(crate) fn folder(path: &Path) -> Texts {
    let files = tree::files(path).into_iter().filter(|it| it.extension().is_some_and(is_source));
    files.map(|it| (tree::relative(path, &it), tree::text(&it))).collect()
}

fn is_source(extension: &std::ffi::OsStr) -> bool {
    extension == "mlnet" || extension == "lock"
}

/// Compiles a project for each of its clusters.
pub(crate) fn compile(texts: Texts) -> Said {
    let program = Program::read(texts);
    Said { files: program.files, diagnostics: program.said.sorted() }
}

/// Parses, and no more.
pub(crate) fn parse(texts: Texts) -> Said {
    let program = Program::read(texts);
    Said { files: program.files, diagnostics: program.said.sorted() }
}
