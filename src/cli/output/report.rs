//! Diagnostics about output folders.

use std::path::Path;

use super::Abandoned;
use crate::cli::failure::shown;
use crate::diagnostics::{Code, Diagnostic};

/// A folder of a cluster that another project wrote, named by its path from the output folder.
pub(in crate::cli) fn replaced(folder: &Path, other: &str) -> Diagnostic {
    let folder = shown(folder);
    let message = format!("`{folder}` is the output of another project, `{other}`");
    Diagnostic::nowhere(Code::W0841, message)
        .note("this build replaces its files; two projects that build one folder remove each other's policies")
        .help(
            "build into another folder with `-o DIR`, or give one of the clusters another name; if the project has \
             moved, nothing is lost, and the next build does not report it",
        )
}

/// A folder of a cluster that the project no longer has, and the command that removes it.
pub(in crate::cli) fn abandoned(it: &Abandoned, prune: &str) -> Diagnostic {
    let folder = shown(&it.folder);
    let message = format!(
        "`{folder}` is the output of cluster `{}`, which the project no longer declares",
        it.cluster
    );
    Diagnostic::nowhere(Code::W0839, message)
        .note("no build updates it; an apply of the folder applies the state of its last build")
        .help(format!(
            "`{prune}` removes the files that mlnetc wrote there; if the cluster has another name now, move files of \
             your own to its new folder first",
        ))
}
