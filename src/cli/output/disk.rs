//! Folders that change as one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

use crate::cli::failure::Failure;

/// The text of a file; none if there is none. Anything else in its place is a failure.
#[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, error)),
    }
}

/// An output folder is a folder, or not there.
pub(super) fn not_a_file(folder: &Path) -> Result<(), Failure> {
    for path in folder.ancestors().take(2).filter(|it| !it.as_os_str().is_empty()) {
        if path.metadata().is_ok_and(|it| !it.is_dir()) {
            return Err(Failure::usage_help(
                format!("`{}` is a file, and the output is a folder", path.display()),
                "name another folder with `-o`",
            ));
        }
    }
    Ok(())
}

/// Two builds into one folder come one after the other. Holds until dropped.
#[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
pub(super) fn lock(parent: &Path) -> Result<fs::File, Failure> {
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    fs::create_dir_all(parent).map_err(|error| Failure::io("make the folder", parent, error))?;
    let folder = fs::File::open(parent).map_err(|error| Failure::io("open", parent, error))?;
    // Some network disks cannot lock; then two builds at a time are their user's business.
    let _ = flock(&folder, FlockOperation::LockExclusive);
    Ok(folder)
}

/// Writes a file as one step.
#[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
pub(in crate::cli) fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let mut staged = path.as_os_str().to_owned();
    staged.push(".mlnetc-new");
    let staged = PathBuf::from(staged);
    let written = fs::write(&staged, text).and_then(|()| fs::rename(&staged, path));
    written.map_err(|error| {
        drop(fs::remove_file(&staged));
        Failure::io("write", path, error)
    })
}

/// The next state of a folder, beside it until it takes its place.
pub(super) struct Staged {
    folder: PathBuf,
    staged: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
impl Staged {
    /// An empty next state. What a killed build left is removed.
    pub(super) fn beside(folder: &Path) -> Result<Self, Failure> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let staged = folder.with_file_name(format!(".{name}.mlnetc-new"));
        let made = match fs::remove_dir_all(&staged) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&staged),
        };
        made.map_err(|error| Failure::io("make the folder", &staged, error))?;
        Ok(Self { folder: folder.to_path_buf(), staged })
    }

    /// Adds a file with a new text.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.staged.join(path);
        let failed = |error| Failure::io("write", &path, error);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        fs::write(&path, text).map_err(failed)
    }

    /// Takes over the files of the present state for which `keep` says so: the same files, not copies.
    pub(super) fn carry(&self, keep: impl Fn(&str) -> bool) -> Result<(), Failure> {
        if self.folder.exists() { self.carry_folder("", &keep) } else { Ok(()) }
    }

    fn carry_folder(&self, below: &str, keep: &impl Fn(&str) -> bool) -> Result<(), Failure> {
        let folder = self.folder.join(below);
        let failed = |error| Failure::io("read", &folder, error);
        let mut is_empty = true;
        let mut carried = false;
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            is_empty = false;
            let name = entry.file_name();
            let path = match below {
                "" => name.to_string_lossy().into_owned(),
                _ => format!("{below}/{}", name.to_string_lossy()),
            };
            if entry.file_type().map_err(failed)?.is_dir() {
                self.carry_folder(&path, keep)?;
            } else if keep(&path) {
                let target = self.staged.join(below).join(&name);
                carry_file(&entry.path(), &target)
                    .map_err(|error| Failure::io("keep", &entry.path(), error))?;
                carried = true;
            }
        }
        // An empty folder is somebody's; one that our files left empty goes with them.
        let target = self.staged.join(below);
        if is_empty {
            fs::create_dir_all(&target).map_err(failed)?;
        }
        if carried || is_empty {
            let rights = folder.metadata().map_err(failed)?.permissions();
            fs::set_permissions(&target, rights).map_err(failed)?;
        }
        Ok(())
    }

    /// Takes the place of the present state.
    pub(super) fn replace(self) -> Result<(), Failure> {
        let failed = |error| Failure::io("replace", &self.folder, error);
        if !self.folder.exists() {
            return fs::rename(&self.staged, &self.folder).map_err(failed);
        }
        let swapped = renameat_with(CWD, &self.staged, CWD, &self.folder, RenameFlags::EXCHANGE);
        if swapped.is_err() {
            // A disk that cannot swap: for a moment there is no folder, and the old one stands beside.
            let old = self.staged.with_extension("mlnetc-old");
            fs::rename(&self.folder, &old).map_err(failed)?;
            fs::rename(&self.staged, &self.folder).map_err(failed)?;
            return fs::remove_dir_all(&old).map_err(failed);
        }
        // Now the old state.
        fs::remove_dir_all(&self.staged).map_err(failed)
    }
}

impl Drop for Staged {
    #[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
    fn drop(&mut self) {
        // After a failure nothing of it stays; after a success there is nothing.
        drop(fs::remove_dir_all(&self.staged));
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line writes the disk")]
fn carry_file(from: &Path, to: &Path) -> io::Result<()> {
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    if from.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    // Some disks have no hard links.
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}
