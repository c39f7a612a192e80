//! Reasons why a command could not run: arguments, files, streams, and bugs. Errors of a source are diagnostics.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::bug;
use crate::compile::Bug;

/// The reason why a command has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The reader of stdout closed it (`| head`): not an error.
    Closed,
    /// A diagnostic with the reason is printed already.
    Reported,
    /// A bug of mlnetc.
    Bug(Bug),
    /// The operating system failed to read or write.
    Io {
        /// The failed operation, as in ``cannot read `a` ``.
        tried: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The arguments are invalid or name something that does not exist.
    Usage {
        /// The problem.
        message: String,
        /// The suggestion.
        help: Option<String>,
    },
    /// Several failures, such as each file that cannot be read.
    Several(Vec<Failure>),
}

impl From<Bug> for Failure {
    fn from(bug: Bug) -> Self {
        Self::Bug(bug)
    }
}

impl Failure {
    /// A failure of the operating system to `verb` a path.
    pub(super) fn io(verb: &str, path: &Path, source: io::Error) -> Self {
        Self::Io { tried: format!("cannot {verb} `{}`", shown(path)), source }
    }

    /// Invalid arguments.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    /// Invalid arguments, with a suggestion.
    pub(super) fn usage_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }
}

/// Displays a path as the user would type it: the current folder is `.`.
pub(super) fn shown(path: &Path) -> std::path::Display<'_> {
    if path.as_os_str().is_empty() { Path::new(".").display() } else { path.display() }
}

/// A path for a message, relative to a folder that contains it.
pub(super) fn below(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_path_buf()
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported => out.write_str("see above"),
            Self::Bug(it) => out.write_str(&bug::text(&it.to_string())),
            Self::Closed => out.write_str("the reader of the output has closed it"),
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

/// The most frequent errors of the operating system in plain words.
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
