//! The program as users run it: exit codes, streams, common first mistakes.
#![expect(clippy::disallowed_methods, reason = "the program reads and writes files")]

use std::fs;
use std::process::Command;

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Code, FAMILIES};

use super::case::Cases;
use super::folder::{Folder, text};
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("commands: what init writes builds, and stays", |_| init());
    cases.add("commands: a first user's mistakes are answered", |_| first_mistakes());
    cases.add("commands: build is atomic, checked and locked", |_| build());
    cases.add("commands: diff answers yes, no, or that it cannot", |_| diff());
    cases.add("commands: diff compares with a revision, and two sides", |_| revisions());
    cases.add("commands: results go to stdout, the rest to stderr", |_| streams());
    cases.add("commands: programs read diagnostics", |_| formats());
    cases.add("commands: warnings can be denied", |_| deny());
    cases.add("commands: what the source expects is not said", |_| expected());
    cases.add("commands: check --fix repairs, --diff shows", |_| fix());
    cases.add("commands: colors are shown where they are wanted", |_| colors());
    cases.add("commands: explain and stdlib answer", |_| answers());
    cases.add("commands: check --against looks at manifests", |_| findings());
    cases.add("commands: messages about a question show the question", |_| question());
    cases.add("commands: links are followed inside the project only", |_| links());
}

fn init() -> Result<(), Failed> {
    let folder = Folder::new("init");
    folder.expect(&["init", "net"], 0, "wrote net/platform.mlnet")?;
    folder.expect(&["init", "net"], 2, "nothing is overwritten")?;
    folder.expect(&["check", "net"], 0, "")?;
    folder.expect(&["build", "net", "-o", "out"], 0, "10 objects")?;
    folder.expect(&["blame", "out/lab/kustomization.yaml:1"], 0, "from platform.mlnet")?;
    folder.expect(&["blame", "out/lab/kustomization.yaml:999"], 2, "no line 999")?;
    folder.expect(&["blame", "net/platform.mlnet"], 2, "index.json")
}

fn first_mistakes() -> Result<(), Failed> {
    let folder = Folder::new("mistakes");
    folder.expect(
        &["check", "nowhere"],
        2,
        "cannot read `nowhere`: there is no such file or folder",
    )?;
    fs::create_dir_all(folder.0.join("empty")).expect("writable");
    folder.expect(&["check", "empty"], 2, "there is no .mlnet file in `empty`")?;
    folder.write("latin/a.mlnet", b"# fine\ntenant caf\xe9 { }\n");
    folder.expect(&["check", "latin"], 2, "is not UTF-8: line 2 has the byte 0xe9")?;
    folder.write("bad/a.mlnet", b"tenant a { flow nobody -> nothing }\n");
    folder.expect(&["check", "bad"], 1, "error[E")?;
    folder.expect(&["check", "bad", "--format", "short"], 1, ": error[E")?;
    folder.expect(&["chekc"], 2, "check")?;
    folder.write("live.yaml", b"kind: Service\n");
    folder.expect(&["check", "live.yaml", "--fix"], 2, "`live.yaml` is neither a folder nor")?;
    folder.expect(&["init", "bad/deep/net"], 2, "would become part of the project")?;
    folder.expect(&["build", "--today", "tomorrow"], 2, "2027-01-31")?;
    folder.expect(&["explain", "E9999"], 2, "there is no code `E9999`")?;
    folder.expect(&["stdlib", "show", "mlfow"], 2, "did you mean `mlflow`?")?;
    folder.expect(&["init", "net"], 0, "")?;
    folder.expect(&["build", "net", "--cluster", "lob"], 1, "there is no cluster `lob`")?;
    folder.write("out", b"precious\n");
    folder.expect(&["build", "net", "-o", "out"], 2, "`out`")?;
    if folder.read("out") == "precious\n" { Ok(()) } else { Err("a file was lost".into()) }
}

fn build() -> Result<(), Failed> {
    let folder = Folder::new("build");
    folder.run(&["init", "net"]);
    folder.expect(&["build", "net", "-o", "out", "--locked"], 1, "team-a.predictor gets")?;
    folder.expect(&["build", "net", "-o", "out", "--check"], 1, "stale")?;
    if folder.0.join("out").exists() || folder.0.join("net/mlnet.lock").exists() {
        return Err("`--check` and `--locked` wrote something".into());
    }
    folder.expect(&["build", "net", "-o", "out"], 0, "team-a.predictor gets 192.0.2.200")?;
    folder.expect(&["build", "net", "-o", "out", "--locked", "--check"], 0, "nothing changed")?;
    let before = folder.read("out/lab/tenants/team-a/policies.yaml");
    folder.write("net/tenants/team-a.mlnet", b"tenant team-a { flow nobody -> nothing }\n");
    folder.expect(&["build", "net", "-o", "out"], 1, "error[E")?;
    let after = folder.read("out/lab/tenants/team-a/policies.yaml");
    if before == after { Ok(()) } else { Err("a failed build changed the output".into()) }
}

