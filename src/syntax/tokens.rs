//! The tokens of a text, including comments: input of the formatter and a language server beside the tree. A text that
//! does not parse has tokens too. Only white space is between tokens, and a byte-order mark before the first.

#[cfg(test)]
pub(super) mod tests;

use crate::source::Span;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its place; it ends on the line on which it begins.
    pub span: Span,
}

/// The kind of a token, without regard to its meaning: keywords are words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `# text`, up to the end of the line.
    Comment,
    /// `"text"`, with its interpolations.
    Text,
    /// A string that is not closed, up to the end of the line.
    OpenText,
    /// A number, address, network, range, port or day.
    Literal,
    /// A name, a segment of a path, or a keyword.
    Word,
    /// `.`
    Dot,
    /// `->`
    Arrow,
    /// `<->`
    BothWays,
    /// `=`
    Equals,
    /// `>=`, `<=`, `==`, `!=`, `>` or `<`
    Comparison,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// `{`, `[` or `(`
    Open,
    /// `}`, `]` or `)`
    Close,
    /// A character that begins no token.
    Unknown,
}

/// The tokens of one text, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// Returns tokens, which must be in the order of their places.
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    /// Returns each token.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Token> + ExactSizeIterator {
        self.0.iter()
    }

    /// Returns the token that contains the byte at an offset, or that ends there if none begins there: the token under
    /// a cursor.
    pub fn at(&self, offset: u32) -> Option<Token> {
        let next = self.0.partition_point(|it| it.span.start <= offset);
        self.0.get(next.checked_sub(1)?).filter(|it| offset <= it.span.end).copied()
    }

    /// Returns the tokens that lie in a place.
    pub fn within(&self, span: Span) -> &[Token] {
        let first = self.0.partition_point(|it| it.span.start < span.start);
        let end = self.0.partition_point(|it| it.span.end <= span.end);
        self.0.get(first..end).unwrap_or_default()
    }
}
