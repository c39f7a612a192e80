//! What the fuzz targets share: a text cut into a project, and what must hold of whatever is said about it.

use mlnetc::compile::{self, Built, Program};
use mlnetc::diagnostics::render::{Format, Screen, render};
use mlnetc::diagnostics::{Diagnostic, Diagnostics};
use mlnetc::lock::Lock;
use mlnetc::scalar::Date;
use mlnetc::source::Files;

/// A project as the golden cases have it: one text, cut at its lines `# file: PATH`.
pub fn project(text: &str) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let path = line.strip_prefix("# file: ").map(str::trim);
        let is_new = |it: &&str| texts.iter().all(|(known, _)| known != it);
        if let Some(path) = path.filter(is_new) {
            texts.push((path.to_owned(), String::new()));
        } else if let Some((_, text)) = texts.last_mut() {
            text.push_str(line);
        } else {
            texts.push(("in.mlnet".to_owned(), line.to_owned()));
        }
    }
    texts
}

/// What is said about a project, and what becomes of it.
pub struct Outcome {
    /// Every text.
    pub files: Files,
    /// What is said, in order.
    pub said: Vec<Diagnostic>,
    /// Its clusters, unless something stops the build.
    pub built: Option<Vec<Built>>,
}

/// Compiles a project without a lock.
pub fn compile(texts: Vec<(String, String)>) -> Outcome {
    let mut program = Program::read(texts);
    let mut said = Diagnostics::default();
    let today = Date::parse("2026-12-01").expect("a day");
    let built = compile::build_all(&mut program, None, &Lock::default(), today, &mut said);
    Outcome { files: program.files, said: said.sorted(), built }
}

/// Whatever is said has its place in the texts, and can be shown to everybody.
pub fn is_sayable(files: &Files, said: &[Diagnostic]) {
    for it in said {
        let edits = it.fix.iter().flat_map(|it| &it.edits).map(|it| it.0);
        for span in it.span.into_iter().chain(it.labels.iter().map(|it| it.span)).chain(edits) {
            let text = &files.file(span.file).text;
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{}: {} has no place", it.code, it.message);
        }
    }
    for format in [Format::Human, Format::Short, Format::Json, Format::Sarif, Format::Github] {
        render(files, said, format, Screen::PLAIN);
    }
}
