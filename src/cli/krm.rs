//! `mlnetc krm`: a KRM function, for kustomize and kpt.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::answer::Answer;
use super::args::{Global, Source};
use super::compiled::Compiled;
use super::failure::Failure;
use super::terminal::Terminal;
use super::{compiled, project, snapshot};
use crate::diagnostics::{Code, Message, render};
use crate::krm::{self, Item, List, Malformed};
use crate::manifests;

/// Reads a resource list, and writes it with the objects of the project.
pub(super) fn run(global: &Global, terminal: &mut Terminal) -> Result<Answer, Failure> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        let help = "kustomize and kpt run it: `mlnetc krm --help` shows how to configure them";
        return Err(Failure::usage_help("stdin must be a ResourceList", help));
    }
    let text = snapshot::stream(Path::new("-"), &mut stdin)?;
    let mut list = List::read(&text.text).map_err(usage)?;
    let mut results = Vec::new();
    match built(&mut list, &mut results, global, terminal) {
        Ok(answer) => {
            terminal.result(&list.written(results))?;
            Ok(answer)
        }
        Err(failure) => {
            results.push(krm::error(&failure.to_string()));
            terminal.result(&list.written(results))?;
            Err(failure)
        }
    }
}

fn built(
    list: &mut List,
    results: &mut Vec<Value>,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let wish = list.wish().map_err(usage)?;
    let source = Source { path: PathBuf::from(&wish.path), cluster: wish.cluster };
    let root = project::root(&source.path).to_string_lossy().into_owned();
    let (compiled, diagnostics) = compiled::diagnostics(&source, global, terminal)?;
    results.extend(diagnostics.iter().map(|it| render::result(&compiled.files, it, &root)));
    let Compiled { files, built, lock, .. } = compiled;
    let Some(mut built) = built else { return Ok(Answer::No) };
    if built.len() > 1 {
        let names = built.iter().map(|it| it.cluster.node.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage_help(
            format!("the source declares several clusters: {names}"),
            "`spec.cluster` of the functionConfig selects one",
        ));
    }
    let moved = lock.difference();
    if !moved.is_none() {
        let text = format!(
            "`{}` would change: {}; run `mlnetc build` and commit the lock",
            lock.path().display(),
            moved.lines().join(", ")
        );
        let message = Message::new(Code::E1002, text);
        terminal.message(&message);
        results.push(krm::error(&message.to_string()));
        return Ok(Answer::No);
    }
    let Some(built) = built.pop() else {
        return Err(Failure::usage("the source declares no cluster"));
    };
    let folder = built.cluster.node.to_string();
    let tree = built.into_tree(&files)?;
    let mut made = Vec::with_capacity(tree.counts.objects);
    for (path, index, bytes) in tree.applied() {
        let text = String::from_utf8_lossy(bytes);
        let object = manifests::values(&text).ok().and_then(|it| it.into_iter().next());
        let object = object.expect("INVARIANT: what is emitted is YAML");
        made.push(Item { path: format!("{folder}/{path}"), index, object });
    }
    list.put(made);
    Ok(Answer::Yes)
}

fn usage(it: Malformed) -> Failure {
    Failure::usage_help(it.message, it.help)
}
