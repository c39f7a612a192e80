//! What is on the disk against what has to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{FileType, Metadata};
use std::path::Path;

use rayon::prelude::*;

use super::{Change, Files, disk};
use crate::cli::failure::Failure;
use crate::emit::index::{self, NotAnIndex};

/// What there is to do.
pub(super) struct Plan<'a> {
    /// What differs.
    pub(super) change: Change,
    /// Every file that has to be there.
    pub(super) files: Vec<Planned<'a>>,
    /// Every path at which mlnetc writes or wrote.
    pub(super) owned: BTreeSet<String>,
}

/// A file that has to be there.
pub(super) struct Planned<'a> {
    /// Its path, with `/` between folders.
    pub(super) path: &'a str,
    /// Its content.
    pub(super) content: &'a [u8],
    /// How it compares with what is there.
    pub(super) state: State,
}

/// How a file compares with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is none.
    Missing,
    /// There is another text.
    Other,
    /// It is as it has to be.
    Same,
}

/// How many failures are worth a line each.
const SHOWN: usize = 10;

impl<'a> Plan<'a> {
    /// Compares.
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

/// On a disk that does not tell upper case from lower case, two such files would be one.
pub(super) fn no_twins(files: &Files) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (path, _) in files {
        if let Some(twin) = seen.insert(path.to_lowercase(), path) {
            return Err(Failure::usage_help(
                format!("`{twin}` and `{path}` differ only in upper and lower case"),
                "rename one: some disks take them for one file",
            ));
        }
    }
    Ok(())
}

/// The files that the `index.json` of a folder claims. One that is not ours claims none, and is in
/// the way.
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
                "restore it, move it away together with the files that mlnetc wrote beside it, or name another \
                 folder with `-o`"
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

/// Whether files can lie at `parent`, a path with `/`: each part is a folder, or is not there. A link
/// to a folder is not followed, for what is behind it is not the cluster's folder.
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
