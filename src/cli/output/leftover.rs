//! Folders beside an output folder after a build: the old state, or the remains of a killed build.

#![expect(clippy::disallowed_methods, reason = "the command line writes the disk")]

use std::collections::BTreeSet;
use std::path::Path;

use super::disk;
use super::staged::{beside, prefix};
use crate::cli::failure::Failure;
use crate::emit::index;

/// Cleans up after a killed build: removes a next state that was not swapped in; puts an old state back if the build
/// was killed during the swap, else removes it.
pub(super) fn settle(folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::io("clean up beside", folder, error);
    let parent = folder.parent().unwrap_or(Path::new("/"));
    let prefix = prefix(folder);
    let old = beside(folder, "old");
    if disk::metadata(&old)?.is_some() && disk::metadata(folder)?.is_none() {
        disk::rename(&old, folder).map_err(failed)?;
    }
    for (name, kind) in disk::entries(parent)? {
        let (Some(name), Some(prefix)) = (name.to_str(), prefix.to_str()) else { continue };
        let Some(what) = name.strip_prefix(prefix).filter(|_| kind.is_dir()) else { continue };
        let place = parent.join(name);
        match what.parse::<u64>() {
            Ok(inode) if inode == disk::inode(&place).map_err(failed)? => {
                disk::remove_dir_all(&place).map_err(failed)?;
            }
            Err(_) if what == "new" => disk::remove_dir(&place).map_err(failed)?,
            Ok(_) => clean_by_index(&place, folder)?,
            Err(_) if what == "old" => clean_by_index(&place, folder)?,
            Err(_) => {}
        }
    }
    Ok(())
}

fn clean_by_index(old: &Path, folder: &Path) -> Result<(), Failure> {
    let path = old.join(index::FILE);
    let written = if disk::metadata(&path)?.is_some_and(|it| it.is_file()) {
        index::written_files(&disk::read(&path)?).unwrap_or_default()
    } else {
        Vec::new()
    };
    clean(old, folder, &written.into_iter().collect())
}

/// Removes an old state: files of mlnetc, and links to files that the new state has too. Files that other programs
/// added in the meantime move to the new state. The index is removed last, because it lists the files of mlnetc.
pub(super) fn clean(old: &Path, new: &Path, owned: &BTreeSet<String>) -> Result<(), Failure> {
    clean_folder(old, new, Path::new(""), owned)?;
    let failed = |error| Failure::io("clean up", old, error);
    let index = old.join(index::FILE);
    if disk::metadata(&index)?.is_some_and(|it| it.is_file()) {
        disk::remove_file(&index).map_err(failed)?;
    }
    disk::remove_dir(old).map_err(failed)
}

fn clean_folder(
    old: &Path,
    new: &Path,
    below: &Path,
    owned: &BTreeSet<String>,
) -> Result<(), Failure> {
    let is_ours = |path: &Path| path.to_str().is_some_and(|it| owned.contains(it));
    for (name, kind) in disk::entries(&old.join(below))? {
        let path = below.join(name);
        let (from, to) = (old.join(&path), new.join(&path));
        let failed = |error| Failure::io("clean up", &from, error);
        if kind.is_dir() {
            clean_folder(old, new, &path, owned)?;
            disk::remove_dir(&from).map_err(failed)?;
        } else if path == Path::new(index::FILE) {
            // The index is removed last.
        } else if is_ours(&path) && kind.is_file() || disk::is_same_file(&from, &to)? {
            disk::remove_file(&from).map_err(failed)?;
        } else {
            let parent = to.parent().unwrap_or(new);
            disk::create_dir_all(parent).and_then(|()| disk::rename(&from, &to)).map_err(failed)?;
        }
    }
    Ok(())
}
