//! `examples/gitops/`: runs the tools that render a project in CI, in Argo CD and in kustomize. A missing tool is
//! reported, and fails its test with `CI=true`.
#![expect(clippy::disallowed_methods, reason = "tools are found as people find them")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;
use mlnetc::manifests::{self, Text};
use serde_json::Value;

use super::case::{self, Cases};
use super::folder::{Folder, text};
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("gitops: krm makes what build makes", |_| krm());
    cases.add("gitops: krm says what is wrong in results", |_| krm_results());
    cases.add("gitops: the job of GitHub runs", |_| github());
    cases.add("gitops: the job of GitLab runs", |_| gitlab());
    cases.add("gitops: the plugin of Argo CD runs", |_| argo_cd());
    cases.add("gitops: kustomize runs mlnetc krm", |_| kustomize());
    cases.add("gitops: the plugin is put beside Argo CD's repo server", |_| repo_server());
}

/// Returns a repository with the quickstart in `network/`, its output in `build/`, and the example's files.
fn repository(name: &str) -> Folder {
    let folder = Folder::new(name);
    let quickstart = tree::root("examples/quickstart");
    for it in tree::files(&quickstart) {
        let path = format!("network/{}", tree::relative(&quickstart, &it));
        folder.write(&path, tree::text(&it).as_bytes());
    }
    let gitops = tree::root("examples/gitops");
    for it in tree::files(&gitops) {
        folder.write(&tree::relative(&gitops, &it), tree::text(&it).as_bytes());
    }
    // The scripts call mlnetc by its name, so it must be in `PATH`.
    let program = env!("CARGO_BIN_EXE_mlnetc");
    folder.write("bin/mlnetc", format!("#!/bin/sh\nexec {program} \"$@\"\n").as_bytes());
    let called = "#!/bin/sh\nfor it in \"$@\"; do echo \"$it\" >> ../called; done\n";
    for tool in ["gh", "curl"] {
        folder.write(
            &format!("bin/{tool}"),
            called.replace("..", &folder.0.to_string_lossy()).as_bytes(),
        );
    }
    sh(&folder, "chmod +x bin/* kustomize/mlnetc-krm && mlnetc build network > /dev/null", &[]);
    let git = "git -c user.name=a -c user.email=a@example.org";
    sh(
        &folder,
        &format!("git init --quiet && git add network build && {git} commit -qm first"),
        &[],
    );
    folder
}

/// Runs a shell command like a CI job.
fn sh(folder: &Folder, script: &str, variables: &[(&str, &str)]) -> Output {
    let path =
        format!("{}:{}", folder.0.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-ec", script]).current_dir(&folder.0).env("PATH", path);
    command.envs(variables.iter().copied()).output().expect("sh runs")
}

/// Runs a command like [`sh`], and checks its exit code.
fn expect(
    folder: &Folder,
    script: &str,
    variables: &[(&str, &str)],
    code: i32,
) -> Result<Output, Failed> {
    let output = sh(folder, script, variables);
    if output.status.code() == Some(code) {
        return Ok(output);
    }
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Err(format!("`{script}`: {}, expected {code}\n{out}\n{err}", output.status).into())
}

fn yaml(path: &str) -> Result<Value, Failed> {
    let text = tree::text(&tree::root("examples/gitops").join(path));
    let documents = manifests::values(&text).map_err(|it| format!("{path}: {it}"))?;
    match <[Value; 1]>::try_from(documents) {
        Ok([one]) => Ok(one),
        Err(_) => Err(format!("{path} is to be one document").into()),
    }
}

/// Returns a string in a document.
fn at<'v>(document: &'v Value, pointer: &str) -> Result<&'v str, Failed> {
    let text = document.pointer(pointer).and_then(Value::as_str);
    text.ok_or_else(|| format!("there is no text at `{pointer}`").into())
}

/// Returns the objects of a text, each as one line, independent of their order.
fn objects(text: &str) -> Result<BTreeSet<String>, Failed> {
    let text = Text { name: "out.yaml".to_owned(), text: text.to_owned() };
    let read = manifests::read(&[text]).map_err(|it| it.message)?;
    let plain = |it: &manifests::Manifest| {
        let mut object = it.object.clone();
        if let Some(annotations) =
            object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        {
            annotations.retain(|key, _| !key.contains("config.kubernetes.io"));
        }
        // The keys are sorted.
        object.sort_all_objects();
        object.to_string()
    };
    Ok(read.objects.iter().map(plain).collect())
}