fn diff() -> Result<(), Failed> {
    let folder = Folder::new("diff");
    folder.run(&["init", "net"]);
    folder.run(&["build", "net", "-o", "out"]);
    folder.expect(
        &["diff", "net", "--against", "out/lab"],
        0,
        "0 to create, 0 to change, 0 to remove",
    )?;
    let policies = folder.read("out/lab/tenants/team-a/policies.yaml").replace("TCP", "UDP");
    folder.write("out/lab/tenants/team-a/policies.yaml", policies.as_bytes());
    folder.expect(&["diff", "net", "--against", "out/lab"], 1, "protocol: TCP")?;
    folder.expect(
        &["diff", "net", "--against", "out/lab", "--output", "json"],
        1,
        "\"version\": 2",
    )?;
    folder.expect(
        &["diff", "net", "--against", "out/lab", "--output", "markdown"],
        1,
        "### mlnetc diff",
    )?;
    folder.expect(&["diff", "net", "--against", "nowhere"], 2, "cannot read `nowhere`")?;
    folder.expect(
        &["diff", "net", "--against", "net"],
        2,
        "there is no .yaml, .yml or .json file",
    )?;
    folder.write("empty.yaml", b"");
    folder.expect(&["diff", "net", "--against", "empty.yaml"], 2, "no Kubernetes object")?;
    folder.write("bad.yaml", b"apiVersion: v1\nkind: Secret\nkind: Service\n");
    folder.expect(&["diff", "net", "--against", "bad.yaml"], 2, "the key `kind` is set twice")?;
    folder.write("bad/a.mlnet", b"tenant a { flow nobody -> nothing }\n");
    folder.expect(&["diff", "bad", "--against", "out/lab"], 1, "error[E")?;
    folder.expect(&["diff", "net"], 2, "--against")
}

fn streams() -> Result<(), Failed> {
    let folder = Folder::new("streams");
    folder.run(&["init", "net"]);
    let output = folder.run(&["build", "net", "-o", "-", "--color", "always"]);
    let out = text(&output.stdout);
    if !out.starts_with("apiVersion: ") || out.contains('\u{1b}') {
        return Err(format!("stdout is no YAML:\n{out}").into());
    }
    folder.write("bad.mlnet", b"tenant a { flow nobody -> nothing }\n");
    let plain = folder.run(&["check", "bad.mlnet"]);
    let colored = folder.run(&["check", "bad.mlnet", "--color", "always"]);
    if !plain.stdout.is_empty() || text(&plain.stderr).contains('\u{1b}') {
        return Err("diagnostics belong on stderr, plain where nobody looks".into());
    }
    if !text(&colored.stderr).contains('\u{1b}') {
        return Err("`--color always` shows no colors".into());
    }
    // A broken pipe is not reported to a reader that stops after the first line.
    let program = env!("CARGO_BIN_EXE_mlnetc");
    let script = format!("'{program}' explain | head -1; '{program}' completions bash | head -1");
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh runs");
    if output.stderr.is_empty() { Ok(()) } else { Err(text(&output.stderr).into()) }
}

fn formats() -> Result<(), Failed> {
    let folder = Folder::new("formats");
    folder.write("net/a.mlnet", b"clustr lab { }\n");
    folder.expect(
        &["check", "net", "--format", "github"],
        1,
        "::error file=net/a.mlnet,line=1,",
    )?;
    for (command, is_check) in [("check", true), ("build", false)] {
        let output = folder.run(&[command, "net", "--format", "sarif"]);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let (log, other) = if is_check { (out, err) } else { (err, out) };
        let log: serde_json::Value = serde_json::from_str(&log)?;
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        if place["artifactLocation"]["uri"] != "net/a.mlnet" || !other.is_empty() {
            return Err(format!("{command}: {log:#}\n{other}").into());
        }
    }
    folder.run(&["init", "good"]);
    folder.expect(&["check", "good", "--format", "json"], 0, "\"diagnostics\": []")
}

