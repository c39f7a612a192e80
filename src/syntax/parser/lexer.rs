//! Tokens of a text, cut by the grammar's rule `tokens`.

use pest::Parser as _;

use super::grammar::{Grammar, Rule};
use crate::source::{FileId, Span};
use crate::syntax::split::end_of_line;
use crate::syntax::tokens::{Token, TokenKind, Tokens};

/// Number of bytes that are split at once, up to the end of their line, so that no tree of pairs grows with the text.
const AT_ONCE: usize = 1 << 16;

/// Returns the tokens of a text, whether it parses or not.
pub fn tokens(file: FileId, text: &str) -> Tokens {
    let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
    let mut tokens = Vec::new();
    let mut base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while base < text.len() {
        let end = end_of_line(text.as_bytes(), (base + AT_ONCE).min(text.len()));
        let part = text.get(base..end).unwrap_or("");
        let pairs = Grammar::parse(Rule::tokens, part);
        for pair in pairs.expect("INVARIANT: any text is a sequence of tokens") {
            let (start, end) = (pair.as_span().start(), pair.as_span().end());
            let span = Span { file, start: offset(base + start), end: offset(base + end) };
            tokens.push(Token { kind: kind(pair.as_rule(), pair.as_str()), span });
        }
        base = end;
    }
    Tokens::new(tokens)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other rules are no tokens")]
fn kind(rule: Rule, text: &str) -> TokenKind {
    match rule {
        Rule::comment => TokenKind::Comment,
        Rule::text => TokenKind::Text,
        Rule::open_text => TokenKind::OpenText,
        Rule::literal => TokenKind::Literal,
        Rule::word | Rule::part => TokenKind::Word,
        Rule::dot | Rule::mark => match text {
            "." => TokenKind::Dot,
            "->" => TokenKind::Arrow,
            "<->" => TokenKind::BothWays,
            "=" => TokenKind::Equals,
            ":" => TokenKind::Colon,
            "," => TokenKind::Comma,
            "{" | "[" | "(" => TokenKind::Open,
            "}" | "]" | ")" => TokenKind::Close,
            _ => TokenKind::Comparison,
        },
        _ => TokenKind::Unknown,
    }
}
