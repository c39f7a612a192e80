//! `mlnetc build --emit`: the data between two passes as text, for people who learn the compiler.

use std::fmt::Write as _;

use super::answer::Answer;
use super::args::{Boundary, Build, Global, Source};
use super::compiled;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::compile;
use crate::diagnostics::Diagnostics;
use crate::emit::yaml;

/// Prints the data at one pass boundary of one cluster.
pub(super) fn run(
    boundary: Boundary,
    args: &Build,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let Source { path, cluster } = &args.source;
    let (analysis, cluster, root) =
        compiled::open_cluster(path, cluster.as_deref(), global, terminal)?;
    let mut diagnostics = Diagnostics::default();
    let objects = analysis.objects(&cluster, &mut diagnostics)?;
    terminal.diagnostics(analysis.files(), diagnostics.sorted(), &root)?;
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
