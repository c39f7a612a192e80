//! Why mlnetc could not do what it was asked: not the source, but its surroundings.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::terminal;
use crate::compile::Bug;

/// Why there is no answer. Mistakes in a source are diagnostics, never this.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever read the results has gone (`| head`); nothing is wrong.
    Closed,
    /// A diagnostic has said why.
    Reported,
    /// The mistake is in mlnetc itself.
    Bug(Bug),
    /// The disk said no.
    Io {
        /// What was tried, as in ``cannot read `a` ``.
        tried: String,
        /// What the system says.
        source: io::Error,
    },
    /// Asked for something that is not there or makes no sense.
    Usage {
        /// What is the matter.
        message: String,
        /// The way out.
        help: Option<String>,
    },
    /// Several at once: every file that cannot be read is worth a line.
    Several(Vec<Failure>),
}

impl From<Bug> for Failure {
    fn from(bug: Bug) -> Self {
        Self::Bug(bug)
    }
}

impl Failure {
    /// The disk said no to `verb` of `path`.
    pub(super) fn io(verb: &str, path: &Path, source: io::Error) -> Self {
        Self::Io { tried: format!("cannot {verb} `{}`", shown(path)), source }
    }

    /// What was asked makes no sense.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    /// What was asked makes no sense, and here is what does.
    pub(super) fn usage_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }
}

/// A path as the user would type it: the folder itself is `.`.
pub(super) fn shown(path: &Path) -> std::path::Display<'_> {
    if path.as_os_str().is_empty() { Path::new(".").display() } else { path.display() }
}

/// A path for a message, relative to a folder where it lies in it.
pub(super) fn below(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_path_buf()
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported => out.write_str("see above"),
            Self::Bug(bug) => out.write_str(&terminal::bug_report(&bug.to_string())),
            Self::Closed => out.write_str("the reader of the results has gone"),
            Self::Io { tried, source } => write!(out, "{tried}: {}", reason(source)),
            Self::Usage { message, help } => {
                out.write_str(message)?;
                help.iter().try_for_each(|it| write!(out, "\n  help: {it}"))
            }
            Self::Several(failures) => {
                for (at, failure) in failures.iter().enumerate() {
                    if at > 0 {
                        out.write_str("\nmlnetc: ")?;
                    }
                    failure.fmt(out)?;
                }
                Ok(())
            }
        }
    }
}

/// What the system says most often, in plain words.
const REASONS: &[(io::ErrorKind, &str)] = &[
    (io::ErrorKind::NotFound, "there is no such file or folder"),
    (io::ErrorKind::PermissionDenied, "permission denied"),
    (io::ErrorKind::NotADirectory, "a part of the path is not a folder"),
    (io::ErrorKind::IsADirectory, "it is a folder"),
    (io::ErrorKind::StorageFull, "the disk is full"),
    (io::ErrorKind::ReadOnlyFilesystem, "the disk is read-only"),
];

fn reason(error: &io::Error) -> String {
    let known = REASONS.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}
