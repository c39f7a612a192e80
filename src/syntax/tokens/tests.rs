//! Any text consists of tokens and white space, and the tree of a text that parses agrees with its tokens.

use proptest::prelude::*;

use super::{Token, TokenKind};
use crate::diagnostics::{Diagnostics, Severity};
use crate::source::{FileId, Files, Span};
use crate::syntax::ast::{Item, Node, Outline, ValueKind};
use crate::syntax::{parse, tokens};

/// Returns the error in the tokens of a text.
fn fault(text: &str) -> Option<String> {
    let (mut at, mut fault) = (0, None);
    let cut = tokens(FileId::NONE, text);
    let ends = cut.iter().map(|it| (it.span.start as usize, it.span.end as usize));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let gap = text.get(at..start).unwrap_or("?");
        let gap = if at == 0 { gap.trim_start_matches('\u{feff}') } else { gap };
        if gap.chars().any(|it| !matches!(it, ' ' | '\n' | '\r' | '\t')) {
            fault = fault.or_else(|| Some(format!("{gap:?} before {start} is no white space")));
        }
        if start >= end && start < text.len()
            || text.get(start..end).is_none_or(|it| it.contains('\n'))
        {
            fault = fault.or_else(|| Some(format!("a token is {start}..{end}")));
        }
        at = end;
    }
    fault
}

/// Returns the error in the nodes of a text, if it parses: each node begins and ends with tokens of its kind.
fn disagreement(text: &str) -> Option<String> {
    let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
    let id = files.iter().next().expect("one file").0;
    let mut diagnostics = Diagnostics::default();
    let file = parse(&files, id, &mut diagnostics);
    if diagnostics.count(Severity::Error) > 0 {
        return None;
    }
    let cut = tokens(id, text);
    let outline = Outline::of(&file.items);
    let mut wrong = None;
    for token in cut.iter().filter(|it| it.kind != TokenKind::Comment) {
        let nodes: Vec<Node<'_>> = outline.around(token.span.start).collect();
        let is_apart = nodes.is_empty() && token.kind != TokenKind::Comma;
        let is_cut = nodes.iter().any(|it| !it.span().holds(token.span));
        let begins = nodes.iter().filter(|it| it.span().start == token.span.start);
        if is_apart || is_cut || !begins.clone().all(|it| is_of_kind(text, *token, *it)) {
            wrong = wrong.or(Some(format!("{token:?} in {nodes:?}")));
        }
    }
    wrong
}

/// Returns whether a node may begin with a token.
fn is_of_kind(text: &str, token: Token, node: Node<'_>) -> bool {
    let written = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or("");
    match node {
        Node::Item(Item::Field(_)) | Node::Parameter(_) => token.kind == TokenKind::Word,
        Node::Item(it) => token.kind == TokenKind::Word && written(token.span) == it.word(),
        // A key may be a number or begin with `-`.
        Node::Entry(_) => matches!(
            token.kind,
            TokenKind::Word | TokenKind::Text | TokenKind::Literal | TokenKind::Unknown
        ),
        Node::Value(it) => match &it.kind {
            ValueKind::Text(_) => token.kind == TokenKind::Text,
            ValueKind::Ref(path) => {
                let first = path.0.first().map(|it| it.span);
                token.kind == TokenKind::Word && first == Some(token.span)
            }
            ValueKind::Bool(_)
            | ValueKind::Call(..)
            | ValueKind::Not(_)
            | ValueKind::Object(..) => token.kind == TokenKind::Word,
            ValueKind::List(_) | ValueKind::Map(_) => token.kind == TokenKind::Open,
            ValueKind::WithPort(value, _) => is_of_kind(text, token, Node::Value(value)),
            ValueKind::Int(_)
            | ValueKind::Address(_)
            | ValueKind::Network(_)
            | ValueKind::Range(..)
            | ValueKind::Ports(_)
            | ValueKind::Date(_) => token.kind == TokenKind::Literal && token.span == it.span,
            ValueKind::Bad => true,
        },
    }
}

/// Fails if tokens are wrong, or differ from the tree of a text that parses.
pub(in crate::syntax) fn check(text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(fault(text), None, "{}", text);
    prop_assert_eq!(disagreement(text), None, "{}", text);
    Ok(())
}

#[test]
fn each_kind_of_token_is_cut() {
    let text = "a.b.0.\"c\" = [1, fd00::/8:80] # x\n<-> -> >= = \"\\\" } $ \"open # no\n-1->é";
    let cut = tokens(FileId::NONE, text);
    let written = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or("?");
    let rows: Vec<String> =
        cut.iter().map(|it| format!("{:?} {}", it.kind, written(it.span))).collect();
    let expected = [
        "Word a",
        "Dot .",
        "Word b",
        "Dot .",
        "Word 0",
        "Dot .",
        "Text \"c\"",
        "Equals =",
        "Open [",
        "Literal 1",
        "Comma ,",
        "Literal fd00::/8:80",
        "Close ]",
        "Comment # x",
        "BothWays <->",
        "Arrow ->",
        "Comparison >=",
        "Equals =",
        "Text \"\\\" } $ \"",
        "Word open",
        "Comment # no",
        "Literal -1",
        "Arrow ->",
        "Unknown é",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_token_is_found_by_its_place() {
    let text = "ab = [x]";
    let cut = tokens(FileId::NONE, text);
    let at = |offset| cut.at(offset).map(|it| (it.span.start, it.span.end));
    assert_eq!(at(0), Some((0, 2)));
    assert_eq!(at(2), Some((0, 2)));
    assert_eq!(at(3), Some((3, 4)));
    assert_eq!(at(8), Some((7, 8)));
    let list = Span { file: FileId::NONE, start: 5, end: 8 };
    let within: Vec<u32> = cut.within(list).iter().map(|it| it.span.start).collect();
    assert_eq!(within, [5, 6, 7]);
    assert_eq!(tokens(FileId::NONE, "").at(0), None);
}

#[test]
fn a_large_text_is_cut_as_a_small_one() {
    let line = "flow a.b -> [c, \"d\"]:80 # why\n";
    let large = tokens(FileId::NONE, &line.repeat(5_000));
    assert_eq!(large.iter().len(), tokens(FileId::NONE, line).iter().len() * 5_000);
    assert_eq!(fault(&line.repeat(5_000)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_tokens(text in "\\PC{0,100}(\n[\\PC\\r\\t\u{feff}]{0,40}){0,3}") {
        check(&text)?;
    }

    #[test]
    fn any_bytes_are_tokens(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_marks_are_tokens(text in "[ab0-2.:/,=<>!\"\\\\#{}()\\[\\]\n -]{0,60}") {
        check(&text)?;
    }
}
