//! Manifests from a file, a folder or stdin: the objects of a cluster, or another output.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::failure::{Failure, shown};
use super::project;
use crate::manifests::{self, Manifests, Text};

/// Greatest size of a text of a snapshot, in bytes.
const LARGEST: u64 = 256 << 20;

/// Returns the name of a snapshot for messages.
pub(super) fn called(against: &Path) -> String {
    if against == Path::new("-") { "stdin".to_owned() } else { against.display().to_string() }
}

/// Reads the manifests of a snapshot.
pub(super) fn read(against: &Path) -> Result<Manifests, Failure> {
    read_with_texts(against).map(|(manifests, _)| manifests)
}

/// Reads the manifests of a snapshot, and keeps their texts.
pub(super) fn read_with_texts(against: &Path) -> Result<(Manifests, Vec<Text>), Failure> {
    let texts = if against == Path::new("-") {
        vec![stream(against, &mut std::io::stdin())?]
    } else {
        texts(against)?
    };
    let read = manifests::read(&texts);
    let read =
        read.map_err(|it| Failure::usage(format!("cannot read `{}`: {}", it.name, it.message)))?;
    // Otherwise a `kubectl get` that failed would look like an empty cluster.
    if read.is_silent() {
        return Err(Failure::usage_help(
            format!("there is no Kubernetes object in `{}`", against.display()),
            "an object has `apiVersion`, `kind` and `metadata.name`",
        ));
    }
    Ok((read, texts))
}

/// Reads a source of unknown size: stdin, or a pipe (`--against <(kubectl get …)`).
pub(super) fn stream(path: &Path, from: &mut dyn Read) -> Result<Text, Failure> {
    let text = String::from_utf8(project::stream(from, path, LARGEST)?);
    let text = text.map_err(|error| project::not_utf8(path, &error))?;
    Ok(Text { name: path.display().to_string(), text })
}

/// Reads a file, or every manifest below a folder.
fn texts(against: &Path) -> Result<Vec<Text>, Failure> {
    let kind = fs::metadata(against).map_err(|error| Failure::io("read", against, error))?;
    let mut files = BTreeSet::new();
    if kind.is_dir() {
        walk(against, &mut files)?;
        if files.is_empty() {
            let message = format!("there is no .yaml, .yml or .json file in `{}`", shown(against));
            return Err(Failure::usage(message));
        }
    } else if kind.is_file() {
        files.insert(against.to_path_buf());
    } else {
        let open = fs::File::open(against);
        let mut open = open.map_err(|error| Failure::io("read", against, error))?;
        return Ok(vec![stream(against, &mut open)?]);
    }
    let read = |file: PathBuf| {
        Ok(Text { text: project::text(&file, LARGEST)?, name: file.display().to_string() })
    };
    files.into_iter().map(read).collect()
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::io("read", folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // The index of an output folder is not a manifest, and large.
        let index = path.ends_with("index.json") && folder.join("kustomization.yaml").is_file();
        let manifest =
            path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&path, files)?;
        } else if manifest && !index && path.is_file() {
            files.insert(path);
        }
    }
    Ok(())
}
