//! Sources that are written again: each atomically, unless another program has changed one since it was read.

#![expect(clippy::disallowed_methods, reason = "the command line writes the disk")]

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use super::disk;
use super::staged::beside;
use crate::cli::failure::Failure;

/// A file, its present content, and its new content.
pub(in crate::cli) type Rewrite<'a> = (PathBuf, &'a [u8], &'a [u8]);

/// Writes existing files and keeps their permissions. If one cannot be written or has changed since it was read, none
/// is written.
pub(in crate::cli) fn rewrite(files: &[Rewrite<'_>]) -> Result<(), Failure> {
    let mut folders = BTreeSet::new();
    let mut real = Vec::new();
    for (path, before, after) in files {
        // For a link, the target is written and the link stays.
        let path = path.canonicalize().map_err(|error| Failure::io("write", path, error))?;
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        folders.insert(folder);
        real.push((path, *before, *after));
    }
    let _alone = folders.iter().map(|it| disk::lock(it)).collect::<Result<Vec<_>, _>>()?;
    let staged: Vec<PathBuf> = real.iter().map(|(path, ..)| beside(path, "fix")).collect();
    let pairs = || real.iter().zip(&staged);
    let written = pairs()
        .try_for_each(|(file, staged)| stage(file, staged))
        .and_then(|()| real.iter().try_for_each(|(path, before, _)| is_same(path, before)))
        .and_then(|()| pairs().try_for_each(|(file, staged)| replace(&file.0, staged)));
    if written.is_err() {
        for it in &staged {
            drop(disk::remove_file(it));
        }
    }
    written
}

fn stage((path, before, after): &Rewrite<'_>, staged: &Path) -> Result<(), Failure> {
    is_same(path, before)?;
    let write = || -> io::Result<()> {
        let found = path.metadata()?;
        if found.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        // An existing staged file is left from a run that was killed.
        drop(disk::remove_file(staged));
        disk::write_new(staged, after)?;
        // Only root can change the owner; the error of other users is ignored.
        drop(chown(staged, Some(found.uid()), Some(found.gid())));
        disk::set_permissions(staged, found.permissions())?;
        disk::sync(staged)
    };
    write().map_err(|error| Failure::io("write", path, error))
}

fn is_same(path: &Path, before: &[u8]) -> Result<(), Failure> {
    if disk::read(path)? == before {
        return Ok(());
    }
    Err(Failure::usage_help(
        format!("`{}` has changed since it was read; nothing was written", path.display()),
        "run the command again",
    ))
}

fn replace(path: &Path, staged: &Path) -> Result<(), Failure> {
    disk::rename(staged, path).map_err(|error| Failure::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("mlnetc-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("writable");
        folder.canonicalize().expect("there")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<_> =
            entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn rights_and_links_stay() {
        let folder = folder("rights");
        let (file, link) = (folder.join("a.mlnet"), folder.join("b.mlnet"));
        fs::write(&file, "old").expect("writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("writable");
        symlink("a.mlnet", &link).expect("links");
        rewrite(&[(link.clone(), b"old", b"new")]).expect("written");
        assert_eq!(fs::read(&file).expect("there"), b"new");
        assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(names(&folder), ["a.mlnet", "b.mlnet"]);
        fs::remove_dir_all(folder).expect("writable");
    }

    #[test]
    fn what_others_changed_or_closed_stays() {
        let folder = folder("changed");
        let (one, other) = (folder.join("a.mlnet"), folder.join("b.mlnet"));
        fs::write(&one, "old").expect("writable");
        fs::write(&other, "theirs").expect("writable");
        let both: [Rewrite<'_>; 2] =
            [(one.clone(), b"old", b"new"), (other.clone(), b"old", b"new")];
        let why = rewrite(&both).expect_err("b has changed").to_string();
        assert!(why.contains("has changed since it was read"), "{why}");
        assert_eq!(fs::read(&one).expect("there"), b"old");
        fs::write(&other, "old").expect("writable");
        fs::set_permissions(&other, fs::Permissions::from_mode(0o440)).expect("writable");
        rewrite(&both).expect_err("b is read-only");
        assert_eq!(fs::read(&one).expect("there"), b"old");
        assert_eq!(names(&folder), ["a.mlnet", "b.mlnet"]);
        fs::remove_dir_all(folder).expect("writable");
    }
}
