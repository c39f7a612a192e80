//! A project's own template, rendered in a separate process with limits on time and memory, so that a template cannot
//! block or crash mlnetc. The steps that `report` counts bound most templates; values that contain themselves many
//! times, or an expression of a hundred thousand characters, are bounded only by the limits of the process.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, Output, Stdio};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde_json::Value;

use crate::report::{self, Cause, Document, Wrong};

/// The only argument of the rendering process.
const ARGUMENT: &str = "--render-template";

/// Memory limit of a template in MiB, in addition to the document.
const MEMORY: u64 = 128;

/// Processor time limit of a template, in seconds. It ends templates that neither steps nor bytes bound; a template
/// that ends by itself takes a small part of it, also on a slow machine.
const SECONDS: u64 = 10;

/// Renders the document through a template of the project; else returns the error of the template.
pub(super) fn render(kind: &str, template: &str, document: &Document) -> Result<String, Wrong> {
    let failed = |why: String| Wrong::of(Cause::Value, why);
    let input = serde_json::to_vec(&(kind, template, document));
    let input = input.map_err(|it| failed(it.to_string()))?;
    let Output { status, stdout, .. } = ask(&input).map_err(|error| {
        failed(format!(
            "mlnetc renders it in a separate process, and cannot start the process: {error}"
        ))
    })?;
    let late = [Signal::XCPU, Signal::KILL].map(Signal::as_raw);
    let why = match (status.code(), status.signal()) {
        (Some(0), _) => return Ok(String::from_utf8_lossy(&stdout).into_owned()),
        (Some(1), _) => {
            let broken = |_| Wrong::of(Cause::Limit, "it crashes the template engine");
            return Err(serde_json::from_slice(&stdout).unwrap_or_else(broken));
        }
        (_, Some(signal)) if late.contains(&signal) => {
            format!("it runs longer than {SECONDS} seconds")
        }
        (_, Some(_)) => format!("it uses more than {MEMORY} MiB of memory, or nests too deep"),
        (_, None) => "it crashes the template engine".to_owned(),
    };
    Err(Wrong::of(Cause::Limit, why))
}

fn ask(input: &[u8]) -> io::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    // The process reads all of its input before it writes. If it does not, its exit status reports why.
    let sent = child.stdin.take().map(|mut it| it.write_all(input));
    drop(sent);
    child.wait_with_output()
}

/// Returns whether this process is the rendering process.
pub(super) fn is_asked() -> bool {
    std::env::args_os().nth(1).is_some_and(|it| it == ARGUMENT)
}

/// Writes the answer to stdout: the text with exit code 0, or the error as JSON with exit code 1.
pub(super) fn answer() -> ExitCode {
    let mut input = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut input);
    let parsed = read.ok().and_then(|_| serde_json::from_slice(&input).ok());
    let Some((kind, template, document)) = parsed else { return ExitCode::from(2) };
    let (kind, template, document): (String, String, Value) = (kind, template, document);
    limit(Resource::Core, 0);
    limit(Resource::Cpu, SECONDS);
    // A document in memory takes a few times the size of its text.
    limit(Resource::Data, (MEMORY << 20) + 16 * input.len() as u64);
    let (text, code) = match report::render(&kind, &template, &document) {
        Ok(text) => (text, 0),
        Err(why) => (serde_json::to_string(&why).unwrap_or_default(), 1),
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(if written.is_ok() { code } else { 2 })
}

fn limit(resource: Resource, most: u64) {
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(most, |it| it.min(most)));
    // On a system without such a limit, the steps still bound most templates.
    let _ = setrlimit(resource, Rlimit { current, maximum });
}
