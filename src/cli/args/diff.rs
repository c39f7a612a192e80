//! The arguments of `diff`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::Source;
use crate::diff::Class;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// The project.
    #[command(flatten)]
    pub(in crate::cli) source: Source,
    /// The current state: manifests in a file, in a folder, or - for stdin; or the project at a revision [default: the
    /// cluster of the current context of the kubeconfig]
    #[arg(long, value_name = "FILE|DIR|-|git:REV")]
    pub(in crate::cli) against: Option<PathBuf>,
    /// Compare two sides instead: each a project, an output folder, or other manifests
    #[arg(long, value_names = ["OLD", "NEW"], num_args = 2, conflicts_with = "against")]
    pub(in crate::cli) between: Vec<PathBuf>,
    /// The context of the kubeconfig [default: the current context]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["against", "between"])]
    pub(in crate::cli) context: Option<String>,
    /// Timeout for each answer of the cluster's API server
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "20",
        value_parser = patience,
        conflicts_with_all = ["against", "between"]
    )]
    pub(in crate::cli) timeout: Duration,
    /// Do not request dry runs from the API server: use the defaults that mlnetc knows
    #[arg(long, conflicts_with_all = ["against", "between"])]
    pub(in crate::cli) no_dry_run: bool,
    /// Print the ClusterRole that reading a cluster needs, and exit
    #[arg(long, conflicts_with_all = ["against", "between"])]
    pub(in crate::cli) rbac: bool,
    /// Exit 1 only for these classes of risks
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "CLASS,…",
        hide_possible_values = true,
        long_help = "Exit 1 only for these classes of risks: disruptive, locks-out, \
                     opens-to-internet, moves-address, restarts, not-analysed"
    )]
    pub(in crate::cli) fail_on: Vec<Class>,
    /// Format of the answer
    #[arg(
        long,
        value_enum,
        default_value = "text",
        value_name = "text|json|markdown",
        hide_possible_values = true
    )]
    pub(in crate::cli) output: DiffOutput,
}

impl ValueEnum for Class {
    fn value_variants<'v>() -> &'v [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.meaning()))
    }
}

/// Format of the answer of `diff`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum DiffOutput {
    /// For a person
    Text,
    /// For a program
    Json,
    /// For a merge request
    Markdown,
}

/// Seconds, more than none; `0.5` as well.
fn patience(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|it| *it > 0.0 && *it <= 3600.0);
    let seconds = seconds.and_then(|it| Duration::try_from_secs_f32(it).ok());
    seconds.ok_or_else(|| "a number of seconds, as in `20` or `0.5`".to_owned())
}
