//! What else hangs on the same source: documents for people and for programs beside the manifests,
//! made by templates of one `Document`. A project may have templates of its own; they cannot read
//! anything but the document, nor run for ever.

mod document;
mod firewall;

pub use document::Document;

use std::fmt;
use std::io::{self, Write};

use minijinja::{Environment, ErrorKind, syntax::SyntaxConfig, value::Serde};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($name:literal: $says:literal),* $(,)?) => {
        /// The reports: name, what it is, its template.
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
    "kubeadm": "the networking of kubeadm's ClusterConfiguration",
    "network-request": "the flows between teams as a form: source, destination, ports, reason",
}

/// A language of graphs.
#[derive(Debug, Clone, Copy)]
pub enum Language {
    /// Graphviz.
    Dot,
    /// Mermaid, which Markdown shows.
    Mermaid,
}

/// So many steps a template may take: an instruction is one, and so are 64 bytes that it makes. That bounds
/// neither its time nor its memory: values may contain another many times. Who renders templates of others
/// bounds the process.
const STEPS: u64 = 3_000_000;
/// So many bytes a report may have.
const LARGEST: usize = 16 << 20;

/// The distribution that a report of mlnetc is for; `None` if it is for each.
pub fn distribution(kind: &str) -> Option<&'static str> {
    ["k3s", "kubeadm"].into_iter().find(|it| *it == kind)
}

/// Why a template gives no report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// The cause.
    pub cause: Cause,
    /// The reason, as in `undefined value`.
    pub why: String,
    /// The line of the template, from 1, where it is known.
    pub line: Option<usize>,
}

/// Causes of an error in a template, by what its author does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The text is no template.
    Syntax,
    /// It names something that the document does not have.
    Undefined,
    /// It does something with a value that the value does not allow.
    Value,
    /// It takes too much time, memory or output.
    Limit,
}

/// The template of a report that comes with mlnetc.
pub fn template(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(name, ..)| *name == kind).map(|(_, _, template)| *template)
}

/// The document through a template; else what is wrong with the template.
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
    let not_text = |_| Wrong::of(Cause::Value, "what it writes is not UTF-8");
    String::from_utf8(text.0).map_err(not_text)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
fn wrong(error: &minijinja::Error) -> Wrong {
    let says = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let (cause, why) = match error.kind() {
        ErrorKind::OutOfFuel => (Cause::Limit, format!("it takes more than {STEPS} steps")),
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
    /// An error without a line.
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

/// The flows as a graph, between services or between namespaces; an error if the graph is larger than reports may be.
pub fn graph(language: Language, by_service: bool, document: &Document) -> Result<String, Wrong> {
    let template = match language {
        Language::Dot => include_str!("templates/graph.dot.j2"),
        Language::Mermaid => include_str!("templates/graph.mermaid.j2"),
    };
    render("graph", template, &document.graph(by_service))
}

/// A text that stops growing.
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
