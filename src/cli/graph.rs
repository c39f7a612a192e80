//! `mlnetc graph`: the connections of a cluster as a drawing.

use super::answer::Answer;
use super::args::{Global, Graph, GraphOutput};
use super::document;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::report::{self, Language};

/// Draws the graph of one cluster.
pub(super) fn run(
    args: &Graph,
    global: &Global,
    terminal: &mut Terminal,
) -> Result<Answer, Failure> {
    let Some((document, _)) = document::read(&args.source, global, terminal)? else {
        return Ok(Answer::No);
    };
    let language = match args.output {
        GraphOutput::Mermaid => Language::Mermaid,
        GraphOutput::Dot => Language::Dot,
    };
    let graph = report::graph(language, args.services, &document);
    let graph = graph.map_err(|it| Failure::usage(format!("cannot draw the graph: {it}")))?;
    terminal.result(&graph)?;
    Ok(Answer::Yes)
}
