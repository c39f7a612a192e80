//! Reports: documents for people and programs beside the manifests. In: a checked model and a template; out:
//! text. A project may have templates of its own; they can read nothing but the `Document`, and their steps and
//! output are limited.

mod document;
mod firewall;

pub use document::Document;

use std::fmt;
use std::io::{self, Write};

use minijinja::{Environment, ErrorKind, syntax::SyntaxConfig, value::Serde};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($name:literal: $says:literal),* $(,)?) => {
        /// The built-in reports: name, description and template.
        pub const KINDS: &[(&str, &str, &str)] =
            &[$(($name, $says, include_str!(concat!("templates/", $name, ".j2")))),*];
    };
}

kinds! {
    "change-notice": "teams to inform when addresses of load balancers change",
    "coredns": "names of the load balancers, for CoreDNS of k3s and others",
    "endpoints": "a table of every Service: host, ports, address",
    "endpoints.env": "hosts, ports and addresses as shell variables",
    "firewall": "connections that host firewalls must allow, a table",
    "hosts": "names of the load balancers, for /etc/hosts",
    "k3s": "config.yaml of the k3s servers: networks, and disabled parts",
    "kubeadm": "the `networking` part of kubeadm's ClusterConfiguration",
    "network-request": "flows between teams, as a form: source, destination, ports, reason",
}

/// A graph language.
#[derive(Debug, Clone, Copy)]
pub enum Language {
    /// Graphviz.
    Dot,
    /// Mermaid, which Markdown shows.
    Mermaid,
}

/// Upper bound on the steps of a template: an instruction is one step, and so are 64 bytes of output. It bounds
/// neither time nor memory, because values may contain another value many times. Callers that render foreign
/// templates must limit the process.
const STEPS: u64 = 3_000_000;
/// Upper bound on the size of a report, in bytes.
const LARGEST: usize = 16 << 20;

/// Returns the distribution that a built-in report applies to; `None` if it applies to all.
pub fn distribution(kind: &str) -> Option<&'static str> {
    ["k3s", "kubeadm"].into_iter().find(|it| *it == kind)
}

/// An error in a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The cause.
    pub cause: Cause,
    /// The reason, such as `undefined value`.
    pub why: String,
    /// The line of the template, from 1, if it is known.
    pub line: Option<usize>,
}

/// Causes of an error in a template, grouped by the necessary correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The text is not a valid template.
    Syntax,
    /// The template names a value that the document does not have.
    Undefined,
    /// The template applies an operation that the value does not support.
    Value,
    /// The template exceeds a limit on time, memory or output.
    Limit,
}

/// Returns the template of a built-in report.
pub fn template(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, ..)| *name == kind).map(|(_, _, template)| *template)
}

/// Renders a document with a template.
pub fn render(name: &str, template: &str, document: &impl Serialize) -> Result<String, Wrong> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax.expect("INVARIANT: only whitespace is configured"));
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_fuel(Some(STEPS));
    let template = environment.template_from_named_str(name, template).map_err(|it| wrong(&it))?;
    let mut text = Bounded(Vec::new());
    let done = template.render_captured_to(Serde(document), &mut text);
    done.map(drop).map_err(|it| wrong(&it))?;
    let not_text = |_| Wrong::of(Cause::Value, "its output is not UTF-8");
    String::from_utf8(text.0).map_err(not_text)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
fn wrong(error: &minijinja::Error) -> Wrong {
    let says = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let (cause, why) = match error.kind() {
        ErrorKind::OutOfFuel => (Cause::Limit, format!("it needs more than {STEPS} steps")),
        ErrorKind::WriteFailure => {
            (Cause::Limit, format!("it writes more than {} MiB", LARGEST >> 20))
        }
        ErrorKind::UndefinedError => (Cause::Undefined, says),
        ErrorKind::SyntaxError
        | ErrorKind::UnknownFilter
        | ErrorKind::UnknownFunction
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownMethod => (Cause::Syntax, says),
        _ => (Cause::Value, says),
    };
    let line = error.line().filter(|_| cause != Cause::Limit);
    Wrong { cause, why, line }
}

impl Wrong {
    /// Creates an error without a line.
    pub fn of(cause: Cause, why: impl Into<String>) -> Self {
        Self { cause, why: why.into(), line: None }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)?;
        self.line.iter().try_for_each(|it| write!(out, " in line {it}"))
    }
}

/// Renders the flows as a graph, between services or between namespaces. Returns an error if the graph exceeds
/// the size of a report.
pub fn graph(language: Language, by_service: bool, document: &Document) -> Result<String, Wrong> {
    let template = match language {
        Language::Dot => include_str!("templates/graph.dot.j2"),
        Language::Mermaid => include_str!("templates/graph.mermaid.j2"),
    };
    render("graph", template, &document.graph(by_service))
}

/// A buffer that rejects more than `LARGEST` bytes.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::Error::other("too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
