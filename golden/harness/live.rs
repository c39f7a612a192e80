//! `golden/live/CASE/`: the exit code, messages and result of `mlnetc diff` for `in.mlnet` with a cluster that answers
//! or fails are `out.txt`. The codes about a cluster have the same kind of cases.
//!
//! The cluster has the output of the source, with the objects of a file `live.yaml` in addition or in place of objects
//! of the same name; after a line `# live: alone`, only those. A line `# fault: …` is a fault of the server, and
//! `# arguments: …` are further arguments of `mlnetc diff`. `# user: …` is the user of the kubeconfig, `# plugin: …` a
//! line of the shell script `./plugin`, `# kubeconfig: …` the text of the kubeconfig.
#![expect(clippy::disallowed_methods, reason = "the program reads files")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Failed;
use mlnetc::manifests::{self, Text};
use serde_json::Value;

use super::case::{Cases, Expect};
use super::cluster::{Fault, Server};
use super::project::Project;
use super::{snapshot, tree};

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    if !cfg!(feature = "live") {
        return;
    }
    for case in tree::folders(&tree::root("golden/live")) {
        let folder = tree::root("golden/live").join(&case);
        cases.add(format!("live/{case}"), move |expect: Expect| {
            let output = run("live", &case, &tree::text(&folder.join("in.mlnet")));
            expect.file(&folder.join("out.txt"), &output.text())
        });
    }
    cases.add("live: the ClusterRole allows what is asked, and no more", |_| rights());
}

/// The output of mlnetc for a cluster.
pub(crate) struct Outcome {
    output: Output,
    /// The address of the server, which differs in each run.
    address: String,
    /// The requests to the server.
    asked: Vec<String>,
}

impl Outcome {
    fn clean(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&self.address, "https://lab.example:6443")
    }

    /// Returns the messages beside the result.
    pub(crate) fn messages(&self) -> String {
        self.clean(&self.output.stderr)
    }

    /// Returns the messages and the result.
    pub(crate) fn messages_and_answer(&self) -> String {
        self.messages() + &self.clean(&self.output.stdout)
    }

    fn text(&self) -> String {
        let code = self.output.status.code().unwrap_or(-1);
        let (diagnostics, answer) = (self.messages(), self.clean(&self.output.stdout));
        format!("exit {code}\n--- stderr\n{diagnostics}--- stdout\n{answer}")
    }

    /// Returns the codes of the messages.
    pub(crate) fn codes(&self) -> Vec<String> {
        codes(&self.messages())
    }
}

/// Returns the codes in messages for people.
pub(crate) fn codes(messages: &str) -> Vec<String> {
    let heads = messages.lines().filter_map(|it| {
        let it = ["error[", "warning[", "note["].iter().find_map(|word| it.strip_prefix(word))?;
        it.split_once(']').map(|(code, _)| code.to_owned())
    });
    heads.collect()
}

fn lines<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!("# {name}: ");
    text.lines().filter_map(|it| it.strip_prefix(&start)).map(str::trim).collect()
}

