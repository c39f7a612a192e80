//! File operations for writing an output folder.

#![expect(clippy::disallowed_methods, reason = "the command line reads and writes the disk")]

use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, FlockOperation, access, flock};
use rustix::io::Errno;

use crate::cli::failure::Failure;
use crate::cli::project::bytes;

pub(super) use fs::{
    create_dir, create_dir_all, remove_dir, remove_dir_all, remove_file, rename, set_permissions,
};

/// Greatest size of a file that is read whole, in bytes.
const LARGEST: u64 = 1 << 30;

/// Number of attempts to take a lock, a tenth of a second apart.
const TRIES: u32 = 300;

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::io("read", path, error))
}

/// Reads a file; `None` if it does not exist.
pub(in crate::cli) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    if metadata(path)?.is_none() { Ok(None) } else { bytes(path, LARGEST).map(Some) }
}

/// Returns the metadata of a path without following a link; `None` if the path does not exist.
pub(super) fn metadata(path: &Path) -> Result<Option<Metadata>, Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, error)),
    }
}

/// Returns the entries of a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<(OsString, FileType)>, Failure> {
    let failed = |error| Failure::io("read", folder, error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    entries
        .map(|entry| {
            let entry = entry.map_err(failed)?;
            Ok((entry.file_name(), entry.file_type().map_err(failed)?))
        })
        .collect()
}

/// Fails if an output folder, or a folder around it, exists and is not a folder.
pub(super) fn not_a_file(folder: &Path) -> Result<(), Failure> {
    if folder.is_symlink() && !folder.exists() {
        return Err(Failure::usage_help(
            format!("the target of the link `{}` does not exist", folder.display()),
            "create the target folder, or name another folder with `-o`",
        ));
    }
    for path in folder.ancestors().filter(|it| !it.as_os_str().is_empty()) {
        if let Ok(found) = path.metadata() {
            if found.is_dir() {
                return Ok(());
            }
            return Err(Failure::usage_help(
                format!("`{}` is a file, and the output is a folder", path.display()),
                "name another folder with `-o`",
            ));
        }
    }
    Ok(())
}

/// Returns the real path of a folder, and creates the folders around it if they do not exist.
pub(super) fn real(folder: &Path) -> Result<PathBuf, Failure> {
    let failed = |error| Failure::io("make the folder", folder, error);
    if let Ok(real) = fs::canonicalize(folder) {
        return Ok(real);
    }
    let absolute = std::path::absolute(folder).map_err(failed)?;
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(Failure::usage(format!("`{}` is not a name of a folder", folder.display())));
    };
    create_dir_all(parent).map_err(failed)?;
    Ok(fs::canonicalize(parent).map_err(failed)?.join(name))
}

/// Takes the lock under which concurrent builds run one after the other. The lock is held until it is dropped.
pub(super) fn lock(parent: &Path) -> Result<File, Failure> {
    let folder = File::open(parent).map_err(|error| Failure::io("open", parent, error))?;
    for _ in 0..TRIES {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(100)),
            // Some network file systems have no locks; on them, concurrent builds are not protected from each other.
            Ok(()) | Err(_) => return Ok(folder),
        }
    }
    Err(Failure::usage_help(
        format!("another mlnetc process has been writing to `{}` for 30 seconds", parent.display()),
        "wait for the process, or end it",
    ))
}

/// Writes a file atomically, unless another program has changed the file since it was read as `before`.
pub(in crate::cli) fn write_whole(
    path: &Path,
    before: Option<&[u8]>,
    text: &str,
) -> Result<(), Failure> {
    // For a link, the target is written and the link stays.
    let called = path.display();
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let _alone = lock(folder.unwrap_or(Path::new(".")))?;
    let now = read_if_there(path)?;
    if now.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    if now.as_deref() != before {
        return Err(Failure::usage_help(
            format!("`{called}` has changed since it was read; nothing was written"),
            "run the command again",
        ));
    }
    let mut staged = path.as_os_str().to_owned();
    staged.push(".mlnetc-new");
    let staged = PathBuf::from(staged);
    let written =
        fs::write(&staged, text).and_then(|()| sync(&staged)).and_then(|()| rename(&staged, path));
    written.map_err(|error| {
        drop(remove_file(&staged));
        Failure::io("write", path, error)
    })
}

/// Writes a file that does not exist yet.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(content)
}

/// Makes a hard link; on a file system without hard links, a copy.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    let Err(error) = fs::hard_link(from, to) else { return Ok(()) };
    let found = fs::symlink_metadata(from)?;
    if found.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !found.is_file() {
        return Err(error);
    }
    fs::copy(from, to)?;
    let times = fs::FileTimes::new().set_modified(found.modified()?);
    File::options().write(true).open(to)?.set_times(times)
}

/// Returns whether two paths are the same file.
pub(super) fn is_same_file(one: &Path, other: &Path) -> Result<bool, Failure> {
    let (Some(one), Some(other)) = (metadata(one)?, metadata(other)?) else { return Ok(false) };
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

/// Checks that entries of a folder may be created and removed.
pub(super) fn may_change(folder: &Path) -> io::Result<()> {
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Returns the inode of the file at a path.
pub(super) fn inode(path: &Path) -> io::Result<u64> {
    fs::symlink_metadata(path).map(|it| it.ino())
}

/// Makes a file or a folder durable.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems cannot sync a folder.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

/// Makes everything on the file system of a folder durable, with one call; a call for each file takes milliseconds for
/// each.
pub(super) fn sync_all_of(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(&folder)?;
    #[cfg(not(target_os = "linux"))]
    folder.sync_all()?;
    Ok(())
}
