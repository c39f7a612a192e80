//! Sessions in the documents: each `$ mlnetc …` of a block ` ```console ` is run, and the lines below it must be its
//! output. `cargo bless` rewrites them.
#![expect(clippy::disallowed_methods, reason = "the program reads and writes files")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;

use super::case::{Cases, Expect};
use super::tree;

/// Adds a test for each document that has a session.
pub(crate) fn add(cases: &mut Cases) {
    let documents = ["README.md", "ARCHITECTURE.md"].map(tree::root).into_iter();
    let documents = documents.chain(tree::files_ending("docs", ".md"));
    for path in
        documents.filter(|it| tree::text_if_any(it).is_some_and(|it| it.contains("```console")))
    {
        let name = tree::from_root(&path);
        cases.add(format!("sessions/{name}"), move |expect| check(&path, &name, expect));
    }
}

fn check(path: &Path, name: &str, expect: Expect) -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace(['/', '.'], "-"));
    drop(fs::remove_dir_all(&folder));
    let examples = tree::root("examples");
    for file in tree::files(&examples) {
        let copy = folder.join("examples").join(tree::relative(&examples, &file));
        fs::create_dir_all(copy.parent().expect("a file has a folder")).expect("writable");
        fs::copy(&file, copy).expect("writable");
    }
    let real = replayed(&tree::text(path), &folder);
    drop(fs::remove_dir_all(&folder));
    expect.file(path, &real)
}

/// Returns the document with the actual output of its sessions.
fn replayed(document: &str, folder: &Path) -> String {
    let mut real = String::new();
    let mut is_session = false;
    for line in document.lines() {
        if line.starts_with("```") {
            is_session = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| is_session);
        if command.is_some() || !is_session || line.starts_with("```") {
            real.push_str(line);
            real.push('\n');
        }
        if let Some(command) = command {
            real.push_str(&run(command, folder));
        }
    }
    real
}

fn run(command: &str, folder: &Path) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_mlnetc"));
    let programs = program.parent().expect("a program lies in a folder").to_string_lossy();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let script = format!("exec 2>&1; {command}");
    let run =
        Command::new("sh").args(["-c", &script]).current_dir(folder).env("PATH", path).output();
    String::from_utf8_lossy(&run.expect("sh runs").stdout).into_owned()
}
