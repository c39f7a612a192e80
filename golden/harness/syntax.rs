//! `golden/syntax/CASE/`: the diagnostics of parsing `in.mlnet` are `out.txt`. Also checks that every source of the
//! repository has tokens, and comments that belong to its entries.

use libtest_mimic::Failed;
use mlnetc::diagnostics::{Code, Diagnostics, Severity};
use mlnetc::source::Files;
use mlnetc::syntax;
use mlnetc::syntax::ast::{Item, Node, Outline};
use mlnetc::syntax::{Position, TokenKind};

use super::case::{self, Cases};
use super::project::Project;
use super::tree;

/// Folders with sources.
const FOLDERS: &[&str] = &["benches", "conformance", "docs", "examples", "golden", "stdlib"];

/// Adds a test for each case, and one for the sources of the repository.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/syntax")) {
        let folder = tree::root("golden/syntax").join(&case);
        cases.add(format!("syntax/{case}"), move |expect| {
            let text = tree::text(&folder.join("in.mlnet"));
            let outcome = Project::cut("in.mlnet", &text).parse();
            expect.file(&folder.join("out.txt"), &outcome.diagnostics())
        });
    }
    cases.add("syntax: tokens and comments of every source", |_| sources());
}

fn sources() -> Result<(), Failed> {
    let paths = FOLDERS.iter().flat_map(|it| tree::files_ending(it, ".mlnet"));
    let (mut faults, mut comments) = (Vec::new(), 0);
    for path in paths {
        // Texts that are not UTF-8 have no tokens.
        let Some(text) = tree::text_if_any(&path) else { continue };
        comments += source(&tree::from_root(&path), &text, &mut faults);
    }
    if comments < 1_000 {
        faults.push(format!("only {comments} comments were found"));
    }
    case::none(&faults)
}

/// Checks one source: only white space is between its tokens; if it parses, each token is in a node; and each comment
/// belongs to the entry on its line, or to the entry that begins below it.
fn source(name: &str, text: &str, faults: &mut Vec<String>) -> usize {
    let files = Files::new([(name.to_owned(), text.to_owned())]);
    let id = files.iter().next().expect("one file").0;
    let mut diagnostics = Diagnostics::default();
    let file = syntax::parse(&files, id, &mut diagnostics);
    let is_valid = diagnostics.count(Severity::Error) == 0;
    let has_loose_docs = diagnostics.sorted().iter().any(|it| it.code == Code::W0117);
    let (tokens, outline) = (syntax::tokens(id, text), Outline::of(&file.items));
    let mut at = 0;
    for token in tokens.iter() {
        let gap = text.get(at..token.span.start as usize).unwrap_or("?");
        if !gap.trim_start_matches('\u{feff}').trim().is_empty() {
            faults.push(format!("{name}: {gap:?} is no token"));
        }
        at = token.span.end as usize;
        let is_apart = matches!(token.kind, TokenKind::Comment | TokenKind::Comma);
        if is_valid && !is_apart && outline.around(token.span.start).next().is_none() {
            faults.push(format!("{name}: `{}` is in no node", files.text(token.span)));
        }
    }
    let comments = syntax::comments(text, &tokens, &outline);
    let line = |offset| files.file(id).line_column(offset).line;
    for it in &comments {
        let written = files.text(it.span);
        let entry = it.entry.map(Node::span);
        let around = outline.entries(it.span.start).next().map(Node::span);
        let is_right = match (it.position, entry) {
            (Position::Above, Some(entry)) => line(entry.start) > line(it.span.start),
            (Position::Beside, Some(entry)) => {
                (line(entry.start)..=line(entry.end)).contains(&line(it.span.start))
            }
            (Position::Inside, entry) => entry == around,
            (Position::Above, None) => false,
            (Position::Beside, None) => !is_valid,
        };
        let has_doc =
            !matches!(it.entry, Some(Node::Item(Item::Field(_) | Item::When(_) | Item::Say(_))));
        let is_doc = written.starts_with("##") && !written.starts_with("###");
        let is_lost = is_valid && is_doc && !has_loose_docs;
        if !is_right || is_lost && !(it.position == Position::Above && has_doc) {
            faults.push(format!("{name}: `{written}` is {:?} {entry:?}", it.position));
        }
    }
    comments.len()
}
