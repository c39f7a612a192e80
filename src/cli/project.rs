//! The files of a project: finds and reads them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::failure::{Failure, below, shown};
use super::terminal::Terminal;
use crate::diagnostics::{Code, Message};
use crate::lock;

/// The texts of a project.
pub(super) struct Project {
    /// The project's folder.
    pub(super) root: PathBuf,
    /// Path of the project's lock: `mlnet.lock` in its folder. A project of one file has a lock beside the file, so
    /// that building the file does not free the addresses of the project around it.
    pub(super) lock: PathBuf,
    /// (path from the root with `/` between folders, text), sorted.
    pub(super) texts: Vec<(String, String)>,
}

/// Greatest size of a source, schema or template, in bytes.
const LARGEST: u64 = 16 << 20;

/// Greatest size of all sources of a project together, in bytes.
const LARGEST_PROJECT: usize = 64 << 20;

/// Greatest number of lines, entries and brackets of a project.
const MOST: usize = 2_000_000;

/// Greatest length of a line of a source, in bytes: columns are counted from the start of the line.
const LONGEST_LINE: usize = 1 << 19;

/// Returns the folder of a project; the paths of its files are relative to that folder.
pub(super) fn root(path: &Path) -> &Path {
    let is_file = path.extension().is_some_and(|it| it == "mlnet") && !path.is_dir();
    if is_file { path.parent().unwrap_or(Path::new("")) } else { path }
}

/// Reads a project: a folder with all the .mlnet files below it, or one file.
pub(super) fn read(path: &Path, terminal: &mut Terminal) -> Result<Project, Failure> {
    let kind = fs::metadata(path).map_err(|error| Failure::io("read", path, error))?;
    if kind.is_file() && path.extension().is_none_or(|it| it != "mlnet") {
        return Err(Failure::usage_help(
            format!("`{}` is neither a folder nor an .mlnet file", path.display()),
            "`mlnetc check --against FILE` checks manifests",
        ));
    }
    let (root, lock, files) = if kind.is_dir() {
        let files = Walk::below(path, terminal)?.files;
        (path.to_path_buf(), path.join(lock::FILE_NAME), files)
    } else {
        let root = path.parent().unwrap_or(Path::new("")).to_path_buf();
        (root, path.with_extension("mlnet.lock"), BTreeSet::from([path.to_path_buf()]))
    };
    let mut failures = Vec::new();
    let mut texts = Vec::new();
    let mut size = Size::default();
    for file in files {
        match text(&file, LARGEST).and_then(|text| size.add(&file, text)) {
            Ok(text) => texts.push((name(&below(&root, &file)), text)),
            Err(failure) => failures.push(failure),
        }
        size.is_fine(path)?;
    }
    texts.sort();
    match failures.len() {
        0 => Ok(Project { root, lock, texts }),
        1 => Err(failures.remove(0)),
        _ => Err(Failure::Several(failures)),
    }
}

/// Returns the text of a file that a project names (a JSON Schema, a template), or the reason why it cannot be read.
/// The file must lie in the project: a build depends on nothing outside of it.
pub(super) fn inside(root: &Path, path: &str) -> Result<String, String> {
    let folder = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let real_root = folder.canonicalize().map_err(|error| error.to_string())?;
    let file = folder.join(path);
    let real = file.canonicalize().map_err(|error| error.to_string())?;
    if !real.starts_with(&real_root) {
        return Err("it is outside of the project".to_owned());
    }
    text(&file, LARGEST).map_err(|failure| failure.to_string())
}

