//! Comparison of the files on disk with the files that a build writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{FileType, Metadata};
use std::path::Path;

use rayon::prelude::*;

use super::{Change, Files, disk};
use crate::cli::failure::Failure;
use crate::emit::index::{self, NotAnIndex};

/// Steps that bring a folder up to date.
pub(super) struct Plan<'a> {
    /// Files that differ.
    pub(super) change: Change,
    /// Every file that the folder must contain.
    pub(super) files: Vec<Planned<'a>>,
    /// Every path that mlnetc writes or wrote.
    pub(super) owned: BTreeSet<String>,
}

/// A file that the folder must contain.
pub(super) struct Planned<'a> {
    /// Its path, with `/` between folders.
    pub(super) path: &'a str,
    /// Its content.
    pub(super) content: &'a [u8],
    /// Comparison with the file on disk.
    pub(super) state: State,
}

/// Comparison of a file with the file on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The file does not exist.
    Missing,
    /// The content differs.
    Other,
    /// The content is the same.
    Same,
}

/// Greatest number of failures that are reported one by one.
const SHOWN: usize = 10;

impl<'a> Plan<'a> {
    /// Compares a folder with the files that it must contain.
    pub(super) fn new(folder: &Path, files: &'a Files) -> Result<Self, Failure> {
        let before: BTreeSet<String> = written_before(folder)?.into_iter().collect();
        let parents: BTreeSet<&str> =
            files.iter().filter_map(|(path, _)| path.rsplit_once('/')).map(|it| it.0).collect();
        for parent in parents {
            is_folder_of_ours(folder, parent)?;
        }
        let states: Vec<Result<State, Failure>> = files
            .par_iter()
            .map(|(path, content)| state(folder, path, content, before.contains(path)))
            .collect();
        let mut failures = Vec::new();
        let mut plan = Self { change: Change::default(), files: Vec::new(), owned: before };
        for ((path, content), state) in files.iter().zip(states) {
            match state {
                Err(failure) => failures.push(failure),
                Ok(state) => plan.files.push(Planned { path, content, state }),
            }
        }
        match failures.len() {
            0 => {}
            1 => return Err(failures.remove(0)),
            _ => {
                failures.truncate(SHOWN);
                return Err(Failure::Several(failures));
            }
        }
        for file in &plan.files {
            match file.state {
                State::Missing => plan.change.added.push(file.path.to_owned()),
                State::Other => plan.change.changed.push(file.path.to_owned()),
                State::Same => {}
            }
        }
        let wanted: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        for path in plan.owned.iter().filter(|it| !wanted.contains(it.as_str())) {
            if kind(&folder.join(path))?.is_some_and(|it| it.is_file()) {
                plan.change.removed.push(path.clone());
            }
        }
        plan.owned.extend(wanted.into_iter().map(str::to_owned));
        Ok(plan)
    }
}

/// Fails if two paths differ only in case: on a file system that ignores case they would be one file.
pub(super) fn no_twins(files: &Files) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (path, _) in files {
        if let Some(twin) = seen.insert(path.to_lowercase(), path) {
            return Err(Failure::usage_help(
                format!("`{twin}` and `{path}` differ only in upper and lower case"),
                "rename one of them: some file systems treat them as one file",
            ));
        }
    }
    Ok(())
}

/// Returns the files that the `index.json` of a folder lists. An `index.json` that mlnetc did not write lists none, and
/// blocks the write.
fn written_before(folder: &Path) -> Result<Vec<String>, Failure> {
    let path = folder.join(index::FILE);
    match kind(&path)? {
        None => return Ok(Vec::new()),
        Some(kind) if kind.is_file() => {}
        Some(_) => return Err(in_the_way(&path)),
    }
    let json = disk::read(&path)?;
    index::written_files(&json).map_err(|why| {
        let help = match why {
            NotAnIndex::Version(_) => "build with a newer mlnetc, or name another folder with `-o`",
            NotAnIndex::Form(_) | NotAnIndex::Path(_) => {
                "restore it, or move it away together with the other files that mlnetc wrote there, \
                 or name another folder with `-o`"
            }
        };
        Failure::usage_help(format!("cannot use `{}`: {why}", path.display()), help)
    })
}

fn state(folder: &Path, path: &str, content: &[u8], is_ours: bool) -> Result<State, Failure> {
    let place = folder.join(path);
    let Some(found) = disk::metadata(&place)? else { return Ok(State::Missing) };
    if !found.is_file() {
        return Err(in_the_way(&place));
    }
    if is_as_long(&found, content) && disk::read(&place)? == content {
        return Ok(State::Same);
    }
    if is_ours { Ok(State::Other) } else { Err(in_the_way(&place)) }
}

fn is_as_long(found: &Metadata, content: &[u8]) -> bool {
    usize::try_from(found.len()).is_ok_and(|it| it == content.len())
}

/// Checks that files can be written below `parent`, a path with `/`: each part is a folder or does not exist. A link to
/// a folder is not followed, since its target is outside of the cluster's folder.
fn is_folder_of_ours(folder: &Path, parent: &str) -> Result<(), Failure> {
    let mut place = folder.to_path_buf();
    for part in parent.split('/') {
        place.push(part);
        match kind(&place)? {
            None => break,
            Some(kind) if kind.is_dir() => {}
            Some(_) => return Err(in_the_way(&place)),
        }
    }
    Ok(())
}

fn kind(path: &Path) -> Result<Option<FileType>, Failure> {
    Ok(disk::metadata(path)?.map(|it| it.file_type()))
}

fn in_the_way(path: &Path) -> Failure {
    Failure::usage_help(
        format!("`{}` is in the way: mlnetc did not write it", path.display()),
        "move it, or name another folder with `-o`",
    )
}
