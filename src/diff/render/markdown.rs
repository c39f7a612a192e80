//! For a merge request: a comment from the template `markdown.md.j2`, which reads the JSON document.

use minijinja::{Environment, syntax::SyntaxConfig};
use serde_json::Value;

use super::{About, absent, json, not_compared, other_policies, summary};
use crate::diff::Comparison;

const TEMPLATE: &str = include_str!("markdown.md.j2");

/// The answer as a comment.
pub fn markdown(said: &Comparison, about: About<'_>) -> String {
    let mut document = json(said, about);
    if let Value::Object(fields) = &mut document {
        fields.insert("headline".to_owned(), summary(said).into());
        fields.insert("remarks".to_owned(), not_compared(said).into());
        let warnings: Vec<String> = absent(said).into_iter().chain(other_policies(said)).collect();
        fields.insert("warnings".to_owned(), warnings.into());
    }
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("INVARIANT: only whitespace is configured"));
    let text = environment.render_str(TEMPLATE, minijinja::value::Serde(document));
    text.expect("INVARIANT: the template reads fields that the document has")
}