/// Returns a path with `/` between folders, on every system.
fn name(path: &Path) -> String {
    let parts = path.components().map(|it| it.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Size of the sources that were read so far.
#[derive(Default)]
struct Size {
    bytes: usize,
    marks: usize,
}

impl Size {
    /// Adds the text of a source, unless one of its lines is too long.
    fn add(&mut self, file: &Path, text: String) -> Result<String, Failure> {
        self.bytes += text.len();
        let is_mark =
            |it: &&u8| matches!(it, b'\n' | b',' | b'{' | b'}' | b'[' | b']' | b'(' | b')');
        self.marks += text.as_bytes().iter().filter(is_mark).count();
        match text.lines().position(|it| it.len() > LONGEST_LINE) {
            None => Ok(text),
            Some(at) => Err(Failure::usage_help(
                format!("line {} of `{}` is longer than 512 KiB", at + 1, file.display()),
                "split the line: a list may have one entry on each line",
            )),
        }
    }

    /// Fails if the project is too large.
    fn is_fine(&self, project: &Path) -> Result<(), Failure> {
        let what = if self.bytes > LARGEST_PROJECT {
            "more than 64 MiB of sources"
        } else if self.marks > MOST {
            "more than two million lines, entries and brackets"
        } else {
            return Ok(());
        };
        Err(Failure::usage_help(
            format!("`{}` has {what}", shown(project)),
            "split the project, or use components for repeated declarations",
        ))
    }
}

/// Reads the text of a file; fails if the file is larger than `largest` bytes.
pub(super) fn text(file: &Path, largest: u64) -> Result<String, Failure> {
    let text = String::from_utf8(bytes(file, largest)?);
    text.map_err(|error| not_utf8(file, &error))
}

/// Reads the bytes of a file; fails if the file is larger than `largest` bytes.
pub(super) fn bytes(file: &Path, largest: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::io("read", file, error);
    let kind = fs::metadata(file).map_err(failed)?;
    if !kind.is_file() {
        return Err(Failure::usage(format!("`{}` is not a file", file.display())));
    }
    if kind.len() > largest {
        return Err(too_large(file, largest));
    }
    stream(&mut fs::File::open(file).map_err(failed)?, file, largest)
}

/// Reads a stream to its end; fails after more than `largest` bytes, whatever size its metadata reports.
pub(super) fn stream(from: &mut dyn Read, file: &Path, largest: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(largest + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::io("read", file, error))?;
    if bytes.len() as u64 > largest {
        return Err(too_large(file, largest));
    }
    Ok(bytes)
}

fn too_large(file: &Path, largest: u64) -> Failure {
    Failure::usage(format!("`{}` is larger than {} MiB", file.display(), largest >> 20))
}

/// Returns the failure for a text that is not valid UTF-8.
pub(super) fn not_utf8(file: &Path, error: &std::string::FromUtf8Error) -> Failure {
    let (bytes, valid) = (error.as_bytes(), error.utf8_error().valid_up_to());
    let line = bytes.iter().take(valid).filter(|it| **it == b'\n').count() + 1;
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let utf16 = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let looks = if utf16 { "it looks like UTF-16; " } else { "" };
    Failure::usage_help(
        format!("`{}` is not UTF-8: line {line} has the byte 0x{byte:02x}", file.display()),
        format!("{looks}save it as UTF-8"),
    )
}

/// State of the search for the files of a project.
struct Walk<'a> {
    /// Path of the folder, with symbolic links resolved.
    real_root: PathBuf,
    files: BTreeSet<PathBuf>,
    /// Symbolic links to files; a link counts only if its target is not read itself.
    links: Vec<PathBuf>,
    terminal: &'a mut Terminal,
}

impl<'a> Walk<'a> {
    fn below(root: &Path, terminal: &'a mut Terminal) -> Result<Self, Failure> {
        let real_root = root.canonicalize().map_err(|error| Failure::io("read", root, error))?;
        let mut walk = Self { real_root, files: BTreeSet::new(), links: Vec::new(), terminal };
        walk.folder(root)?;
        walk.take_links(root)?;
        if walk.files.is_empty() {
            return Err(Failure::usage_help(
                format!("there is no .mlnet file in `{}`", shown(root)),
                "`mlnetc init` writes a small project",
            ));
        }
        Ok(walk)
    }

    #[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let failed = |error| Failure::io("read", folder, error);
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let source = path.extension().is_some_and(|it| it == "mlnet");
            if hidden {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path)?;
            } else if kind.is_symlink() {
                self.links.push(path);
            } else if source && kind.is_file() {
                self.files.insert(path);
            } else if source {
                self.skip(&path, "it is not a file");
            }
        }
        Ok(())
    }

    /// Adds the targets of links to sources inside the project, as in folders that are mounted from a `ConfigMap`.
    /// Links that leave the project are not read: a build depends on nothing outside of the project.
    fn take_links(&mut self, root: &Path) -> Result<(), Failure> {
        let real = |path: &Path| path.canonicalize();
        let mut read: BTreeSet<PathBuf> =
            self.files.iter().filter_map(|it| real(it).ok()).collect();
        let mut links = std::mem::take(&mut self.links);
        links.sort();
        for link in links {
            let source = link.extension().is_some_and(|it| it == "mlnet");
            match real(&link) {
                Err(error) if source => return Err(Failure::io("follow the link", &link, error)),
                Err(_) => self.skip(&link, "the target of the link does not exist"),
                Ok(target) if !target.starts_with(&self.real_root) => {
                    if source || target.is_dir() {
                        self.skip(&link, "the target of the link is outside of the project");
                    }
                }
                Ok(target) if target.is_file() && source => {
                    if read.insert(target) {
                        self.files.insert(link);
                    } else {
                        self.skip(&link, "its target is already read");
                    }
                }
                Ok(_) => {
                    let path = below(root, &link);
                    self.terminal.detail(&format!("did not follow the link `{}`", path.display()));
                }
            }
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, why: &str) {
        let text = format!("skipped `{}`: {why}", path.display());
        self.terminal.message(&Message::new(Code::N1031, text));
    }
}
