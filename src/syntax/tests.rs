use proptest::prelude::*;

use super::parser::Reader;
use super::split::Split;
use super::{ast, recover};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::source::Files;

const EXAMPLES: &[&str] = &[
    include_str!("../../golden/syntax/language-cluster/in.mlnet"),
    include_str!("../../golden/syntax/language-services/in.mlnet"),
    include_str!("../../golden/syntax/language-tenant/in.mlnet"),
    include_str!("../../golden/syntax/language-component/in.mlnet"),
    include_str!("../../golden/syntax/language-env/in.mlnet"),
    include_str!("../../golden/syntax/language-accept/in.mlnet"),
];

/// Tokens that random sources consist of, valid and invalid.
const TOKENS: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\t",
    ",",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "=",
    ":",
    "->",
    "<->",
    "-",
    ".",
    "\"",
    "\\",
    "\"{host(a.b:c)}\"",
    "\"{\"",
    "# x",
    "## doc",
    "//",
    "tenant",
    "a",
    "flow",
    "service",
    "in",
    "when",
    "else",
    "component",
    "port",
    "80",
    "53/udp",
    "10.0.0.0/8",
    "fd00::/8",
    "::",
    "2027-01-31",
    "use",
    "as",
    "set",
    "not",
    "deployment",
    "warn",
    "é",
    "“",
    "\u{feff}",
    "\0",
];

fn parse(text: &str) -> (ast::File, Vec<Diagnostic>) {
    let mut files = Files::default();
    let id = files.add("a.mlnet".to_owned(), text.to_owned());
    let mut messages = Diagnostics::default();
    let file = super::parse(&files, id, &mut messages);
    (file, messages.sorted())
}

fn errors(text: &str) -> usize {
    parse(text).1.iter().filter(|it| it.severity() == Severity::Error).count()
}

#[test]
fn the_examples_parse() {
    for example in EXAMPLES {
        let (file, diagnostics) = parse(example);
        assert_eq!(diagnostics, [], "{example}");
        assert!(!file.items.is_empty());
    }
}

#[test]
fn items_read_one_by_one_are_the_items_read_at_once() {
    for example in EXAMPLES {
        let (file, _) = parse(example);
        let split = Split::of(example);
        let mut reader = Reader::new(file.id, example);
        reader.large = 0;
        let mut items = Vec::new();
        recover::items(&mut reader, &split, 0..example.len(), &mut items);
        assert_eq!(format!("{items:?}"), format!("{:?}", file.items));
        assert_eq!(reader.diagnostics.sorted(), []);
    }
}

#[test]
fn a_lost_mark_is_one_mistake() {
    for example in EXAMPLES {
        for (at, mark) in example.match_indices(|it: char| it.is_ascii_punctuation()) {
            let mut text = example.to_string();
            text.remove(at);
            let messages: Vec<String> = parse(&text).1.into_iter().map(|it| it.message).collect();
            assert!(messages.len() <= 1, "without `{mark}` at {at}: {messages:?}\n{text}");
        }
    }
}

#[test]
fn each_token_at_the_end_of_a_text_has_a_tree() {
    for token in TOKENS {
        parse(token);
        parse(&format!("tenant a {{\n  {token}"));
    }
}

#[test]
fn nesting_ends_with_one_message() {
    for bracket in ["{", "[", "(", "x = [", "tenant a {\n", "flow a -> [", "x = f("] {
        let text = bracket.repeat(10_000);
        assert_eq!(errors(&text), 1, "{bracket}");
    }
    let deep = format!("{}{}", "tenant a {\n".repeat(64), "}\n".repeat(64));
    assert_eq!(errors(&deep), 0);
    // The deepest values fit the stack of a thread: nothing else guards it.
    for (open, close) in [("[", "]"), ("f(", ")"), ("{ a = ", " }")] {
        assert_eq!(errors(&format!("x = {}1{}", open.repeat(64), close.repeat(64))), 0, "{open}");
    }
    assert_eq!(errors(&format!("x = {}1{}", "[".repeat(65), "]".repeat(65))), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_tree(text in "\\PC{0,200}") {
        parse(&text);
    }

    #[test]
    fn any_tokens_have_a_tree(tokens in proptest::collection::vec(0..TOKENS.len(), 0..60)) {
        let text: String = tokens.iter().map(|it| TOKENS[*it]).collect();
        parse(&text);
    }

    #[test]
    fn a_damaged_example_has_a_tree(
        example in 0..EXAMPLES.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 0..TOKENS.len(), 0..9_usize), 1..6),
    ) {
        let mut text: Vec<char> = EXAMPLES[example].chars().collect();
        for (place, token, lost) in damage {
            let at = place.index(text.len());
            let end = (at + lost).min(text.len());
            text.splice(at..end, TOKENS[token].chars());
        }
        let text: String = text.into_iter().collect();
        let (file, _) = parse(&text);
        for item in &file.items {
            prop_assert!(item.span().end as usize <= text.len());
        }
    }
}
