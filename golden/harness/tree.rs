//! The files of the repository.
#![expect(clippy::disallowed_methods, reason = "the harness reads what it tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// Returns a path below the repository's root.
pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns a path relative to the repository's root.
pub(crate) fn from_root(path: &Path) -> String {
    relative(&root(""), path)
}

/// Returns a path below a folder, with `/` between folders.
pub(crate) fn relative(folder: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(folder).unwrap_or(path).components();
    parts.map(|it| it.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// Returns the text of a file that must exist.
pub(crate) fn text(path: &Path) -> String {
    text_if_any(path).unwrap_or_else(|| panic!("cannot read {}", path.display()))
}

/// Returns the text of a file, if it exists.
pub(crate) fn text_if_any(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Writes an expectation.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

/// Returns the names of the folders in a folder, sorted; empty if it does not exist.
pub(crate) fn folders(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|it| it.path().is_dir());
    let mut names: Vec<_> =
        folders.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns every file below a folder, sorted.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// Returns the projects of `examples/`.
pub(crate) fn examples() -> Vec<String> {
    let has_source = |it: &String| {
        let own = files(&root("examples").join(it));
        own.iter().any(|it| it.extension().is_some_and(|it| it == "mlnet"))
    };
    folders(&root("examples")).into_iter().filter(has_source).collect()
}

/// Returns every file below a folder whose name has an ending.
pub(crate) fn files_ending(path: &str, end: &str) -> Vec<PathBuf> {
    let ends = |it: &PathBuf| it.to_string_lossy().ends_with(end);
    files(&root(path)).into_iter().filter(ends).collect()
}