/// Returns the output on both streams for some arguments.
fn diagnostics(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(arguments);
    text(&output.stdout) + &text(&output.stderr)
}

fn deny() -> Result<(), Failed> {
    let folder = Folder::new("deny");
    let hides = tree::text(&tree::root("golden/diagnostics/W0203/bad.mlnet"));
    folder.write("net/a.mlnet", hides.as_bytes());
    folder.expect(&["check", "net"], 0, "1 warning; ")?;
    folder.expect(&["check", "net", "-q"], 0, "")?;
    folder.expect(&["check", "net", "--deny", "warnings"], 1, "1 warning (denied); ")?;
    folder.expect(&["check", "net", "--deny", "warnings", "--format", "json"], 1, "\"W0203\"")?;
    folder.expect(&["check", "net", "--deny", "notes"], 2, "warnings")?;
    folder.expect(&["build", "net", "-o", "out", "--deny", "warnings"], 1, "warning[W0203]")?;
    folder.expect(&["graph", "net", "--deny", "warnings"], 1, "warning[W0203]")?;
    if folder.0.join("out").exists() || folder.0.join("net/mlnet.lock").exists() {
        return Err("a denied build wrote something".into());
    }
    folder.expect(&["build", "net", "-o", "out"], 0, "1 warning; ")?;
    let quiet = diagnostics(&folder, &["check", "net", "-q"]);
    let denied = diagnostics(&folder, &["check", "net", "-q", "--deny", "warnings"]);
    if quiet.is_empty() && denied.contains("warning[W0203]") && !denied.contains("denied") {
        return Ok(());
    }
    Err(format!("`-q` says too much or too little:\n{quiet}\n{denied}").into())
}

fn expected() -> Result<(), Failed> {
    let folder = Folder::new("expected");
    for example in tree::examples() {
        let example = tree::root("examples").join(example);
        let example = example.to_string_lossy();
        folder.expect(&["check", &example, "--deny", "warnings"], 0, "")?;
    }
    let hides = tree::text(&tree::root("golden/diagnostics/W0203/bad.mlnet"));
    let line = "  namespace training {";
    let expected = hides.replace(line, &format!("  # expect W0203: addresses only\n{line}"));
    folder.write("net/a.mlnet", expected.as_bytes());
    for format in ["human", "short", "json", "sarif", "github"] {
        let words = diagnostics(&folder, &["check", "net", "--format", format]);
        if words.contains("W0203") {
            return Err(format!("it is said as {format}:\n{words}").into());
        }
    }
    folder.write("net/a.mlnet", expected.replace(", dns = none", "").as_bytes());
    folder.expect(&["check", "net", "--deny", "warnings"], 1, "line 5 has no `W0203`")?;
    folder.expect(&["check", "net", "--deny", "warnings", "--cluster", "production"], 0, "")
}

fn revisions() -> Result<(), Failed> {
    let folder = Folder::new("revisions");
    folder.run(&["init", "in/net"]);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(&folder.0).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
        ]);
        let output = command.args(arguments).output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    let against = |revision: &'static str| ["diff", "in/net", "--against", revision];
    folder.expect(&against("git:HEAD"), 0, "connections: no changes")?;
    folder.expect(&against("git:nothing"), 2, "the repository has no revision `nothing`")?;
    folder.run(&["build", "in/net", "-o", "old"]);
    let path = "in/net/platform.mlnet";
    let source = folder.read(path);
    let more = "tenant more { namespace lab { isolate = both }, workload job in lab { pods = { app = \"job\" } } \n  flow job -> internet:443 }\n";
    folder.write(path, format!("{source}\n{more}").as_bytes());
    folder.expect(&against("git:HEAD"), 1, "+ more.job -> internet, TCP 443")?;
    let fail_on =
        |class: &'static str| ["diff", "in/net", "--against", "git:HEAD", "--fail-on", class];
    folder.expect(&fail_on("disruptive,locks-out"), 0, "risks: 1 opens-to-internet")?;
    folder.expect(&fail_on("opens-to-internet"), 1, "1 risk matches")?;
    folder.expect(
        &["diff", "--between", "old/lab", "in/net"],
        1,
        "+ more.job -> internet, TCP 443",
    )?;
    folder.expect(&["diff", "--between", "in/net", "in/net"], 0, "connections: no changes")?;
    folder.expect(
        &["diff", "in/net", "--between", "old/lab", "in/net"],
        2,
        "exclude each other",
    )?;
    folder.write(path, b"tenant {");
    git(&["commit", "--quiet", "--all", "--message", "broken"]);
    folder.write(path, source.as_bytes());
    folder.expect(&against("git:HEAD"), 2, "the source of `HEAD` has errors")?;
    folder.expect(&against("git:HEAD~1"), 0, "connections: no changes")
}

