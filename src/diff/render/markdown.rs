//! For a merge request: a comment from the template `markdown.md.j2`, which reads the JSON document.

use minijinja::{Environment, syntax::SyntaxConfig};
use serde_json::{Value, json};

use super::{
    Answer, absent, causes, connections, helm_values, json, not_compared, other_policies, summary,
    whose,
};

const TEMPLATE: &str = include_str!("markdown.md.j2");

/// The answers as a comment.
pub fn markdown(answers: &[Answer<'_>]) -> String {
    let mut document = json(answers);
    if let Some(Value::Array(clusters)) = document.get_mut("clusters") {
        for (cluster, it) in clusters.iter_mut().zip(answers) {
            add_sentences(cluster, it);
        }
    }
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("INVARIANT: only whitespace is configured"));
    let text = environment.render_str(TEMPLATE, minijinja::value::Serde(document));
    let text = text.expect("INVARIANT: the template reads fields that the document has");
    format!("{}\n", text.trim_end())
}

/// What people read of it in words.
fn add_sentences(cluster: &mut Value, it: &Answer<'_>) {
    let Answer { about, said } = it;
    let warnings = helm_values(said).into_iter().chain(absent(said)).chain(other_policies(said));
    let warnings: Vec<String> = warnings.chain(said.notes.iter().cloned()).collect();
    if let Some(Value::Array(lines)) = cluster.get_mut("connections") {
        for (line, it) in lines.iter_mut().zip(&said.connections.lines) {
            line["whose"] = json!(whose(it));
            line["reasons"] = json!(causes(it));
        }
    }
    cluster["headline"] = json!(about.title_quoting("`"));
    cluster["objectsLine"] = json!(summary(said));
    cluster["connectionsLine"] = json!(connections(said));
    cluster["remarks"] = json!(not_compared(said));
    cluster["warnings"] = json!(warnings);
}
