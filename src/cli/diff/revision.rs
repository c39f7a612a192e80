//! A project at a revision, read with the `git` command: the configuration of a repository (work trees, partial clones,
//! trusted folders) applies here too, without a library that implements it.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::failure::{Failure, shown};
use super::super::terminal::Terminal;
use super::side::{Side, compiled_or_not};
use crate::analysis::Session;
use crate::diagnostics::Diagnostics;
use crate::lock;
use crate::scalar::Date;

/// Compiles the project at a path as of a revision, with the day of the commit as the current day: a flow that has
/// expired since then does not stop the comparison.
pub(super) fn read(path: &Path, revision: &str, terminal: &mut Terminal) -> Result<Side, Failure> {
    let is_file = path.extension().is_some_and(|it| it == "mlnet") && !path.is_dir();
    let folder = if is_file { path.parent().unwrap_or(Path::new("")) } else { path };
    let repository = Repository { folder: folder.to_path_buf(), revision };
    repository.ask(&["rev-parse", "--show-prefix"])?;
    let commit = repository.commit()?;
    let day = repository.ask(&["show", "--no-patch", "--format=%cs", &commit])?;
    let day = Date::parse(text(&day).trim())
        .ok_or_else(|| repository.refused("returns no date of the commit"))?;
    let tree = repository.tree(&commit)?;
    let wanted = |name: &str| match (is_file, path.file_name()) {
        (true, Some(own)) => Path::new(name) == Path::new(own),
        _ => Path::new(name).extension().is_some_and(|it| it == "mlnet"),
    };
    let names: Vec<&str> = tree.keys().map(String::as_str).filter(|it| wanted(it)).collect();
    if names.is_empty() {
        let what = if is_file { path.display().to_string() } else { shown(folder).to_string() };
        return Err(Failure::usage(format!("there is no source `{what}` at `{revision}`")));
    }
    let mut session = Session::new(repository.texts(&tree, &names)?, day);
    let schemas: Vec<String> = session.schema_paths().into_iter().collect();
    let known: Vec<&str> =
        schemas.iter().map(String::as_str).filter(|it| tree.contains_key(*it)).collect();
    let mut read: BTreeMap<String, String> = repository.texts(&tree, &known)?.into_iter().collect();
    for it in schemas {
        let text = read.remove(&it).ok_or_else(|| format!("it does not exist at `{revision}`"));
        session.set_schema(it, text);
    }
    let lock_name = if is_file {
        let own = path.with_extension("mlnet.lock");
        own.file_name().unwrap_or_default().to_string_lossy().into_owned()
    } else {
        lock::FILE_NAME.to_owned()
    };
    let lock_names: Vec<&str> =
        tree.keys().map(String::as_str).filter(|it| *it == lock_name).collect();
    if let Some((name, text)) = repository.texts(&tree, &lock_names)?.into_iter().next() {
        session.set_lock(Some((name, text)));
    }
    let mut diagnostics = Diagnostics::default();
    let analysis = session.into_analysis();
    let files = analysis.files().clone();
    let built = analysis.into_built(None, &mut diagnostics)?;
    let what = format!("`{revision}`");
    compiled_or_not(files, built, diagnostics, &what, folder, terminal)
}

/// A repository, and the folder in it from which `git` runs.
struct Repository<'r> {
    folder: PathBuf,
    revision: &'r str,
}

impl Repository<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        command.arg("-C").arg(folder).env("LC_ALL", "C");
        command
    }

    /// Returns the output of a `git` command; its error message is the failure.
    fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.command().args(arguments).stdin(Stdio::null()).output();
        let output = output.map_err(|error| no_git(&error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let message = text(&output.stderr);
        let message = message.trim().strip_prefix("fatal: ").unwrap_or(message.trim());
        if message.starts_with("not a git repository") {
            let message = format!("`{}` is not in a git repository", shown(&self.folder));
            let help = "`--between OLD NEW` compares two folders";
            return Err(Failure::usage_help(message, help));
        }
        Err(self.refused(message.lines().next().unwrap_or("printed no error")))
    }

    fn refused(&self, diagnostics: &str) -> Failure {
        Failure::usage(format!("git cannot read `{}`: {diagnostics}", self.revision))
    }

    /// Returns the commit of the revision.
    fn commit(&self) -> Result<String, Failure> {
        let wanted = format!("{}^{{commit}}", self.revision);
        let known = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted];
        let output = self.command().args(known).output().map_err(|error| no_git(&error))?;
        if !output.status.success() {
            let message = format!("the repository has no revision `{}`", self.revision);
            let help = "a shallow clone has only the newest revision: `git fetch` adds others";
            return Err(Failure::usage_help(message, help));
        }
        Ok(text(&output.stdout).trim().to_owned())
    }

    /// Returns the files of the folder by their path in it, without hidden files.
    fn tree(&self, commit: &str) -> Result<BTreeMap<String, String>, Failure> {
        let listed = self.ask(&["ls-tree", "-r", "-z", commit])?;
        let rows = listed.split(|it| *it == 0).filter_map(|row| {
            let row = std::str::from_utf8(row).ok()?;
            let (kind, name) = row.split_once('\t')?;
            let mut words = kind.split(' ');
            let is_file = words.next()?.starts_with("100");
            let id = words.nth(1)?;
            let is_hidden = name.split('/').any(|it| it.starts_with('.'));
            (is_file && !is_hidden).then(|| (name.to_owned(), id.to_owned()))
        });
        Ok(rows.collect())
    }

    /// Returns the contents of some files.
    fn texts(
        &self,
        tree: &BTreeMap<String, String>,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, Failure> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let ids: String = names
            .iter()
            .filter_map(|it| tree.get(*it))
            .fold(String::new(), |all, it| all + it + "\n");
        let mut child = self
            .command()
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| no_git(&error))?;
        let pipe = child.stdin.take();
        // `git` answers before it has read all of its input.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || pipe.map(|mut it| it.write_all(ids.as_bytes())));
            child.wait_with_output()
        });
        let output = output.map_err(|error| self.refused(&error.to_string()))?;
        let mut left = output.stdout.as_slice();
        let mut texts = Vec::new();
        for name in names {
            let (content, rest) =
                blob(left).ok_or_else(|| self.refused(&format!("`{name}` is missing")))?;
            let text = String::from_utf8(content.to_vec());
            let text = text.map_err(|_| self.refused(&format!("`{name}` is not UTF-8")))?;
            texts.push(((*name).to_owned(), text));
            left = rest;
        }
        Ok(texts)
    }
}

/// Parses `ID blob SIZE` and the content; returns the content and the rest.
fn blob(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|it| *it == b'\n')?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let size: usize =
        head.strip_prefix(head.split(' ').next()?)?.strip_prefix(" blob ")?.parse().ok()?;
    let content = bytes.get(end + 1..end + 1 + size)?;
    Some((content, bytes.get(end + size + 2..)?))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn no_git(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        let help = "install it, or compare two folders with `--between OLD NEW`";
        return Failure::usage_help("there is no `git` on this machine", help);
    }
    Failure::usage(format!("cannot run `git`: {error}"))
}
