//! The output folder of a cluster: replaced as one step, without touching what mlnetc did not write
//! and without rewriting what stays the same.

mod disk;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// What an output folder has to hold: path with `/` between folders, text.
pub(super) type Files = BTreeMap<String, String>;

/// What writing an output folder does, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Files that are not there yet.
    pub(super) added: Vec<String>,
    /// Files with another text.
    pub(super) changed: Vec<String>,
    /// Files that mlnetc wrote before and writes no longer.
    pub(super) removed: Vec<String>,
}

/// The output folder of one cluster.
#[derive(Debug)]
pub(super) struct Output<'a> {
    folder: PathBuf,
    files: &'a Files,
    /// What mlnetc wrote there before.
    ours: BTreeSet<String>,
}

impl Change {
    /// Whether everything is as it has to be.
    pub(super) fn is_none(&self) -> bool {
        self.count() == 0
    }

    /// How many files differ.
    pub(super) fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}

impl<'a> Output<'a> {
    /// `files` as the content of `folder`.
    pub(super) fn new(folder: PathBuf, files: &'a Files) -> Result<Self, Failure> {
        disk::not_a_file(&folder)?;
        let ours = disk::read(&folder.join("index.json"))?;
        let ours = ours.map_or_else(BTreeSet::new, |it| written(&it));
        Ok(Self { folder, files, ours })
    }

    /// What writing would do. A file in the way that mlnetc did not write is a failure.
    pub(super) fn change(&self) -> Result<Change, Failure> {
        let mut change = Change::default();
        for (path, text) in self.files {
            match disk::read(&self.folder.join(path))? {
                None => change.added.push(path.clone()),
                Some(there) if there == text.as_bytes() => {}
                Some(_) if self.ours.contains(path) => change.changed.push(path.clone()),
                Some(_) => return Err(in_the_way(&self.folder.join(path))),
            }
        }
        let stale = self.ours.iter().filter(|it| !self.files.contains_key(*it));
        for path in stale {
            if disk::read(&self.folder.join(path))?.is_some() {
                change.removed.push(path.clone());
            }
        }
        Ok(change)
    }

    /// Writes. Whoever looks sees the folder as it was or as it has to be, nothing between.
    pub(super) fn write(&self) -> Result<Change, Failure> {
        let parent = self.folder.parent().unwrap_or(Path::new(""));
        let _alone = disk::lock(parent)?;
        let change = self.change()?;
        if !change.is_none() {
            let new = |path: &str| -> Option<&str> { self.files.get(path).map(String::as_str) };
            let fresh: BTreeSet<&str> =
                change.added.iter().chain(&change.changed).map(String::as_str).collect();
            let gone: BTreeSet<&str> = change.removed.iter().map(String::as_str).collect();
            let staged = disk::Staged::beside(&self.folder)?;
            for path in &fresh {
                staged.write(path, new(path).unwrap_or(""))?;
            }
            staged.carry(|path| !fresh.contains(path) && !gone.contains(path))?;
            staged.replace()?;
        }
        Ok(change)
    }
}

fn in_the_way(path: &Path) -> Failure {
    Failure::usage_help(
        format!("`{}` is in the way: mlnetc did not write it", path.display()),
        "move it, or name another folder with `-o`",
    )
}

/// The files that an `index.json` says mlnetc wrote. Another program's `index.json` says none.
fn written(index: &[u8]) -> BTreeSet<String> {
    let index: serde_json::Value = serde_json::from_slice(index).unwrap_or_default();
    let objects = index.get("objects").and_then(|it| it.as_array()).into_iter().flatten();
    let files = objects.filter_map(|it| it.get("file")).filter_map(|it| it.as_str());
    let mut files: BTreeSet<String> =
        files.filter(|it| stays_inside(it)).map(str::to_owned).collect();
    if index.get("objects").is_some() {
        files.extend(["index.json", "kustomization.yaml"].map(str::to_owned));
    }
    files
}

/// Whoever edits an `index.json` does not get files removed elsewhere.
fn stays_inside(path: &str) -> bool {
    path.split('/').all(|it| !matches!(it, "" | "." | ".."))
}
