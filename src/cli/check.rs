//! `mlnetc check`: prints every diagnostic, writes no output.

use std::path::{Path, PathBuf};

use super::answer::Answer;
use super::args::{Check, Global, Source};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{compiled, fix, project, snapshot};
use crate::compile;
use crate::diagnostics::{Code, Diagnostics, Message};
use crate::lint::{self, Ids};
use crate::manifests::{self, Manifests};
use crate::source::{Files, Name};

/// Validates a project, after its fixes are applied if that is requested, or manifests.
pub(super) fn run(
    args: &Check,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let source = args.source();
    match (&args.against, source) {
        (Some(against), None) if args.cluster.is_some() => Err(Failure::usage_help(
            format!(
                "`--cluster` names a cluster of a source, and `{}` is not a source",
                against.display()
            ),
            "name the source, too: `mlnetc check . --cluster NAME --against …`",
        )),
        (Some(against), source) => of_snapshot(against, source.as_ref(), global, terminal),
        (None, Some(source)) if args.diff => fix::show(&source, global, terminal),
        (None, Some(source)) if args.fix => fix::run(&source, global, terminal),
        (None, Some(source)) => {
            let compiled = compiled::read(&source, global, terminal)?;
            Ok(if compiled.built.is_some() { Answer::Yes } else { Answer::No })
        }
        (None, None) => unreachable!("a source is there unless manifests are"),
    }
}

/// Validates manifests, and the source if there is one.
fn of_snapshot(
    against: &Path,
    source: Option<&Source>,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let (manifests, texts) = snapshot::read_with_texts(against)?;
    let (files, mut diagnostics, root, ids) = match source {
        None => {
            let mut files = Files::default();
            let ids = add(&mut files, texts, &manifests);
            (files, Diagnostics::default(), PathBuf::new(), ids)
        }
        Some(source) => of_source(source, &manifests, texts, global, terminal)?,
    };
    let found = lint::check(&manifests, &files, &ids);
    diagnostics.append(found.diagnostics);
    let diagnostics = diagnostics.sorted();
    let refused = global.refuses(&diagnostics);
    terminal.diagnostics(&files, diagnostics, &root)?;
    for gap in found.gaps {
        terminal.message(&gap.message());
    }
    Ok(if refused { Answer::No } else { Answer::Yes })
}

/// Returns the diagnostics of a source, and of its flows beside the policies of a snapshot; also the files of both, the
/// source's folder, and the ids of the snapshot's files.
fn of_source(
    source: &Source,
    manifests: &Manifests,
    snapshot: Vec<manifests::Text>,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<(Files, Diagnostics, PathBuf, Ids), Failure> {
    let mut project = project::read(&source.path, terminal)?;
    let (session, _) = compiled::open(&mut project, global)?;
    let analysis = session.into_analysis();
    let wanted = source.cluster.as_deref().map(Name::new);
    let mut diagnostics = Diagnostics::default();
    analysis.validate(wanted.as_ref(), &mut diagnostics)?;
    let mut files = analysis.files().clone();
    let ids = add(&mut files, snapshot, manifests);
    match wanted.map_or_else(|| compiled::only_cluster(&analysis), Ok) {
        Err(_) => terminal.message(&Message::new(
            Code::N1032,
            "the source has several clusters: `--cluster NAME` compares the flows of one with the snapshot",
        )),
        Ok(cluster) => {
            if let Some((model, objects)) =
                analysis.objects(&cluster, &mut Diagnostics::default())?
            {
                diagnostics.append(lint::beside(model, manifests, &files, &ids));
                let proof = compile::proof(model, objects);
                lint::broken_rules(proof, manifests, &files, &mut diagnostics);
                analysis.suppress_expected(&mut diagnostics);
            }
        }
    }
    Ok((files, diagnostics, project.root, ids))
}

/// Adds the texts of manifests to the files of a run, without the values of Secrets.
fn add(files: &mut Files, texts: Vec<manifests::Text>, manifests: &Manifests) -> Ids {
    let mut ids = Ids::new();
    for text in texts {
        let called = if text.name == "-" { "stdin".to_owned() } else { text.name.clone() };
        let name = text.name.clone();
        ids.insert(name, files.add_beside(called, manifests.without_secrets(text)));
    }
    ids
}
