//! Folders of clusters that the project no longer has. A folder belongs to the project if its `index.json` names the
//! project, and names the cluster that the folder is named after; every other folder has another owner and is left
//! alone.

#![expect(clippy::disallowed_methods, reason = "the command line reads and writes the disk")]

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::{disk, leftover};
use crate::cli::failure::Failure;
use crate::emit::index::{self, Header};

/// The folder of a cluster that the project no longer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Abandoned {
    /// The folder.
    pub(in crate::cli) folder: PathBuf,
    /// The cluster.
    pub(in crate::cli) cluster: String,
    /// The project, as the index names it.
    project: String,
}

/// Result of removing such a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Removed {
    /// Number of files that were removed.
    pub(in crate::cli) files: usize,
    /// Whether the folder is kept because it contains files of other owners.
    pub(in crate::cli) is_kept: bool,
}

/// Returns the name of a project in the indexes below an output folder: its path relative to that folder. The name is
/// the same on every machine with the same relative paths.
pub(in crate::cli) fn project(path: &Path, output: &Path) -> Result<String, Failure> {
    let (path, output) = (resolved(path)?, resolved(output)?);
    let (to, from): (Vec<_>, Vec<_>) = (path.components().collect(), output.components().collect());
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| Component::ParentDir);
    let parts: Vec<String> = up
        .chain(to.into_iter().skip(shared))
        .map(|it| it.as_os_str().to_string_lossy().into_owned())
        .collect();
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// Returns the project that the index of a cluster's folder names, if there is such an index.
pub(in crate::cli) fn recorded_project(folder: &Path) -> Result<Option<String>, Failure> {
    Ok(read(folder)?.and_then(|it| it.project))
}

/// Returns the folders below an output folder that a project wrote for clusters other than these.
pub(in crate::cli) fn find(
    output: &Path,
    project: &str,
    clusters: &BTreeSet<&str>,
) -> Result<Vec<Abandoned>, Failure> {
    if !output.is_dir() {
        return Ok(Vec::new());
    }
    // Some file systems do not distinguish names that differ only in case.
    let present: BTreeSet<String> = clusters.iter().map(|it| it.to_lowercase()).collect();
    let mut found = Vec::new();
    for (name, kind) in disk::entries(output)? {
        let Some(cluster) = name.to_str().filter(|_| kind.is_dir()) else { continue };
        if cluster.starts_with('.') || present.contains(&cluster.to_lowercase()) {
            continue;
        }
        let folder = output.join(cluster);
        let Some(header) = read(&folder)? else { continue };
        if header.cluster == cluster && header.project.as_deref() == Some(project) {
            let (cluster, project) = (cluster.to_owned(), project.to_owned());
            found.push(Abandoned { folder, cluster, project });
        }
    }
    found.sort_by(|a, b| a.cluster.cmp(&b.cluster));
    Ok(found)
}

impl Abandoned {
    /// Removes the files that mlnetc wrote, and the folders that are empty then. The index is removed last, so that the
    /// next build continues a removal that was killed.
    pub(in crate::cli) fn remove(&self) -> Result<Removed, Failure> {
        let folder = disk::real(&self.folder)?;
        let _alone = disk::lock(folder.parent().unwrap_or(Path::new("/")))?;
        leftover::settle(&folder)?;
        let header = read(&folder)?
            .filter(|it| it.cluster == self.cluster && it.project.as_ref() == Some(&self.project));
        let mut files = header.map(|it| it.files).unwrap_or_default();
        // With `kustomization.yaml` removed first, a half-removed folder cannot be applied.
        files.sort_by_key(|it| (it == index::FILE, it != "kustomization.yaml", it.clone()));
        let mut removed = Removed { files: 0, is_kept: false };
        for file in &files {
            let path = folder.join(file);
            let is_ours = is_below(&folder, file)? && is_file(&path)?;
            if is_ours {
                disk::remove_file(&path).map_err(|error| Failure::io("remove", &path, error))?;
                removed.files += 1;
            }
        }
        for parent in parents(&files) {
            // A folder with files of other owners stays.
            drop(disk::remove_dir(folder.join(parent)));
        }
        drop(disk::remove_dir(&folder));
        removed.is_kept = folder.exists();
        Ok(removed)
    }
}

/// Returns the folders of files, the inner ones first.
fn parents(files: &[String]) -> Vec<&str> {
    let mut all = BTreeSet::new();
    for file in files {
        let mut path = file.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            all.insert(parent);
            path = parent;
        }
    }
    all.into_iter().rev().collect()
}

/// Returns whether each folder on the way to a file is a folder and not a link to a folder.
fn is_below(folder: &Path, file: &str) -> Result<bool, Failure> {
    let Some((parent, _)) = file.rsplit_once('/') else { return Ok(true) };
    let mut place = folder.to_path_buf();
    for part in parent.split('/') {
        place.push(part);
        if !disk::metadata(&place)?.is_some_and(|it| it.is_dir()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_file(path: &Path) -> Result<bool, Failure> {
    Ok(disk::metadata(path)?.is_some_and(|it| it.is_file()))
}

/// Reads the header of a folder's index; `None` without an index that this version of mlnetc can read.
fn read(folder: &Path) -> Result<Option<Header>, Failure> {
    let path = folder.join(index::FILE);
    if !is_file(&path)? {
        return Ok(None);
    }
    Ok(index::header(&disk::read(&path)?).ok())
}

/// Resolves the links in a path, even if the last part of the path does not exist.
fn resolved(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|error| Failure::io("find", path, error))?;
    for ancestor in absolute.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = absolute.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return Ok(real.join(rest));
        }
    }
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_called_by_its_path_from_the_output() {
        let called =
            |path: &str, output: &str| project(Path::new(path), Path::new(output)).expect("a path");
        assert_eq!(called("/nowhere/net", "/nowhere/out"), "../net");
        assert_eq!(called("/nowhere/net", "/nowhere/net/build"), "..");
        assert_eq!(called("/nowhere/net/a.mlnet", "/nowhere/net/build"), "../a.mlnet");
        assert_eq!(called("/nowhere", "/nowhere"), ".");
    }

    #[test]
    fn inner_folders_come_first() {
        let files = ["tenants/a/policies/b.yaml", "index.json", "helm/x.yaml"].map(str::to_owned);
        assert_eq!(parents(&files), ["tenants/a/policies", "tenants/a", "tenants", "helm"]);
    }
}
