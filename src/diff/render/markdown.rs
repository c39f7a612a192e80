//! Comment for a merge request, from the template `markdown.md.j2`, which reads the JSON document.

use minijinja::{Environment, syntax::SyntaxConfig};
use serde_json::{Value, json};

use super::json::json;
use super::sentences::{Answer, causes, connections, not_compared, notes, summary, whose};
use crate::diagnostics::Message;

/// Greatest length of a comment; GitHub accepts 65,536 characters.
const MOST: usize = 60_000;

const TEMPLATE: &str = include_str!("markdown.md.j2");

/// Returns the answers as a comment.
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
    let written = |document: &Value| {
        let text = environment.render_str(TEMPLATE, minijinja::value::Serde(document));
        let text = text.expect("INVARIANT: the template reads fields that the document has");
        format!("{}\n", text.trim_end())
    };
    let text = written(&document);
    if text.len() <= MOST {
        return text;
    }
    leave_out_lines(&mut document);
    cut(written(&document))
}

/// Removes the diff lines of each object, which need the most space.
fn leave_out_lines(document: &mut Value) {
    let clusters = document.get_mut("clusters").and_then(Value::as_array_mut);
    for cluster in clusters.into_iter().flatten() {
        for list in ["objects", "conflicts"] {
            let objects = cluster.get_mut(list).and_then(Value::as_array_mut);
            for it in objects.into_iter().flatten() {
                it["diff"] = json!("");
                it["isShort"] = json!(true);
            }
        }
        if let Some(Value::Array(warnings)) = cluster.get_mut("warnings") {
            warnings.push(json!(
                "too long for a comment: `mlnetc diff` shows the lines of each object"
            ));
        }
    }
}

/// Truncates a text that is still too long, and closes its open elements.
fn cut(text: String) -> String {
    if text.len() <= MOST {
        return text;
    }
    let mut kept = String::new();
    let (mut is_fenced, mut is_folded) = (false, false);
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > MOST {
            break;
        }
        is_fenced ^= line.starts_with("````");
        is_folded = (is_folded || line.starts_with("<details>")) && !line.starts_with("</details>");
        kept.push_str(line);
    }
    if is_fenced {
        kept.push_str("````\n");
    }
    if is_folded {
        kept.push_str("\n</details>\n");
    }
    kept + "\n**… and more: too long for a comment, `mlnetc diff` shows all of it.**\n"
}

/// Adds the sentences for readers to a document.
fn add_sentences(cluster: &mut Value, it: &Answer<'_>) {
    let Answer { about, comparison } = it;
    let texts = |all: Vec<Message>| all.iter().map(Message::to_string).collect::<Vec<_>>();
    if let Some(Value::Array(lines)) = cluster.get_mut("connections") {
        for (line, it) in lines.iter_mut().zip(&comparison.connections.lines) {
            line["whose"] = json!(whose(it));
            line["reasons"] = json!(causes(it));
        }
    }
    cluster["headline"] = json!(about.title_quoting("`"));
    cluster["objectsLine"] = json!(summary(comparison));
    cluster["connectionsLine"] = json!(connections(comparison));
    cluster["remarks"] = json!(texts(not_compared(comparison)));
    cluster["warnings"] = json!(texts(notes(comparison)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_that_is_too_long_ends_well() {
        let line = "+ one more of many connections that open\n";
        let text = format!("### a\n\n````diff\n{}````\n", line.repeat(3_000));
        let short = cut(text.clone());
        assert!(short.len() < MOST + 200, "{}", short.len());
        assert!(short.ends_with(
            "open\n````\n\n**… and more: too long for a comment, `mlnetc diff` shows all of it.**\n"
        ));
        assert_eq!(short.lines().filter(|it| it.starts_with("````")).count(), 2);
        let folded = cut(format!("<details><summary>a</summary>\n{text}\n</details>\n"));
        assert!(folded.contains("````\n\n</details>\n\n**…"));
        assert_eq!(cut("short\n".to_owned()), "short\n");
    }
}
