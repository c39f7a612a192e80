//! Commands of the kubeconfig that print credentials (exec plugins), and the reasons why one fails.
//!
//! What a plugin prints to stdout is never shown: it may contain a token. Its arguments and variables may contain
//! one too, so that only its command is named.

use std::io;
use std::process::Output;

use kube::client::AuthError;
use kube::config::{AuthInfo, ExecInteractiveMode};

/// Greatest number of lines of stderr that are shown, from the end.
const LINES: usize = 10;

/// Greatest number of characters of a line that are shown.
const COLUMNS: usize = 200;

/// An exec plugin that gave no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// The command, without arguments.
    pub(super) command: String,
    /// The reason, as in `exits with status 1`.
    pub(super) why: String,
    /// The last lines of its stderr, without control characters.
    pub(super) stderr: Vec<String>,
}

/// Returns the command that prints credentials. Without a terminal nobody can answer a plugin: it runs
/// without interaction, and its stderr is captured instead of printed.
pub(super) fn prepare(auth: &mut AuthInfo, is_terminal: bool) -> String {
    if let Some(exec) = &mut auth.exec {
        if !is_terminal {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
        return exec.command.clone().unwrap_or_default();
    }
    let provider = auth.auth_provider.as_ref();
    provider.and_then(|it| it.config.get("cmd-path").cloned()).unwrap_or_default()
}

/// Returns the failure of a plugin; `None` if the error is about something else.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
pub(super) fn failed(error: &AuthError, command: &str) -> Option<Failed> {
    let (why, stderr) = match error {
        AuthError::AuthExecStart(error) => (not_started(error), Vec::new()),
        AuthError::AuthExecRun { out, .. } => (ended(out), lines(&out.stderr)),
        AuthError::AuthExecParse(_) => {
            ("prints something that is not an ExecCredential".to_owned(), Vec::new())
        }
        AuthError::ExecPluginFailed => {
            ("prints an ExecCredential without `status`".to_owned(), Vec::new())
        }
        AuthError::MalformedTokenExpirationDate(_) => {
            let why = "prints an ExecCredential whose `expirationTimestamp` is not a time";
            (why.to_owned(), Vec::new())
        }
        _ => return None,
    };
    Some(Failed { command: shown(command), why, stderr })
}

fn not_started(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        "is not installed, or not in `PATH`".to_owned()
    } else if kind == io::ErrorKind::PermissionDenied {
        "cannot be started: permission denied".to_owned()
    } else {
        format!("cannot be started: {error}")
    }
}

fn ended(output: &Output) -> String {
    match output.status.code() {
        Some(code) => format!("exits with status {code}"),
        None => format!("is ended by a {}", output.status),
    }
}

/// Returns the last lines that are not empty.
fn lines(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect();
    let first = lines.len().saturating_sub(LINES);
    lines.iter().skip(first).map(|it| shown(it)).collect()
}

/// Returns a line with its control characters escaped, cut where it is long.
fn shown(line: &str) -> String {
    let mut text = String::new();
    for (at, it) in line.chars().enumerate() {
        if at == COLUMNS {
            text.push('…');
            break;
        }
        if is_hidden(it) { text.extend(it.escape_unicode()) } else { text.push(it) }
    }
    text
}

/// Whether a terminal does something else with a character than show it; also marks that change the direction of a
/// text.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stderr_is_bounded_and_harmless() {
        let text =
            format!("{}\n\x1b[2Jfirst\u{202e}\r\n\n{}\n", "x\n".repeat(1000), "y".repeat(9999));
        let lines = lines(text.as_bytes());
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[8], "\\u{1b}[2Jfirst\\u{202e}");
        assert_eq!(lines[9].chars().count(), COLUMNS + 1);
    }

    #[test]
    fn a_plugin_asks_nobody_without_a_terminal() {
        let exec = kube::config::ExecConfig {
            command: Some("login".to_owned()),
            interactive_mode: Some(ExecInteractiveMode::IfAvailable),
            ..serde_json::from_str("{}").expect("every field is optional")
        };
        let mut auth = AuthInfo { exec: Some(exec), ..AuthInfo::default() };
        assert_eq!(prepare(&mut auth, true), "login");
        let mode = |it: &AuthInfo| it.exec.as_ref().and_then(|it| it.interactive_mode.clone());
        assert_eq!(mode(&auth), Some(ExecInteractiveMode::IfAvailable));
        prepare(&mut auth, false);
        assert_eq!(mode(&auth), Some(ExecInteractiveMode::Never));
    }
}
