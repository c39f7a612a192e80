//! The arguments of commands that read one project.

use std::path::PathBuf;

use clap::Args;

/// A project, and a part of it.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Source {
    /// The project: a folder with .mlnet files, or one file
    #[arg(value_name = "PATH", default_value = ".")]
    pub(in crate::cli) path: PathBuf,
    /// Only this cluster [default: each]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) cluster: Option<String>,
}
