//! Output of clusters that no longer exist: reported by each build, removed only by `--prune`, and only if the project
//! owns it.
#![expect(clippy::disallowed_methods, reason = "the program reads and writes files")]

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

use super::case::Cases;
use super::folder::{Folder, text};
use super::tree;

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases
        .add("prune: a renamed cluster's old folder is reported until it is pruned", |_| renamed());
    cases.add("prune: folders of others are nobody's business", |_| shared());
    cases.add("prune: files of others stay", |_| foreign());
    cases.add("prune: a prune that was killed is continued", |_| killed());
}

const BUILD: [&str; 4] = ["build", "net", "-o", "out"];

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    BUILD.into_iter().chain(arguments.iter().copied()).collect()
}

fn source(cluster: &str) -> String {
    format!(
        "cluster {cluster} {{ distribution = k3s }}\ntenant web {{\n  namespace shop {{ isolate = both }}\n  \
         service front in shop {{ pods = {{ app = \"front\" }}, port http 80 -> 8080 }}\n}}\n"
    )
}

/// Returns a project whose cluster `old` was built and then renamed to `new`.
fn project(name: &str) -> Folder {
    let folder = Folder::new(&format!("prune-{name}"));
    folder.write("net/a.mlnet", source("old").as_bytes());
    folder.run(&BUILD);
    folder.write("net/a.mlnet", source("new").as_bytes());
    folder
}

/// Returns every file below a folder, with its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    let paths = tree::files(folder);
    paths.iter().map(|it| (tree::relative(folder, it), tree::text(it))).collect()
}

fn is_reported(folder: &Folder, arguments: &[&str]) -> bool {
    let output = folder.run(arguments);
    text(&output.stderr).contains("warning[W0839]: `out/old` is the output of cluster `old`")
}

fn renamed() -> Result<(), Failed> {
    let folder = project("renamed");
    let before = files(&folder.0.join("out/old"));
    for _ in 0..2 {
        folder.expect(&BUILD, 0, "warning[W0839]: `out/old` is the output of cluster `old`")?;
    }
    folder.expect(&with(&["--check"]), 1, "in out/new; nothing changed")?;
    folder.expect(&with(&["--deny", "warnings"]), 1, "W0839")?;
    folder.expect(&with(&["--check", "--format", "json"]), 1, "\"W0839\"")?;
    for own in [&["--cluster", "new"][..], &["--cluster", "new", "--check"]] {
        if is_reported(&folder, &with(own)) {
            return Err(format!("{own:?} judges other clusters").into());
        }
        folder.expect(&with(own), 0, "nothing changed")?;
    }
    folder.expect(&with(&["--prune", "--cluster", "new"]), 2, "cannot be used with")?;
    folder.expect(&with(&["--prune", "--check"]), 2, "cannot be used with")?;
    folder.expect(&["build", "net", "-o", "-", "--prune"], 2, "needs a folder")?;
    if files(&folder.0.join("out/old")) != before {
        return Err("something changed it before `--prune`".into());
    }
    // With errors, a build writes nothing and removes nothing.
    folder.write("net/b.mlnet", b"tenant b { flow nobody -> nothing }\n");
    folder.expect(&with(&["--prune"]), 1, "error[E")?;
    fs::remove_file(folder.0.join("net/b.mlnet")).expect("it is there");
    if files(&folder.0.join("out/old")) != before {
        return Err("a build with errors removed it".into());
    }
    folder.expect(&with(&["--prune"]), 0, " files in out/old\n")?;
    folder.expect(&with(&["--check"]), 0, "nothing changed")?;
    let left = folder.0.join("out/old").exists();
    if left || is_reported(&folder, &BUILD) { Err("it is still there".into()) } else { Ok(()) }
}

fn shared() -> Result<(), Failed> {
    let folder = project("shared");
    folder.write("other/a.mlnet", source("elsewhere").as_bytes());
    folder.write("net.mlnet", source("single").as_bytes());
    let other = ["build", "other", "-o", "out"];
    let single = ["build", "net.mlnet", "-o", "out"];
    for build in [&other[..], &single] {
        let stderr = text(&folder.run(build).stderr);
        if !stderr.is_empty() {
            return Err(format!("{build:?}:\n{stderr}").into());
        }
    }
    // Folders that only look like output: of another tool, of an older mlnetc, of another cluster, damaged.
    folder.write("out/notes/index.json", b"{\"pages\": []}\n");
    let index = folder.read("out/old/index.json");
    let project = "\"project\":\"../net\",\n";
    folder
        .write("out/past/index.json", index.replace(project, "").replace("old", "past").as_bytes());
    folder.write("out/copy/index.json", index.as_bytes());
    folder.write("out/damaged/index.json", index.get(..40).unwrap_or_default().as_bytes());
    std::os::unix::fs::symlink("old", folder.0.join("out/link")).expect("links");
    if !index.contains(project) {
        return Err(index.into());
    }
    let others = || {
        let names = ["elsewhere", "single", "notes", "past", "copy", "damaged"];
        names.map(|it| files(&folder.0.join("out").join(it)))
    };
    let before = others();
    folder.expect(&with(&["--prune"]), 0, " files in out/old\n")?;
    let is_link = folder.0.join("out/link").is_symlink();
    if before == others() && is_link { Ok(()) } else { Err("it removed what others wrote".into()) }
}

fn foreign() -> Result<(), Failed> {
    let folder = project("foreign");
    folder.write("out/old/notes.txt", b"mine");
    folder.write("out/old/tenants/web/mine.yaml", b"mine");
    folder.expect(&with(&["--prune"]), 0, "files that mlnetc did not write stay")?;
    let left: Vec<String> = files(&folder.0.join("out/old")).into_iter().map(|it| it.0).collect();
    if left != ["notes.txt", "tenants/web/mine.yaml"] {
        return Err(format!("{left:?}").into());
    }
    if is_reported(&folder, &BUILD) {
        return Err("without its index it is nobody's".into());
    }
    // The target of a link is not the cluster's folder.
    let folder = project("link");
    fs::rename(folder.0.join("out/old/tenants"), folder.0.join("moved")).expect("it was written");
    std::os::unix::fs::symlink("../../moved", folder.0.join("out/old/tenants")).expect("links");
    folder.expect(&with(&["--prune"]), 0, "files that mlnetc did not write stay")?;
    let is_kept = !folder.read("moved/web/policies.yaml").is_empty();
    let is_pruned = folder.read("out/old/kustomization.yaml").is_empty();
    if is_kept && is_pruned { Ok(()) } else { Err("it followed a link".into()) }
}

fn killed() -> Result<(), Failed> {
    let folder = project("killed");
    // The state after a prune that was interrupted: the index is removed last.
    for file in ["kustomization.yaml", "tenants/web/policies.yaml"] {
        fs::remove_file(folder.0.join("out/old").join(file)).expect("it was written");
    }
    folder.expect(&with(&["--check"]), 1, "W0839")?;
    folder.expect(&with(&["--prune"]), 0, " files in out/old\n")?;
    if folder.0.join("out/old").exists() { Err("it is still there".into()) } else { Ok(()) }
}
