//! The next state of a folder, staged beside the folder until the two are swapped.

#![expect(clippy::disallowed_methods, reason = "the command line writes the disk")]

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::disk;
use super::plan::{Plan, Planned, State};
use crate::cli::failure::Failure;

/// The next state of a folder.
pub(super) struct Staged {
    folder: PathBuf,
    staged: PathBuf,
}

/// Files of other owners in a folder.
#[derive(Default)]
struct Foreign {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Staged {
    /// Creates an empty next state. Its name contains its inode: while the folder has that name, it has not been
    /// swapped in.
    pub(super) fn beside(folder: &Path) -> Result<Self, Failure> {
        let fresh = beside(folder, "new");
        let failed = |error| Failure::io("make a folder beside", folder, error);
        let staged = disk::create_dir(&fresh)
            .and_then(|()| disk::inode(&fresh))
            .map(|inode| beside(folder, &inode.to_string()))
            .and_then(|staged| disk::rename(&fresh, &staged).map(|()| staged))
            .map_err(failed)?;
        Ok(Self { folder: folder.to_path_buf(), staged })
    }

    /// Fills the next state: new files, and links to the files that stay.
    pub(super) fn fill(&self, plan: &Plan<'_>) -> Result<(), Failure> {
        let mut foreign = Foreign::default();
        if disk::metadata(&self.folder)?.is_some() {
            foreign.find(&self.folder, Path::new(""), plan)?;
        }
        let folders = self.make_folders(plan, &foreign)?;
        plan.files.par_iter().try_for_each(|file| self.put(file))?;
        foreign.files.par_iter().try_for_each(|file| self.keep(file))?;
        for folder in folders.iter().rev() {
            if let Some(old) = disk::metadata(&self.folder.join(folder))? {
                self.same_rights(folder, &old)?;
            }
        }
        disk::sync_all_of(&self.staged).map_err(|error| Failure::io("write", &self.folder, error))
    }

    /// Swaps the next state in. Returns the path of the old state, if there was one.
    pub(super) fn swap(&self) -> Result<Option<PathBuf>, Failure> {
        let Self { folder, staged } = self;
        let failed = |error| self.not_replaced(error);
        let old = if disk::metadata(folder)?.is_none() {
            disk::rename(staged, folder).map_err(failed)?;
            None
        } else {
            match renameat_with(CWD, staged, CWD, folder, RenameFlags::EXCHANGE) {
                Ok(()) => Some(staged.clone()),
                Err(error) if cannot_exchange(error) => {
                    // For a moment the folder does not exist; if the build is killed then, the next build puts the
                    // folder back.
                    let old = beside(folder, "old");
                    disk::rename(folder, &old).map_err(failed)?;
                    if let Err(error) = disk::rename(staged, folder) {
                        drop(disk::rename(&old, folder));
                        return Err(failed(error));
                    }
                    Some(old)
                }
                Err(error) => return Err(failed(error.into())),
            }
        };
        if let Some(parent) = folder.parent() {
            disk::sync(parent).map_err(failed)?;
        }
        Ok(old)
    }

    /// Removes the next state after a failure. Errors of the removal are ignored: the failure itself is reported.
    pub(super) fn discard(&self) {
        drop(disk::remove_dir_all(&self.staged));
    }

    /// Creates folders, the outer ones first.
    fn make_folders(
        &self,
        plan: &Plan<'_>,
        foreign: &Foreign,
    ) -> Result<BTreeSet<PathBuf>, Failure> {
        let files = plan.files.iter().map(|it| Path::new(it.path));
        let files = files.chain(foreign.files.iter().map(PathBuf::as_path));
        let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
        let inner =
            files.filter_map(Path::parent).chain(foreign.folders.iter().map(PathBuf::as_path));
        for folder in inner.flat_map(Path::ancestors) {
            if !folders.contains(folder) {
                folders.insert(folder.to_path_buf());
            }
        }
        folders.insert(PathBuf::new());
        for folder in folders.iter().filter(|it| !it.as_os_str().is_empty()) {
            disk::create_dir(self.staged.join(folder)).map_err(|error| {
                Failure::io("make the folder", &self.folder.join(folder), error)
            })?;
        }
        Ok(folders)
    }

    fn put(&self, file: &Planned<'_>) -> Result<(), Failure> {
        match file.state {
            State::Same => self.keep(Path::new(file.path)),
            State::Missing | State::Other => {
                disk::write_new(&self.staged.join(file.path), file.content)
                    .map_err(|error| Failure::io("write", &self.folder.join(file.path), error))
            }
        }
    }

    /// Adopts an existing file: as a hard link if the file system can, else as a copy.
    fn keep(&self, file: &Path) -> Result<(), Failure> {
        let (from, to) = (self.folder.join(file), self.staged.join(file));
        disk::link(&from, &to).map_err(|error| Failure::io("keep", &from, error))
    }

    fn same_rights(&self, folder: &Path, old: &Metadata) -> Result<(), Failure> {
        let new = self.staged.join(folder);
        // Only root can change the owner; the error of other users is ignored.
        drop(chown(&new, Some(old.uid()), Some(old.gid())));
        disk::set_permissions(&new, old.permissions())
            .map_err(|error| Failure::io("write", &self.folder.join(folder), error))
    }

    fn not_replaced(&self, error: io::Error) -> Failure {
        if matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices) {
            return Failure::usage_help(
                format!(
                    "`{}` is a mount point, and cannot be replaced in one step",
                    self.folder.display()
                ),
                "name a folder inside this folder with `-o`",
            );
        }
        Failure::io("replace", &self.folder, error)
    }
}

impl Foreign {
    /// Finds everything below `folder` that mlnetc does not own.
    fn find(&mut self, folder: &Path, below: &Path, plan: &Plan<'_>) -> Result<(), Failure> {
        let inner = folder.join(below);
        let here = if below.as_os_str().is_empty() { folder } else { &inner };
        let entries = disk::entries(here)?;
        if !entries.is_empty() {
            // The old state is removed after the swap, when it is too late for an error.
            disk::may_change(here).map_err(|error| Failure::io("replace", here, error))?;
        }
        for (name, kind) in entries {
            let path = below.join(&name);
            let owned = path.to_str().is_some_and(|it| plan.owned.contains(it));
            if kind.is_dir() {
                if !leads_to_ours(&path, plan) {
                    self.folders.push(path.clone());
                }
                self.find(folder, &path, plan)?;
            } else if !(owned && kind.is_file()) {
                self.files.push(path);
            }
        }
        Ok(())
    }
}

/// Returns whether a folder exists only for files of mlnetc, and is removed with the last of them.
fn leads_to_ours(folder: &Path, plan: &Plan<'_>) -> bool {
    let Some(folder) = folder.to_str() else { return false };
    let inside = format!("{folder}/");
    plan.owned.range(inside.clone()..).next().is_some_and(|it| it.starts_with(&inside))
}

/// Returns the path of a folder beside `folder` that only mlnetc creates.
pub(super) fn beside(folder: &Path, what: &str) -> PathBuf {
    let mut name = prefix(folder);
    name.push(what);
    folder.with_file_name(name)
}

/// Returns the common prefix of the names of these folders.
pub(super) fn prefix(folder: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(".");
    name.push(folder.file_name().unwrap_or_default());
    name.push(".mlnetc-");
    name
}

fn cannot_exchange(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP, Errno::PERM].contains(&error)
}