fn is_same(one: &str, other: &str) -> Result<(), Failed> {
    let (one, other) = (objects(one)?, objects(other)?);
    let faults: Vec<String> = one.symmetric_difference(&other).cloned().collect();
    if one.is_empty() {
        return Err("there is no object".into());
    }
    case::none(&faults)
}

/// Runs the KRM function.
fn function(folder: &Folder, input: &str, code: i32) -> Result<(Value, String), Failed> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mlnetc"))
        .arg("krm")
        .current_dir(&folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if output.status.code() != Some(code) {
        return Err(format!("{}, expected {code}\n{out}\n{err}", output.status).into());
    }
    let mut documents = manifests::values(&out)?;
    Ok((documents.pop().unwrap_or(Value::Null), err))
}

fn list(path: &str, cluster: &str, items: &str) -> String {
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: mlnet.dev/v1\n  \
         kind: Network\n  metadata: {{name: x}}\n  spec: {{path: {path}, cluster: {cluster}}}\nitems: {items}\n"
    )
}

fn krm() -> Result<(), Failed> {
    let folder = repository("krm");
    let built = text(&expect(&folder, "mlnetc build network -o -", &[], 0)?.stdout);
    let other = "[{apiVersion: v1, kind: ConfigMap, metadata: {name: mine}, data: {a: \"1\"}}]";
    let (document, _) = function(&folder, &list("network", "home", other), 0)?;
    let items = document["items"].as_array().cloned().unwrap_or_default();
    let marked =
        |it: &Value| it["metadata"]["annotations"]["internal.config.kubernetes.io/path"].clone();
    let (first, last) = (items.first().ok_or("no items")?, items.last().ok_or("no items")?);
    if first["metadata"]["name"] != "mine" || first["data"]["a"] != "1" {
        return Err("what came in does not come out".into());
    }
    if marked(last).as_str().is_none_or(|it| !it.starts_with("home/tenants/vision/")) {
        return Err(format!("{last:#}").into());
    }
    let made: Vec<String> = items.iter().skip(1).map(Value::to_string).collect();
    is_same(&built, &made.join("\n---\n"))?;
    // A second run adds nothing.
    let again = list("network", "home", &document["items"].to_string());
    let (twice, _) = function(&folder, &again, 0)?;
    if twice["items"] != document["items"] {
        return Err("the second time it makes something else".into());
    }
    Ok(())
}

fn krm_results() -> Result<(), Failed> {
    let folder = repository("krm-results");
    let (document, err) = function(&folder, &list("nowhere", "home", "[]"), 2)?;
    let message = at(&document, "/results/0/message")?;
    if !message.contains("cannot read `nowhere`")
        || !err.contains(message.lines().next().unwrap_or("?"))
    {
        return Err(format!("{message}\n{err}").into());
    }
    let source = folder.read("network/main.mlnet");
    folder.write("network/main.mlnet", source.replace("flow office", "flow ofice").as_bytes());
    let (document, err) = function(&folder, &list("network", "home", "[{kind: Mine}]"), 1)?;
    let result = &document["results"][0];
    let expected = serde_json::json!({
        "message": result["message"],
        "severity": "error",
        "file": {"path": "network/main.mlnet"},
        "tags": {"code": "E0201", "line": "25", "column": "8"},
    });
    let is_said =
        at(result, "/message")?.starts_with("unknown name `ofice`") && err.contains("E0201");
    if !is_said || *result != expected || document["items"] != serde_json::json!([{"kind": "Mine"}])
    {
        return Err(format!("{document:#}\n{err}").into());
    }
    // A function must not allocate an address that is not in the lock.
    let more = source.clone()
        + "\ntenant more { namespace lab, service s in lab { pods = { a = \"s\" }, port x 80, type = load-balancer } }\n";
    folder.write("network/main.mlnet", more.as_bytes());
    let (document, _) = function(&folder, &list("network", "home", "[]"), 1)?;
    let results = document["results"].as_array().cloned().unwrap_or_default();
    let last = results.last().ok_or("no results")?;
    if !at(last, "/message")?.contains("mlnet.lock` would change: home: more.s gets 192.168.1.") {
        return Err(format!("{last:#}").into());
    }
    if folder.read("network/mlnet.lock").contains("more.s") {
        return Err("the lock was written".into());
    }
    folder.write(
        "network/main.mlnet",
        format!("{source}\ncluster two {{ pods = 10.1.0.0/16, services = 10.2.0.0/16 }}\n")
            .as_bytes(),
    );
    let several = list("network", "home", "[]").replace(", cluster: home", "");
    let (document, _) = function(&folder, &several, 2)?;
    if !at(&document, "/results/0/message")?.contains("several clusters: home, two") {
        return Err(format!("{document:#}").into());
    }
    folder.expect(&["krm"], 2, "stdin has no ResourceList")
}

