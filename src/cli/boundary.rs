//! `mlnetc build --emit`: the data between two passes as text, for people who learn the compiler.

use std::fmt::Write as _;

use super::answer::Answer;
use super::args::{Boundary, Build, Global};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{compiled, document, project};
use crate::compile;
use crate::diagnostics::Diagnostics;
use crate::emit::yaml;
use crate::source::Name;

/// Prints the data at one pass boundary of one cluster.
pub(super) fn run(
    boundary: Boundary,
    args: &Build,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let mut project = project::read(&args.source.path, terminal)?;
    let (session, _) = compiled::open(&mut project, global)?;
    let analysis = session.into_analysis();
    let cluster = match &args.source.cluster {
        Some(name) => Name::new(name),
        None => document::only(&analysis)?,
    };
    let mut diagnostics = Diagnostics::default();
    let objects = analysis.objects(&cluster, &mut diagnostics)?;
    terminal.diagnostics(analysis.files(), diagnostics.sorted(), &project.root)?;
    let (Some((model, objects)), Some(bound)) = (objects, analysis.bound(&cluster)) else {
        return Ok(Answer::No);
    };
    let mut text = String::new();
    match boundary {
        Boundary::Model => {
            let _ = writeln!(text, "{model}");
        }
        Boundary::Policies => {
            for policy in compile::policies(analysis.files(), bound) {
                let _ = writeln!(text, "{policy}");
            }
        }
        Boundary::Objects => {
            for it in objects {
                let _ = writeln!(text, "--- # {}", it.file);
                yaml::document(&it.object, &mut text).map_err(compile::Bug::not_yaml)?;
            }
        }
    }
    terminal.result(&text)?;
    Ok(Answer::Yes)
}
