//! `mlnetc stdlib search`: components by product, image, alias or port.

use std::fmt::Write as _;

use super::contents::{Contents, PortRow};
use crate::stdlib::Card;

/// A component of the library, for lists and searches.
pub(super) struct Listed {
    pub(super) name: &'static str,
    pub(super) card: Card,
    /// The doc comment.
    pub(super) doc: String,
    pub(super) contents: Contents,
}

/// A reason for which a component is found; the best match comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// The name is the word.
    Name,
    /// A keyword, or the last part of an image, is the word.
    Keyword(String),
    /// A port has this number or name.
    Port(String),
    /// The name or a keyword contains the word.
    Part(String),
    /// The doc comment contains the word.
    Doc,
}

/// Returns the components that match every word of a search, best first, as text; `None` if there is none.
pub(super) fn search(words: &[String], components: &[Listed]) -> Option<String> {
    let mut found: Vec<(Match, &Listed)> =
        components.iter().filter_map(|it| Some((all(words, it)?, it))).collect();
    found.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.name.cmp(right.1.name)));
    let width = found.iter().map(|(_, it)| it.name.len()).max()?;
    let mut text = String::new();
    for (reason, it) in found {
        let _ = write!(text, "{:width$}  {}", it.name, it.card.summary);
        let _ = match reason {
            Match::Name | Match::Doc => writeln!(text),
            Match::Keyword(word) | Match::Part(word) => writeln!(text, " ({word})"),
            Match::Port(port) => writeln!(text, " (port {port})"),
        };
    }
    Some(text)
}

/// Returns the weakest of the matches of all words.
fn all(words: &[String], component: &Listed) -> Option<Match> {
    let matches = words.iter().map(|it| one(&it.to_lowercase(), component));
    matches.collect::<Option<Vec<Match>>>()?.into_iter().max()
}

fn one(word: &str, component: &Listed) -> Option<Match> {
    if component.name == word {
        return Some(Match::Name);
    }
    let keywords = || component.card.keywords.iter().copied();
    // `redis` finds the image `bitnami/redis`.
    let is_whole = |it: &&str| {
        let keyword = it.to_lowercase();
        keyword == word || keyword.rsplit('/').next() == Some(word)
    };
    if let Some(keyword) = keywords().find(is_whole) {
        return Some(Match::Keyword(keyword.to_owned()));
    }
    let is_port = |it: &&PortRow| {
        it.name == word || it.pod_port == word || it.service_port.as_deref() == Some(word)
    };
    if let Some(port) = component.contents.ports.iter().find(is_port) {
        let pod_port = &port.pod_port;
        let number = match &port.service_port {
            Some(dialed) if dialed != pod_port => format!("{dialed} -> {pod_port}"),
            _ => pod_port.clone(),
        };
        return Some(Match::Port(format!("{} {number} of {}", port.name, port.service)));
    }
    if component.name.contains(word) {
        return Some(Match::Part(component.name.to_owned()));
    }
    if let Some(keyword) = keywords().find(|it| it.to_lowercase().contains(word)) {
        return Some(Match::Part(keyword.to_owned()));
    }
    component.doc.to_lowercase().contains(word).then_some(Match::Doc)
}
