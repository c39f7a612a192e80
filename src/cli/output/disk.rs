//! The disk, in the few words that writing a folder needs.

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

/// No file that is read whole is as large as this.
const LARGEST: u64 = 1 << 30;

/// How often a lock is tried, a tenth of a second apart.
const TRIES: u32 = 300;

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::io("read", path, error))
}

/// The text of a file; none if there is none.
pub(in crate::cli) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    if metadata(path)?.is_none() { Ok(None) } else { bytes(path, LARGEST).map(Some) }
}

/// What is at a path, itself and not what it links to; none if nothing is.
pub(super) fn metadata(path: &Path) -> Result<Option<Metadata>, Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, error)),
    }
}

/// What lies in a folder.
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

/// An output folder is a folder, or not there; so is what it lies in.
pub(super) fn not_a_file(folder: &Path) -> Result<(), Failure> {
    if folder.is_symlink() && !folder.exists() {
        return Err(Failure::usage_help(
            format!("`{}` is a link that leads nowhere", folder.display()),
            "make the folder that it leads to, or name another with `-o`",
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

/// Where a folder really is, with what it lies in made if need be.
pub(super) fn real(folder: &Path) -> Result<PathBuf, Failure> {
    let failed = |error| Failure::io("make the folder", folder, error);
    if let Ok(real) = fs::canonicalize(folder) {
        return Ok(real);
    }
    let absolute = std::path::absolute(folder).map_err(failed)?;
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(Failure::usage(format!("`{}` is no name of a folder", folder.display())));
    };
    create_dir_all(parent).map_err(failed)?;
    Ok(fs::canonicalize(parent).map_err(failed)?.join(name))
}

/// Two builds beside each other come one after the other. Holds until dropped.
pub(super) fn lock(parent: &Path) -> Result<File, Failure> {
    let folder = File::open(parent).map_err(|error| Failure::io("open", parent, error))?;
    for _ in 0..TRIES {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(100)),
            // Some network disks cannot lock; then two builds at a time are their user's business.
            Ok(()) | Err(_) => return Ok(folder),
        }
    }
    Err(Failure::usage_help(
        format!("another mlnetc has been writing in `{}` for half a minute", parent.display()),
        "wait for it, or end it",
    ))
}

/// Writes a file as one step, unless somebody else has changed it since it was read as `before`.
pub(in crate::cli) fn write_whole(
    path: &Path,
    before: Option<&[u8]>,
    text: &str,
) -> Result<(), Failure> {
    // What a link leads to is written, and the link stays.
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

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create_new(path)?.write_all(content)
}

/// The same file at another place too; on a disk without hard links, a copy.
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

/// Whether two paths are one file.
pub(super) fn is_same_file(one: &Path, other: &Path) -> Result<bool, Failure> {
    let (Some(one), Some(other)) = (metadata(one)?, metadata(other)?) else { return Ok(false) };
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

/// Whether entries of a folder may be made and removed.
pub(super) fn may_change(folder: &Path) -> io::Result<()> {
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The inode of what is at a path.
pub(super) fn inode(path: &Path) -> io::Result<u64> {
    fs::symlink_metadata(path).map(|it| it.ino())
}

/// Makes a file or a folder durable.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some disks cannot do that with a folder.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

/// Makes everything on the disk of a folder durable: one call, where a call for each file takes
/// milliseconds for each.
pub(super) fn sync_all_of(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(&folder)?;
    #[cfg(not(target_os = "linux"))]
    folder.sync_all()?;
    Ok(())
}
