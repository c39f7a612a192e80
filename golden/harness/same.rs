//! The same input gives the same output, in any order of files and declarations.

use libtest_mimic::Failed;
use mlnetc::compile::Program;

use super::project::{Outcome, Project, is_source};

/// Checks that building twice gives the same bytes.
pub(crate) fn twice(project: &Project) -> Result<(), Failed> {
    let [one, other] = [(); 2].map(|()| {
        let outcome = project.clone().compile();
        (all_files(&outcome), outcome.diagnostics())
    });
    if one == other { Ok(()) } else { Err("two builds differ".into()) }
}

/// Checks that other file names and another order of declarations change nothing but the places of the source.
pub(crate) fn permuted(project: &Project) -> Result<(), Failed> {
    let expected = without_places(&project.clone().compile());
    for (what, permuted) in [("reversed", reversed(project)), ("rotated", rotated(project))] {
        let outcome = permuted.compile();
        let actual = without_places(&outcome);
        if let Some((path, (left, right))) = first_difference(&expected, &actual) {
            let text =
                format!("{what}, {path} differs:\n- {left}\n+ {right}\n{}", outcome.diagnostics());
            return Err(text.into());
        }
    }
    Ok(())
}

/// (path, text) of each emitted file.
pub(crate) type Texts = Vec<(String, String)>;

/// Returns every file of every cluster.
pub(crate) fn all_files(outcome: &Outcome) -> Texts {
    let files = outcome.built.iter().flat_map(|built| {
        let cluster = built.cluster.node.to_string();
        let files =
            built.clone().into_tree(&outcome.files).expect("it can be emitted").files.into_iter();
        files.map(move |(path, bytes)| {
            (format!("{cluster}/{path}"), String::from_utf8_lossy(&bytes).into_owned())
        })
    });
    files.collect()
}

/// Returns the files without the index.
pub(crate) fn without_index(files: &Texts) -> Texts {
    files.iter().filter(|(path, _)| !path.ends_with("/index.json")).cloned().collect()
}

/// Returns the files without the index, and without the lines that name a place.
pub(crate) fn without_places(outcome: &Outcome) -> Texts {
    let files = without_index(&all_files(outcome)).into_iter();
    let place = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("mlnet.dev/source:") && !line.starts_with("# Source: ")
    };
    let files =
        files.map(|(path, text)| (path, text.lines().filter(place).collect::<Vec<_>>().join("\n")));
    files.collect()
}

fn first_difference(left: &Texts, right: &Texts) -> Option<(String, (String, String))> {
    if left.len() != right.len() {
        let names =
            |it: &Texts| it.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(" ");
        return Some(("the list of files".to_owned(), (names(left), names(right))));
    }
    let mut pairs = left.iter().zip(right);
    let (one, other) = pairs.find(|(one, other)| one != other)?;
    let mut lines = one.1.lines().zip(other.1.lines());
    let (a, b) = lines.find(|(a, b)| a != b).unwrap_or(("(shorter)", "(longer)"));
    Some((one.0.clone(), (a.to_owned(), b.to_owned())))
}

/// Reverses the declarations of every file.
fn reversed(project: &Project) -> Project {
    rewritten(project, |declarations| declarations.reverse())
}

/// Rotates the declarations of every file by one.
fn rotated(project: &Project) -> Project {
    rewritten(project, |declarations| {
        if !declarations.is_empty() {
            declarations.rotate_left(1);
        }
    })
}

/// Returns the project with its declarations in another order. Files that no tenant claims are renamed, so that the
/// order of the files changes.
fn rewritten(project: &Project, order: impl Fn(&mut Vec<String>)) -> Project {
    let mut permuted = project.clone();
    let count = permuted.texts.len();
    for (at, (path, text)) in permuted.texts.iter_mut().enumerate() {
        if !is_source(path) {
            continue;
        }
        let mut declarations = declarations(path, text);
        order(&mut declarations);
        *text = declarations.join("\n");
        if !path.contains('/') {
            *path = format!("{:03}-{path}", count - at);
        }
    }
    permuted
}

/// Returns a file's top-level declarations, each with the doc comment above it.
fn declarations(path: &str, text: &str) -> Vec<String> {
    let program = Program::read([(path.to_owned(), text.to_owned())]);
    let ast = program.trees.first().expect("one file");
    let starts = ast.items.iter().map(|item| {
        let start = item.span().start as usize;
        doc_start(text, start)
    });
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let cut = starts.iter().zip(ends).map(|(start, end)| text.get(*start..end).unwrap_or(""));
    cut.map(str::to_owned).collect()
}

/// Returns the offset of the `##` lines above a declaration.
fn doc_start(text: &str, start: usize) -> usize {
    let mut start = text.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    while let Some(before) = text.get(..start.saturating_sub(1)).filter(|_| start > 0) {
        let line = before.rfind('\n').map_or(0, |it| it + 1);
        if !before.get(line..).unwrap_or("").trim_start().starts_with("##") {
            break;
        }
        start = line;
    }
    start
}
