//! The arguments of the command line. Doc comments of fields and variants are the texts of `--help`.

mod diff;
pub(super) mod help;
mod source;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::diagnostics::{Diagnostic, Severity, render};
use crate::scalar::Date;
pub(super) use diff::{Diff, DiffOutput};
pub(super) use source::Source;

const ABOUT: &str = "\
mlnetc compiles one description of an ML platform's network.

The .mlnet files of a project declare, once, which workloads exist, which of
them may connect, and what is reachable from outside. mlnetc validates them and
writes what the cluster needs: NetworkPolicies, the Calico Installation, MetalLB
pools, Services, Namespaces, Helm values and environment variables.";

/// mlnetc.
#[derive(Debug, Parser)]
#[command(name = "mlnetc", version, about = ABOUT, after_long_help = help::PROGRAM, max_term_width = 100)]
pub(super) struct Program {
    /// The command.
    #[command(subcommand)]
    pub(super) command: Command,
    /// The global options.
    #[command(flatten)]
    pub(super) global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// When to color; `auto` colors a terminal unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_enum,
        default_value = "auto",
        value_name = "auto|always|never",
        hide_possible_values = true
    )]
    pub(super) color: Color,
    /// Format of diagnostics: for people, one line each, or for programs
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_enum,
        default_value = "human",
        value_name = "human|short|json|sarif|github",
        hide_possible_values = true
    )]
    pub(super) format: Format,
    /// Fail on `warnings`, too
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_enum,
        value_name = "warnings",
        hide_possible_values = true
    )]
    pub(super) deny: Option<Deny>,
    /// Print only errors, and what `--deny` rejects
    #[arg(short, long, global = true, hide_short_help = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print more messages
    #[arg(short, long, global = true, hide_short_help = true)]
    pub(super) verbose: bool,
    /// The day for `until` dates [default: the current day, UTC]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "YYYY-MM-DD",
        value_parser = day
    )]
    pub(super) today: Option<Date>,
}

/// When to color.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Diagnostics that fail a command in addition to errors.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Deny {
    /// Warnings that the source does not expect
    Warnings,
}

/// Format of diagnostics.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// The source lines, underlined and labelled
    Human,
    /// One line each: `path:line:column: error[E0201]: message`
    Short,
    /// One JSON document
    Json,
    /// One SARIF 2.1.0 log
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Validate a project or manifests; on request, apply safe fixes
    #[command(after_long_help = help::CHECK)]
    Check(Check),
    /// Compile a project and write its output
    #[command(after_long_help = help::BUILD)]
    Build(Build),
    /// Show the source lines that caused a line of the output
    #[command(after_long_help = help::BLAME)]
    Blame(Blame),
    /// Compare a project with a cluster, with manifests or with an earlier revision
    #[command(after_long_help = help::DIFF)]
    Diff(Diff),
    /// Show whether a connection is allowed, and why
    #[command(after_long_help = help::QUERY)]
    Query(Query),
    /// Generate a report from the source: a table, a hosts file, settings
    #[command(after_long_help = help::REPORT)]
    Report(Report),
    /// Draw namespaces or services and the flows between them
    #[command(after_long_help = help::GRAPH)]
    Graph(Graph),
    /// Explain a diagnostic: its meaning, its reason and its fix
    #[command(after_long_help = help::EXPLAIN)]
    Explain(Explain),
    /// Show the components of the standard library
    #[command(after_long_help = help::STDLIB)]
    Stdlib(Stdlib),
    /// Write a small project that builds
    #[command(after_long_help = help::INIT)]
    Init(Init),
    /// Build as a KRM function, for kustomize and kpt: a `ResourceList` on stdin and on stdout
    #[command(after_long_help = help::KRM)]
    Krm,
    /// Print the completions for a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page
    #[command(after_long_help = help::MAN)]
    Man(Man),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The project: a folder with .mlnet files, or one file [default: this folder, unless --against]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// Only this cluster [default: each]
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// Apply the fixes that have only one possible meaning
    #[arg(long, conflicts_with = "cluster")]
    pub(super) fix: bool,
    /// Show these fixes as a unified diff, and write nothing; exit 1 if there are any
    #[arg(long, conflicts_with = "cluster")]
    pub(super) diff: bool,
    /// Find mistakes in manifests: a file, a folder, or - for stdin; with PATH, in the source, too
    #[arg(long, value_name = "FILE|DIR|-", conflicts_with_all = ["fix", "diff"])]
    pub(super) against: Option<PathBuf>,
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub(super) struct Build {
    /// The project.
    #[command(flatten)]
    pub(super) source: Source,
    /// Output: a folder, or - for one YAML stream on stdout
    #[arg(short, long, value_name = "DIR|-", default_value = "build")]
    pub(super) output: PathBuf,
    /// Write nothing; exit 1 if the folder differs from the output
    #[arg(long)]
    pub(super) check: bool,
    /// Fail if mlnet.lock would change
    #[arg(long)]
    pub(super) locked: bool,
    /// Remove the output of clusters that the project no longer declares
    #[arg(long, conflicts_with_all = ["check", "cluster"])]
    pub(super) prune: bool,
    /// Print the data between two passes for one cluster, and write nothing
    #[arg(long, value_enum, value_name = "model|policies|objects", hide = true)]
    pub(super) emit: Option<Boundary>,
}

/// Data between two passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Boundary {
    /// The model: declarations with resolved names
    Model,
    /// Network policies without a dialect
    Policies,
    /// Kubernetes objects
    Objects,
}

