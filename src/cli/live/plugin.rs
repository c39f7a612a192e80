//! Exec plugins: programs of the kubeconfig that print credentials.
//!
//! In: the `exec` of a user. Out: the `ExecCredential` that the program prints (`client.authentication.k8s.io/v1`).
//! What a plugin prints to stdout is never shown: it may contain a token. Its arguments and variables may contain
//! one too, so that only its command is named.

use std::io;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::kubeconfig::{Cluster, Exec, InteractiveMode};
use super::plugin_failure::Failed;
use super::trouble::Trouble;

/// The `status` of an `ExecCredential`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) expiration_timestamp: Option<String>,
    pub(super) token: Option<String>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key_data: Option<String>,
}

/// What a plugin prints.
#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

/// Runs a plugin, and returns the credentials that it prints.
pub(super) fn run(exec: &Exec, cluster: &Cluster, is_terminal: bool) -> Result<Status, Trouble> {
    let Some(name) = exec.command.as_deref().filter(|it| !it.is_empty()) else {
        return Err(Trouble::NoCredentials("the exec plugin has no `command`".to_owned()));
    };
    let is_interactive = is_interactive(exec, is_terminal);
    let mut command = Command::new(name);
    command.args(exec.args.iter().flatten());
    command.envs(exec.env.iter().flatten().map(|it| (&it.name, &it.value)));
    command.env("KUBERNETES_EXEC_INFO", info(exec, cluster, is_interactive)?.to_string());
    if is_interactive {
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        command.stdin(Stdio::null());
    }
    let printed = output(name, &mut command)?;
    let failed = |why: &str| Trouble::Plugin(Failed::new(name, why));
    // JSON by the API, YAML by some plugins: `kubectl` reads both.
    let credential: Option<ExecCredential> =
        serde_json::from_slice(&printed).ok().or_else(|| serde_yaml::from_slice(&printed).ok());
    let credential =
        credential.ok_or_else(|| failed("prints something that is not an ExecCredential"))?;
    credential.status.ok_or_else(|| failed("prints an ExecCredential without `status`"))
}

/// Runs a program that prints credentials, and returns its stdout.
pub(super) fn output(name: &str, command: &mut Command) -> Result<Vec<u8>, Trouble> {
    let output =
        command.output().map_err(|it| Trouble::Plugin(Failed::new(name, &not_started(&it))))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Trouble::Plugin(Failed::with_stderr(name, &ended(&output), &output.stderr)))
}

/// Returns whether a plugin may ask at the terminal. Without a terminal, the plugin runs without interaction, and its
/// stderr is captured instead of printed.
fn is_interactive(exec: &Exec, is_terminal: bool) -> bool {
    is_terminal && exec.interactive_mode != Some(InteractiveMode::Never)
}

/// Returns the `ExecCredential` that a plugin receives.
fn info(exec: &Exec, cluster: &Cluster, is_interactive: bool) -> Result<Value, Trouble> {
    let mut spec = Map::from_iter([("interactive".to_owned(), json!(is_interactive))]);
    if exec.provide_cluster_info {
        let mut fields = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            fields.extend(value.map(|it| (name.to_owned(), it)));
        };
        let authority = cluster.authority()?.map(|it| json!(BASE64_STANDARD.encode(it)));
        add("server", cluster.server.as_ref().map(|it| json!(it)));
        add("tls-server-name", cluster.tls_server_name.as_ref().map(|it| json!(it)));
        add("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify.map(|it| json!(it)));
        add("certificate-authority-data", authority);
        add("proxy-url", cluster.proxy_url.as_ref().map(|it| json!(it)));
        add("config", cluster.exec_config().cloned());
        spec.insert("cluster".to_owned(), Value::Object(fields));
    }
    Ok(json!({"kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec}))
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
        None => format!("was ended by a {}", output.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_asks_nobody_without_a_terminal() {
        let exec = |interactive_mode| Exec { interactive_mode, ..Exec::default() };
        for mode in [None, Some(InteractiveMode::IfAvailable), Some(InteractiveMode::Always)] {
            assert!(is_interactive(&exec(mode), true), "{mode:?}");
            assert!(!is_interactive(&exec(mode), false), "{mode:?}");
        }
        assert!(!is_interactive(&exec(Some(InteractiveMode::Never)), true));
    }
}
