//! What is said of an output folder.

use super::Abandoned;
use crate::cli::failure::shown;
use crate::diagnostics::{Code, Diagnostic};

/// A folder of a cluster that the project no longer has.
pub(in crate::cli) fn abandoned(it: &Abandoned) -> Diagnostic {
    let folder = shown(&it.folder);
    let message = format!(
        "`{folder}` is the output of cluster `{}`, which the project no longer has",
        it.cluster
    );
    Diagnostic::nowhere(Code::W0839, message)
        .note("no build changes it any more; whoever applies the folder applies the state of its last build")
        .help(
            "`mlnetc build --prune` removes the files that mlnetc wrote there; if the cluster has another name now, \
             move files of your own to its new folder first",
        )
}
