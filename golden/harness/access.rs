//! The ways in which a kubeconfig gives access to a cluster: each reaches the API server as `kubectl` would, with the
//! credentials and through the proxy that the kubeconfig and the environment name.
#![expect(clippy::disallowed_methods, reason = "the program reads files")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Failed;

use super::case::Cases;
use super::cluster::{CERTIFICATE, KEY};
use super::{live, tree};

mod server;
mod table;

use server::{Kind, Seen, proxy, server};
use table::{CASES, Case};

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    if cfg!(feature = "live") {
        for case in CASES {
            cases.add(format!("access: {}", case.name), |_| check(case));
        }
    }
}

/// Runs a case: checks the requests to the server and the proxies, and the code of the diagnostic.
fn check(case: &Case) -> Result<(), Failed> {
    let seen = Seen::default();
    let folder = folder(case);
    let port = server(&seen).to_string();
    let filled = |text: &str| {
        let authority = tree::text(&tree::root("golden/harness/cluster/authority.crt"));
        let mut text = text
            .replace("$PORT", &port)
            .replace("$AUTHORITY", &base64(&authority))
            .replace("$CERTIFICATE", &base64(CERTIFICATE))
            .replace("$KEY", &base64(KEY));
        for (word, kind) in [("$PROXY", Kind::Http), ("$SOCKS", Kind::Socks)] {
            if text.contains(word) {
                text = text.replace(word, &format!("127.0.0.1:{}", proxy(kind, &seen)));
            }
        }
        text
    };
    let files = [
        ("net/net.mlnet", "cluster lab { distribution = k3s }\n".to_owned()),
        ("authority.crt", tree::text(&tree::root("golden/harness/cluster/authority.crt"))),
        ("client.crt", CERTIFICATE.to_owned()),
        ("client.key", KEY.to_owned()),
        ("token", "token-of-a-file\n".to_owned()),
        (
            "credential.json",
            CREDENTIAL
                .replace("PEM", &CERTIFICATE.replace('\n', "\\n"))
                .replace("SECRET", &KEY.replace('\n', "\\n")),
        ),
        ("plugin", format!("#!/bin/sh\n{}\n", case.plugin)),
        ("kubeconfig", filled(&kubeconfig(case))),
        (
            "other",
            "contexts: null\nusers: [{ name: absent, user: { token: of-another-file } }]\n"
                .to_owned(),
        ),
    ];
    for (name, text) in &files {
        tree::write(&folder.join(name), text);
    }
    fs::set_permissions(folder.join("plugin"), fs::Permissions::from_mode(0o755))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
    command.current_dir(&folder).env("KUBECONFIG", "kubeconfig").env_remove("NO_COLOR");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    for (name, value) in case.variables {
        command.env(name, filled(value));
    }
    let output = command.args(["diff", "net", "--timeout", "300"]).output()?;
    drop(fs::remove_dir_all(&folder));
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut found = Arc::clone(&seen).lock().expect("no thread panics").clone();
    found.extend(live::codes(&messages));
    if found == case.finds {
        return Ok(());
    }
    Err(format!("{found:#?}\ninstead of\n{:#?}\n{messages}", case.finds).into())
}

/// A client certificate in the output of an exec plugin.
const CREDENTIAL: &str = r#"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
"status": {"clientCertificateData": "PEM", "clientKeyData": "SECRET"}}"#;

fn kubeconfig(case: &Case) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: lab
contexts: [{{ name: lab, context: {{ cluster: lab, user: {} }} }}]
clusters: [{{ name: lab, cluster: {} }}]
users: [{{ name: ci, user: {} }}]
",
        if case.user.is_empty() { "absent" } else { "ci" },
        case.cluster,
        if case.user.is_empty() { "{}" } else { case.user },
    )
}

fn folder(case: &Case) -> PathBuf {
    let name = case.name.replace([' ', '/'], "-");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("access").join(name);
    drop(fs::remove_dir_all(&path));
    path
}

/// Encodes a text in base64.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for bytes in text.as_bytes().chunks(3) {
        let mut group = [0; 4];
        group[1..=bytes.len()].copy_from_slice(bytes);
        let number = u32::from_be_bytes(group);
        for digit in 0..4 {
            let at = (number >> (18 - 6 * digit)) & 63;
            let is_there = digit <= bytes.len();
            encoded.push(if is_there { char::from(DIGITS[at as usize]) } else { '=' });
        }
    }
    encoded
}