/// Commits a change of the source, with its output.
fn branch(folder: &Folder) {
    let source = folder.read("network/main.mlnet");
    let more = source.replace(
        "  flow office -> predictor\n",
        "  flow office -> predictor\n  flow predictor -> internet:443\n",
    );
    let more = more.replace("assert deny vision.predictor -> internet:443\n", "");
    folder.write("network/main.mlnet", more.as_bytes());
}

const REFUSED: &str = "1 risk matches `--fail-on disruptive,opens-to-internet,locks-out`";

fn github() -> Result<(), Failed> {
    let job = yaml("ci/github.yaml")?;
    let folder = repository("github");
    let base = text(&sh(&folder, "git rev-parse HEAD", &[]).stdout).trim().to_owned();
    let steps = job["jobs"]["network"]["steps"].as_array().cloned().unwrap_or_default();
    let runs: Vec<&str> = steps.iter().filter_map(|it| it["run"].as_str()).collect();
    let [check, diff, comment] = runs.as_slice() else { return Err("three steps run".into()) };
    if job.pointer("/on/pull_request").is_none() || job["permissions"]["pull-requests"] != "write" {
        return Err("it does not run for pull requests, or may not comment".into());
    }
    let variables = [("BASE", base.as_str()), ("NUMBER", "7")];
    expect(&folder, check, &variables, 0)?;
    expect(&folder, diff, &variables, 0)?;
    branch(&folder);
    let stale = expect(&folder, check, &variables, 1)?;
    if !text(&stale.stdout).contains("stale: 2 changed") {
        return Err(text(&stale.stdout).into());
    }
    sh(&folder, "mlnetc build network", &[]);
    expect(&folder, check, &variables, 0)?;
    let refused = text(&expect(&folder, diff, &variables, 1)?.stderr);
    let comment_text = folder.read("comment.md");
    let beside = "::error file=network/main.mlnet,line=26,";
    if !refused.contains(REFUSED)
        || !refused.contains(beside)
        || !comment_text.contains("+ vision.predictor -> internet")
    {
        return Err(format!("{refused}\n{comment_text}").into());
    }
    expect(&folder, comment, &variables, 0)?;
    let called = folder.read("called");
    let expected = "pr\ncomment\n7\n--body-file\ncomment.md\n--edit-last\n--create-if-none\n";
    if called == expected { Ok(()) } else { Err(called.into()) }
}

fn gitlab() -> Result<(), Failed> {
    let job = &yaml("ci/gitlab.yaml")?["network"];
    let folder = repository("gitlab");
    let base = text(&sh(&folder, "git rev-parse HEAD", &[]).stdout).trim().to_owned();
    let variables = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str()),
        ("CI_API_V4_URL", "https://gitlab.example.org/api/v4"),
        ("CI_PROJECT_ID", "42"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("GITLAB_TOKEN", "canary"),
    ];
    let (check, diff) = (at(job, "/script/0")?, at(job, "/script/1")?);
    let comment = at(job, "/after_script/0")?;
    branch(&folder);
    expect(&folder, check, &variables, 1)?;
    sh(&folder, "mlnetc build network", &[]);
    expect(&folder, check, &variables, 0)?;
    let refused = text(&expect(&folder, diff, &variables, 1)?.stderr);
    expect(&folder, comment, &variables, 0)?;
    let called = folder.read("called");
    let url = "https://gitlab.example.org/api/v4/projects/42/merge_requests/7/notes\n";
    if refused.contains(REFUSED) && called.ends_with(url) && called.contains("body@comment.md\n") {
        return Ok(());
    }
    Err(format!("{refused}\n{called}").into())
}