/// Runs a case.
pub(crate) fn run(kind: &str, case: &str, text: &str) -> Outcome {
    let faults: Vec<Fault> = lines(text, "fault").into_iter().map(Fault::parse).collect();
    let project = Project::cut("net.mlnet", text);
    let own = project.texts.iter().find(|(name, _)| name == snapshot::LIVE);
    let mut objects = objects(own.map_or("", |(_, text)| text));
    if lines(text, "live") != ["alone"] {
        let applied = self::objects(&project.clone().compile().stream());
        let id = |it: &Value| {
            let metadata = &it["metadata"];
            (it["kind"].clone(), metadata["namespace"].clone(), metadata["name"].clone())
        };
        let known: Vec<_> = objects.iter().map(id).collect();
        objects.extend(applied.into_iter().filter(|it| !known.contains(&id(it))));
    }
    let is_missing = faults.iter().any(|it| it.word == "no-kubeconfig");
    let server = Server::start(objects, faults);
    let folder = folder(kind, case);
    for (name, text) in &project.texts {
        tree::write(&folder.join("net").join(name), text);
    }
    if !is_missing {
        let own = lines(text, "kubeconfig");
        let text =
            own.first().map_or_else(|| kubeconfig(&server.address, text), |it| (*it).to_owned());
        tree::write(&folder.join("kubeconfig"), &text);
    }
    plugin(&folder, &lines(text, "plugin"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
    command.current_dir(&folder).env("KUBECONFIG", "kubeconfig").env_remove("NO_COLOR");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env_remove(name);
    }
    command.args(["diff", "net", "--today", "2026-12-01"]);
    let arguments: Vec<&str> =
        lines(text, "arguments").into_iter().flat_map(|it| it.split(' ')).collect();
    // A slow machine must not cause a timeout.
    if !arguments.contains(&"--timeout") {
        command.args(["--timeout", "300"]);
    }
    command.args(arguments);
    let output = command.output().expect("mlnetc runs");
    drop(fs::remove_dir_all(&folder));
    Outcome { output, address: server.address.clone(), asked: server.asked() }
}

fn folder(kind: &str, case: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live").join(kind).join(case);
    drop(fs::remove_dir_all(&path));
    path
}

fn objects(text: &str) -> Vec<Value> {
    let text = Text { name: "live.yaml".to_owned(), text: text.to_owned() };
    let read = manifests::read(&[text]).expect("the case has manifests");
    read.objects.into_iter().map(|it| it.object).collect()
}

/// Writes the exec plugin.
fn plugin(folder: &Path, script: &[&str]) {
    if script.is_empty() {
        return;
    }
    let path = folder.join("plugin");
    tree::write(&path, &format!("#!/bin/sh\n{}\n", script.join("\n")));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
}

fn kubeconfig(address: &str, case: &str) -> String {
    let user = lines(case, "user");
    let user = user.first().unwrap_or(&"{ token: a-token-of-a-test }");
    let path = tree::root("golden/harness/cluster/authority.crt");
    let authority = format!("      certificate-authority: {}\n", path.display());
    let authority = if address.starts_with("https") { &authority } else { "" };
    format!(
        "apiVersion: v1
kind: Config
current-context: lab
contexts:
  - name: lab
    context: {{ cluster: lab, user: ci }}
clusters:
  - name: lab
    cluster:
      server: {address}
{authority}users:
  - name: ci
    user: {user}
"
    )
}

/// Checks that each rule of `--rbac` is used by a request, and that each request has a rule.
fn rights() -> Result<(), Failed> {
    let text = tree::text(&tree::root("golden/live/forbidden-tries/in.mlnet"));
    let output = run("live", "rights", &text);
    let role = Command::new(env!("CARGO_BIN_EXE_mlnetc")).args(["diff", "--rbac"]).output()?;
    let role = objects(&String::from_utf8(role.stdout)?);
    let rules = role.first().and_then(|it| it["rules"].as_array()).cloned().unwrap_or_default();
    let words = |rule: &Value, field: &str| -> Vec<String> {
        let list = rule[field].as_array().into_iter().flatten();
        list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let mut allowed = Vec::new();
    for rule in &rules {
        let is_named = rule["resourceNames"].is_array();
        if words(rule, "verbs") != [if is_named { "get" } else { "list" }] {
            return Err(format!("more than is needed: {rule}").into());
        }
        let group = words(rule, "apiGroups").concat();
        for resource in words(rule, "resources") {
            let names = words(rule, "resourceNames");
            if names.is_empty() {
                allowed.push((group.clone(), resource.clone()));
            }
            allowed.extend(names.into_iter().map(|it| (group.clone(), format!("{resource}/{it}"))));
        }
    }
    let asked = output.asked.iter().filter_map(|it| it.strip_prefix("GET ")).filter_map(|it| {
        let words: Vec<&str> = it.trim_start_matches('/').splitn(4, '/').collect();
        match words.as_slice() {
            ["api", _, resource] => Some((String::new(), (*resource).to_owned())),
            ["apis", group, _, resource] => Some(((*group).to_owned(), (*resource).to_owned())),
            _ => None,
        }
    });
    let asked: Vec<(String, String)> = asked.collect();
    let missing =
        asked.iter().filter(|it| !allowed.contains(it)).map(|it| format!("no rule for {it:?}"));
    // The cluster of the tests has no Cilium, no Seldon, no policies of administrators, and Calico's own API only once.
    let others = ["cilium.io", "mlops.seldon.io", "policy.networking.k8s.io", "projectcalico.org"];
    let idle = allowed.iter().filter(|it| !others.contains(&it.0.as_str()) && !asked.contains(it));
    let idle = idle.map(|it| format!("nothing asks for {it:?}"));
    let faults: Vec<String> = missing.chain(idle).collect();
    super::case::none(&faults)
}
