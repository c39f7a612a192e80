//! `mlnetc diff`: what the source asks for against manifests, or what a cluster has.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::{Diff, DiffOutput, Global};
use super::failure::{Failure, shown};
use super::terminal::Terminal;
use super::{Answer, compiled, project};
use crate::compile::Built;
use crate::diff::render::{self, About};
use crate::diff::{self, Live, Text};

/// Compares one cluster of the source with a live side.
pub(super) fn run(
    args: &Diff,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let live = live(&args.against)?;
    let compiled = compiled::read(&args.source, global, terminal)?;
    let Some(built) = &compiled.built else { return Ok(Answer::No) };
    let built = only(built)?;
    let said = diff::compare(&built.objects, &compiled.program.files, &live);
    let against = args.against.display().to_string();
    let against = if against == "-" { "stdin".to_owned() } else { against };
    let about = About { cluster: built.cluster.node.as_str(), against: &against };
    let text = match args.output {
        // The terminal takes the colors out where nobody would see them.
        DiffOutput::Text => render::text(&said, about, true),
        DiffOutput::Json => format!("{:#}\n", render::json(&said, about)),
        DiffOutput::Markdown => render::markdown(&said, about),
    };
    terminal.result(&text)?;
    Ok(if said.is_same() { Answer::Yes } else { Answer::No })
}

/// A live side is one cluster's.
fn only(built: &[Built]) -> Result<&Built, Failure> {
    match built {
        [one] => Ok(one),
        [] => Err(Failure::usage("the source declares no cluster")),
        several => {
            let names =
                several.iter().map(|it| it.cluster.node.as_str()).collect::<Vec<_>>().join(", ");
            let help = "`--cluster NAME` says which one to compare";
            Err(Failure::usage_help(format!("the source declares several clusters: {names}"), help))
        }
    }
}

fn live(against: &Path) -> Result<Live, Failure> {
    let texts = if against == Path::new("-") {
        vec![stream(against, &mut std::io::stdin())?]
    } else {
        texts(against)?
    };
    let live = diff::live(&texts);
    let live =
        live.map_err(|it| Failure::usage(format!("cannot read `{}`: {}", it.name, it.message)))?;
    // Else a `kubectl get` that failed would look like an empty cluster.
    if live.is_silent() {
        return Err(Failure::usage_help(
            format!("there is no Kubernetes object in `{}`", against.display()),
            "an object has `apiVersion`, `kind` and `metadata.name`",
        ));
    }
    Ok(live)
}

/// What cannot be asked for its size: stdin, or a pipe (`--against <(kubectl get …)`).
fn stream(path: &Path, from: &mut dyn Read) -> Result<Text, Failure> {
    let mut text = String::new();
    from.read_to_string(&mut text).map_err(|error| Failure::io("read", path, error))?;
    Ok(Text { name: path.display().to_string(), text })
}

/// A file, or every manifest below a folder.
fn texts(against: &Path) -> Result<Vec<Text>, Failure> {
    let kind = fs::metadata(against).map_err(|error| Failure::io("read", against, error))?;
    let mut files = BTreeSet::new();
    if kind.is_dir() {
        walk(against, &mut files)?;
        if files.is_empty() {
            let message = format!("there is no .yaml, .yml or .json file in `{}`", shown(against));
            return Err(Failure::usage(message));
        }
    } else if kind.is_file() {
        files.insert(against.to_path_buf());
    } else {
        let open = fs::File::open(against);
        let mut open = open.map_err(|error| Failure::io("read", against, error))?;
        return Ok(vec![stream(against, &mut open)?]);
    }
    let read =
        |file: PathBuf| Ok(Text { text: project::text(&file)?, name: file.display().to_string() });
    files.into_iter().map(read).collect()
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the disk")]
fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::io("read", folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // The index of an output folder is no manifest, and large.
        let index = path.ends_with("index.json") && folder.join("kustomization.yaml").is_file();
        let manifest =
            path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&path, files)?;
        } else if manifest && !index && path.is_file() {
            files.insert(path);
        }
    }
    Ok(())
}