fn argo_cd() -> Result<(), Failed> {
    let plugin = yaml("argo-cd/plugin.yaml")?;
    let kind = (
        at(&plugin, "/apiVersion")?,
        at(&plugin, "/kind")?,
        at(&plugin, "/spec/discover/find/glob")?,
    );
    if kind != ("argoproj.io/v1alpha1", "ConfigManagementPlugin", "**/*.mlnet") {
        return Err(format!("{kind:?}").into());
    }
    // A version would have to be in the name that an Application uses.
    let application = yaml("argo-cd/application.yaml")?;
    let name = at(&application, "/spec/source/plugin/name")?;
    if name != at(&plugin, "/metadata/name")? || plugin.pointer("/spec/version").is_some() {
        return Err("the Application names another plugin".into());
    }
    let parameter = at(&application, "/spec/source/plugin/parameters/0/name")?;
    if parameter != at(&plugin, "/spec/parameters/static/0/name")? {
        return Err("the Application sets another parameter".into());
    }
    let generate = plugin["spec"]["generate"].clone();
    if generate["command"] != serde_json::json!(["sh", "-c"]) {
        return Err(format!("{generate}").into());
    }
    let folder = repository("argo-cd");
    let built = text(&expect(&folder, "mlnetc build network -o -", &[], 0)?.stdout);
    let script = format!("cd network\n{}", at(&generate, "/args/0")?);
    for variables in [&[][..], &[("PARAM_CLUSTER", "home")]] {
        is_same(&built, &text(&expect(&folder, &script, variables, 0)?.stdout))?;
    }
    let wrong = expect(&folder, &script, &[("PARAM_CLUSTER", "h; echo injected")], 1)?;
    if text(&wrong.stdout).contains("injected") {
        return Err("a parameter is run".into());
    }
    let source = folder.read("network/main.mlnet");
    folder.write("network/main.mlnet", source.replace("flow office", "flow ofice").as_bytes());
    let wrong = expect(&folder, &script, &[], 1)?;
    if wrong.stdout.is_empty() { Ok(()) } else { Err(text(&wrong.stdout).into()) }
}

/// Returns whether a tool is available; in CI it must be.
fn has(tool: &str) -> Result<bool, Failed> {
    let is_there = Command::new(tool).arg("version").output().is_ok_and(|it| {
        // kubectl without a cluster still prints its own version.
        it.status.success() || !it.stdout.is_empty()
    });
    if !is_there {
        let message = format!("NOT RUN: there is no `{tool}` on this machine");
        case::print(&message);
        if std::env::var("CI").is_ok_and(|it| it == "true") {
            return Err(message.into());
        }
    }
    Ok(is_there)
}

fn kustomize() -> Result<(), Failed> {
    if !has("kustomize")? {
        return Ok(());
    }
    let folder = repository("kustomize");
    let script = "kustomize build --enable-alpha-plugins --enable-exec kustomize";
    let rendered = text(&expect(&folder, script, &[], 0)?.stdout);
    is_same(&folder_of(&folder, "kustomize build build/home")?, &rendered)?;
    if rendered.contains("config.kubernetes.io") {
        return Err("the marks of kustomize are left".into());
    }
    let source = folder.read("network/main.mlnet");
    folder.write("network/main.mlnet", source.replace("flow office", "flow ofice").as_bytes());
    let wrong = expect(&folder, script, &[], 1)?;
    let stderr = text(&wrong.stderr);
    if stderr.contains("E0201") && wrong.stdout.is_empty() { Ok(()) } else { Err(stderr.into()) }
}

fn folder_of(folder: &Folder, script: &str) -> Result<String, Failed> {
    Ok(text(&expect(folder, script, &[], 0)?.stdout))
}

fn repo_server() -> Result<(), Failed> {
    if !has("kubectl")? {
        return Ok(());
    }
    let folder = repository("repo-server");
    let built = text(&expect(&folder, "mlnetc build network -o -", &[], 0)?.stdout);
    is_same(&built, &folder_of(&folder, "kubectl kustomize build/home")?)?;
    folder.write(
        "install/kustomization.yaml",
        b"resources: [server.yaml]\ncomponents: [../argo-cd]\n",
    );
    folder.write(
        "install/server.yaml",
        b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: argocd-repo-server}\nspec:\n  template:\n    spec:\n      \
          containers: [{name: argocd-repo-server, image: a}]\n      volumes: [{name: var-files, emptyDir: {}}]\n",
    );
    let rendered = folder_of(&folder, "kubectl kustomize install")?;
    let objects = manifests::values(&rendered)?;
    let find =
        |kind: &str| objects.iter().find(|it| it["kind"] == kind).ok_or(format!("no {kind}"));
    let (map, deployment) = (find("ConfigMap")?, find("Deployment")?);
    let pods = &deployment["spec"]["template"]["spec"];
    let names: Vec<_> =
        pods["containers"].as_array().into_iter().flatten().map(|it| &it["name"]).collect();
    let volumes = pods["volumes"].as_array().cloned().unwrap_or_default();
    let mounted = volumes.iter().any(|it| it["configMap"]["name"] == map["metadata"]["name"]);
    let is_plugin = at(map, "/data/plugin.yaml")?.contains("kind: ConfigManagementPlugin");
    if names.len() == 2 && names.iter().any(|it| **it == "mlnetc") && mounted && is_plugin {
        return Ok(());
    }
    Err(rendered.into())
}
