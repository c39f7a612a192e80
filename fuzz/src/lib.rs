//! Shared by the fuzz targets: cutting a text into a project, and properties of every diagnostic.

use mlnetc::diagnostics::render::{Format, Screen, render};
use mlnetc::source::Files;
use mlnetc::{Built, Date, Diagnostic, Diagnostics, Session};

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

/// The diagnostics of a project, and its clusters.
pub struct Outcome {
    /// Every text.
    pub files: Files,
    /// The diagnostics, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Its clusters; `None` if there is an error.
    pub built: Option<Vec<Built>>,
}

/// Compiles a project without a lock. A contradiction between passes panics.
pub fn compile(texts: Vec<(String, String)>) -> Outcome {
    let today = Date::parse("2026-12-01").expect("a day");
    let analysis = Session::new(texts, today).into_analysis();
    let files = analysis.files().clone();
    let mut diagnostics = Diagnostics::default();
    let built = analysis.into_built(None, &mut diagnostics).expect("no bug");
    Outcome { files, diagnostics: diagnostics.sorted(), built }
}

/// Checks that every diagnostic has its place in the texts, and that every format can render it.
pub fn check_diagnostics(files: &Files, diagnostics: &[Diagnostic]) {
    for it in diagnostics {
        let edits = it.fix.iter().flat_map(|it| &it.edits).map(|it| it.0);
        for span in it.span.into_iter().chain(it.labels.iter().map(|it| it.span)).chain(edits) {
            let text = &files.file(span.file).text;
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{}: {} has no place", it.code, it.message);
        }
    }
    for format in [Format::Human, Format::Short, Format::Json, Format::Sarif, Format::Github] {
        render(files, diagnostics, format, Screen::PLAIN);
    }
}