/// Arguments of `blame`.
#[derive(Debug, Args)]
pub(super) struct Blame {
    /// A file of the output, and a line of it
    #[arg(value_name = "FILE[:LINE]")]
    pub(super) place: String,
}

/// Arguments of `query`.
#[derive(Debug, Args)]
pub(super) struct Query {
    /// The question, CLIENT -> SERVER[:PORTS], and the project [default: this folder]
    #[arg(value_name = "[PATH] QUESTION", num_args = 1..=2, required = true)]
    pub(super) words: Vec<String>,
    /// Only this cluster
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// Answer for manifests instead of a project: a file, a folder, or - for stdin
    #[arg(long, value_name = "FILE|DIR|-", conflicts_with = "cluster")]
    pub(super) against: Option<PathBuf>,
    /// Format of the answer
    #[arg(
        long,
        value_enum,
        default_value = "text",
        value_name = "text|json",
        hide_possible_values = true
    )]
    pub(super) output: QueryOutput,
}

/// Format of the answer of `query`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum QueryOutput {
    /// For a person
    Text,
    /// For a program
    Json,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// The report [default: list the reports]
    pub(super) kind: Option<String>,
    /// The project.
    #[command(flatten)]
    pub(super) source: Source,
}

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The project.
    #[command(flatten)]
    pub(super) source: Source,
    /// Draw services instead of namespaces
    #[arg(long)]
    pub(super) services: bool,
    /// Language of the graph
    #[arg(
        long,
        value_enum,
        default_value = "mermaid",
        value_name = "mermaid|dot",
        hide_possible_values = true
    )]
    pub(super) output: GraphOutput,
}

/// The language of a graph.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum GraphOutput {
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A code, such as E0201 [default: list every code]
    pub(super) code: Option<String>,
}

/// Arguments of `stdlib`.
#[derive(Debug, Args)]
pub(super) struct Stdlib {
    /// The command
    #[command(subcommand)]
    pub(super) command: Option<StdlibCommand>,
}

/// Commands about components.
#[derive(Debug, Subcommand)]
pub(super) enum StdlibCommand {
    /// List the components by area
    List,
    /// Find components by product, image, alias or port
    Search {
        /// What to find: `postgres`, `9000`, `bitnami/minio`; several words must all match
        #[arg(value_name = "WORD", required = true)]
        words: Vec<String>,
    },
    /// Show a component: decisions, parameters, namespaces, services, ports, flows
    Show {
        /// The component
        name: String,
        /// Show its source instead
        #[arg(long)]
        source: bool,
        /// Format of the description
        #[arg(
            long,
            value_enum,
            default_value = "text",
            value_name = "FORMAT",
            conflicts_with = "source"
        )]
        output: StdlibOutput,
        /// Show the tested versions, and what differs between them
        #[arg(long, conflicts_with_all = ["source", "output"])]
        versions: bool,
    },
    /// Draft a component from the objects of a product that runs in a cluster, to stdout
    New(NewComponent),
}

/// Format of a component's description.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum StdlibOutput {
    /// For a terminal
    Text,
    /// A page with a diagram and a table of the ports
    Markdown,
}

/// Arguments of `stdlib new`.
#[derive(Debug, Args)]
pub(super) struct NewComponent {
    /// Name of the component
    pub(super) name: String,
    /// Manifests: a file, a folder, or - for stdin, as `kubectl get all,ingress,networkpolicy,rolebinding -n NAMESPACE -o yaml` prints them
    #[arg(long, value_name = "FILE")]
    pub(super) against: PathBuf,
    /// The namespace of the product [default: the only one of the manifests]
    #[arg(long, short = 'n', value_name = "NAME")]
    pub(super) namespace: Option<String>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    pub(super) folder: PathBuf,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// A command [default: mlnetc]
    pub(super) command: Option<String>,
}

impl Program {
    /// Parses the arguments of this process.
    pub(super) fn read() -> Result<Self, clap::Error> {
        let mut matches = help::verbatim(Self::command()).try_get_matches()?;
        Self::from_arg_matches_mut(&mut matches)
    }
}

impl Check {
    /// The project of the arguments; `None` if only manifests are checked.
    pub(super) fn source(&self) -> Option<Source> {
        let path = match (&self.path, &self.against) {
            (Some(path), _) => path.clone(),
            (None, None) => PathBuf::from("."),
            (None, Some(_)) => return None,
        };
        Some(Source { path, cluster: self.cluster.clone() })
    }
}

impl From<Format> for render::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Human => Self::Human,
            Format::Short => Self::Short,
            Format::Json => Self::Json,
            Format::Sarif => Self::Sarif,
            Format::Github => Self::Github,
        }
    }
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day is written like 2027-01-31".to_owned())
}

impl Global {
    /// Whether the diagnostics fail the command.
    pub(super) fn refuses(&self, diagnostics: &[Diagnostic]) -> bool {
        let worst = self.deny.map_or(Severity::Error, |Deny::Warnings| Severity::Warning);
        diagnostics.iter().any(|it| it.severity() <= worst)
    }

    /// The day that `until` dates are compared with. The only place that reads the clock.
    #[expect(clippy::disallowed_types, reason = "the default of `--today`")]
    pub(super) fn today(&self) -> Date {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let days = now.map_or(0, |it| it.as_secs() / 86_400);
        let today = self.today.or_else(|| Date::from_unix_days(days));
        today.expect("INVARIANT: the clock shows a year of four digits")
    }
}