fn colors() -> Result<(), Failed> {
    let folder = Folder::new("colors");
    folder.write("bad.mlnet", b"tenant a { flow nobody -> nothing }\n");
    let colored = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
        command.current_dir(&folder.0).args(["check", "bad.mlnet"]).args(arguments);
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"] {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().expect("mlnetc runs");
        text(&output.stderr).contains('\u{1b}')
    };
    let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
    let is_right = !colored(&[], &[])
        && colored(&[force], &[])
        && !colored(&[no, force], &[])
        && colored(&[no], &["--color", "always"])
        && !colored(&[force], &["--color", "never"])
        && !colored(&[force], &["--format", "short"])
        && !colored(&[force], &["--format", "github"]);
    if is_right { Ok(()) } else { Err("colors are where they should not be, or not".into()) }
}

fn fix() -> Result<(), Failed> {
    let folder = Folder::new("fix");
    let wrong = "\u{feff}cluster lab { distribution: k3s }\r\n// nobody yet\r\ntennant a {}\r\n";
    let right = "\u{feff}cluster lab { distribution = k3s }\r\n# nobody yet\r\ntenant a {}\r\n";
    folder.write("net/a.mlnet", wrong.as_bytes());
    folder.write("net/b.mlnet", b"tenant b { flow nobody -> nothing }\n");
    folder.expect(&["check", "net"], 1, "errors (2 fixable with `mlnetc check --fix`)")?;
    let diff = text(&folder.run(&["check", "net", "--diff"]).stdout);
    let expected = "\
--- net/a.mlnet
+++ net/a.mlnet
@@ -1,3 +1,3 @@
-\u{feff}cluster lab { distribution: k3s }\r
-// nobody yet\r
-tennant a {}\r
+\u{feff}cluster lab { distribution = k3s }\r
+# nobody yet\r
+tenant a {}\r
";
    if diff != expected || folder.read("net/a.mlnet") != wrong {
        return Err(format!("`--diff` shows or writes something else:\n{diff}").into());
    }
    folder.expect(&["check", "net", "--diff"], 1, "would fix a.mlnet:3: ")?;
    folder.expect(&["check", "net", "--fix", "--cluster", "lab"], 2, "--cluster")?;
    folder.expect(&["check", "net", "--fix"], 1, "error[E0201]")?;
    if folder.read("net/a.mlnet") != right {
        return Err(folder.read("net/a.mlnet").into());
    }
    folder.expect(&["check", "net", "--diff"], 0, "")?;
    folder.expect(&["check", "net", "--fix"], 1, "errors; `mlnetc explain")?;
    folder.write("net/b.mlnet", b"tenant b { /* not */ }\n");
    folder.write("net/a.mlnet", wrong.as_bytes());
    folder.expect(&["check", "net", "--fix", "--format", "json"], 1, "fixed a.mlnet:1: ")?;
    let document = text(&folder.run(&["check", "net", "--fix", "--format", "json"]).stdout);
    let document: serde_json::Value = serde_json::from_str(&document)?;
    let left = &document["summary"]["errors"];
    if *left == 1 { Ok(()) } else { Err(format!("{document:#}").into()) }
}

fn question() -> Result<(), Failed> {
    let folder = Folder::new("question");
    folder.write("net.mlnet", tree::text(&tree::root("examples/quickstart/main.mlnet")).as_bytes());
    for (question, marked) in [
        ("ofice  -> vision.predictor", "^^^^^ not found"),
        ("office->vision.predictr:80", "               ^^^^^^^^\n"),
        ("* -> vision.predictor:htp", "                      ^^^\n"),
    ] {
        let output = folder.run(&["query", "net.mlnet", question, "--color", "never"]);
        let stderr = text(&output.stderr);
        let is_shown = stderr.contains(&format!("1 | {question}\n"))
            && stderr.contains(&format!("| {marked}"))
            && !stderr.contains("--fix");
        if output.status.code() != Some(2) || !is_shown || stderr.contains("assert allow") {
            return Err(format!("{question}: {}\n{stderr}", output.status).into());
        }
    }
    Ok(())
}

fn answers() -> Result<(), Failed> {
    let folder = Folder::new("answers");
    folder.expect(&["explain"], 0, "E0101")?;
    let catalog = text(&folder.run(&["explain"]).stdout);
    let families: Vec<&str> = catalog.split("\n\n").collect();
    for (digits, family) in FAMILIES {
        let of_family = families.iter().find(|it| it.starts_with(family));
        let codes =
            Code::ALL.iter().map(|it| it.as_str()).filter(|it| it.get(1..3) == Some(*digits));
        let missing = codes.filter(|code| !of_family.is_some_and(|it| it.contains(code)));
        if let Some(code) = missing.into_iter().next() {
            return Err(format!("`{code}` is not listed under `{family}`").into());
        }
    }
    folder.expect(&["explain", "e0101"], 0, "What it means")?;
    folder.expect(&["stdlib"], 0, "machine learning\n")?;
    folder.expect(&["stdlib", "search", "bitnami/minio"], 0, "minio")?;
    folder.expect(&["stdlib", "search", "tracking", "server"], 0, "mlflow")?;
    folder.expect(
        &["stdlib", "search", "no-such-product"],
        1,
        "mlnetc stdlib new NAME --against",
    )?;
    folder.expect(&["stdlib", "show", "gitops"], 2, "did you mean `argo-cd`?")?;
    folder.expect(&["stdlib", "show", "mlflow"], 0, "database: endpoint required")?;
    folder.expect(&["completions", "zsh"], 0, "#compdef mlnetc")?;
    folder.expect(&["man"], 0, ".TH mlnetc")?;
    folder.expect(&["man", "build"], 0, "build")?;
    folder.expect(&["build", "--help"], 0, "Examples:")?;
    folder.expect(&["--version"], 0, env!("CARGO_PKG_VERSION"))
}

fn links() -> Result<(), Failed> {
    let folder = Folder::new("links");
    folder.run(&["init", "net"]);
    folder.write("outside/b.mlnet", b"tenant b {}\n");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, folder.0.join(at));
    link("../outside", "net/outside").expect("links");
    link("../outside/b.mlnet", "net/b.mlnet").expect("links");
    link(".", "net/loop").expect("links");
    let output = folder.run(&["check", "net"]);
    let stderr = text(&output.stderr);
    let skipped = stderr.matches("the target of the link is outside").count();
    if output.status.success() && skipped == 2 {
        return Ok(());
    }
    Err(format!("{}\n{stderr}\n{}", output.status, tree::from_root(&folder.0)).into())
}

fn findings() -> Result<(), Failed> {
    let folder = Folder::new("findings");
    let case = |name: &str| tree::text(&tree::root("golden/diagnostics").join(name));
    folder.write("live/bad.yaml", case("W0801/bad.yaml").as_bytes());
    folder.write("good.yaml", case("W0801/good.yaml").as_bytes());
    folder.write("invalid.yaml", case("E0801/bad.yaml").as_bytes());
    folder.expect(&["check", "--against", "good.yaml"], 0, "no pods and no workloads")?;
    folder.expect(
        &["check", "--against", "live", "--format", "short"],
        0,
        "live/bad.yaml:27:11",
    )?;
    folder.expect(&["check", "--against", "live", "--deny", "warnings"], 1, "W0801")?;
    folder.expect(
        &["check", "--against", "live", "-q", "--format", "json"],
        0,
        "\"root\": \"\"",
    )?;
    folder.expect(&["check", "--against", "invalid.yaml"], 1, "E0801")?;
    folder.expect(&["check", "--against", "none.yaml"], 2, "no such file")?;
    folder.expect(
        &["check", "--against", "live", "--cluster", "lab"],
        2,
        "name the source, too",
    )?;
    folder.expect(&["check", ".", "--against", "live"], 2, "no .mlnet file")?;
    folder.expect(&["init", "net"], 0, "")?;
    folder.expect(
        &["check", "net", "--against", "live", "--format", "github"],
        0,
        "file=live/bad.yaml",
    )?;
    let policy = "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"p\"},\
        \"spec\":{\"policyTypes\":[\"Ingress\"],\"egress\":[{}]}}";
    let secret = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"default\"},\
        \"data\":{\"password\":\"aHVudGVyMg==\"}}";
    let list = format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{secret},{policy},{secret}]}}"
    );
    folder.write("live.json", list.as_bytes());
    let output = folder.run(&["check", "--against", "live.json"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if !err.contains("W0816") || out.contains("aHVudGVyMg") || err.contains("aHVudGVyMg") {
        return Err(format!("a Secret shows, or nothing does:\n{err}").into());
    }
    Ok(())
}
