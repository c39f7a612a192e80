//! Values and endpoints: pairs to values.

use pest::iterators::Pair;

use super::{Children, Reader, Rule};
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::{Path, Text, Value, ValueKind};
use crate::syntax::{literal, report, text};

impl Reader<'_> {
    /// The value that a pair is.
    pub(super) fn value(&mut self, pair: Pair<'_, Rule>) -> Value {
        let span = self.span(&pair);
        let mut children = Children::of(pair);
        let first = self.expect(&mut children);
        let mut value = Value { span: self.span(&first), kind: self.primary(first) };
        while let Some(part) = self.next(&mut children) {
            value = if part.as_rule() == Rule::ports {
                let ports = self.ports(part);
                Value { kind: ValueKind::WithPort(Box::new(value), Box::new(ports)), span }
            } else {
                let end = self.span(&part);
                Value { kind: self.applied(&value, part), span: Span { end: end.end, ..span } }
            };
        }
        value
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other rules are no values")]
    fn primary(&mut self, pair: Pair<'_, Rule>) -> ValueKind {
        match pair.as_rule() {
            Rule::text => ValueKind::Text(self.text(&pair)),
            Rule::literal => self.literal(&pair).kind,
            Rule::path => match pair.as_str() {
                "true" => ValueKind::Bool(true),
                "false" => ValueKind::Bool(false),
                _ => ValueKind::Ref(self.path(&pair)),
            },
            Rule::list => ValueKind::List(self.values(pair)),
            Rule::map => ValueKind::Map(self.map(pair)),
            Rule::negation => {
                let mut children = Children::of(pair);
                let inner = self.expect(&mut children);
                let span = self.span(&inner);
                ValueKind::Not(Box::new(Value { kind: self.primary(inner), span }))
            }
            _ => unreachable!("the grammar has no such value"),
        }
    }

    /// A word with what follows it: a call, or an object of the cluster.
    fn applied(&mut self, value: &Value, part: Pair<'_, Rule>) -> ValueKind {
        let word = Name::new(self.text.get(range(value.span)).unwrap_or(""));
        let word = Spanned::new(word, value.span);
        if part.as_rule() == Rule::arguments {
            ValueKind::Call(word, self.values(part))
        } else {
            ValueKind::Object(word, Box::new(self.text(&part)))
        }
    }

    fn values(&mut self, pair: Pair<'_, Rule>) -> Vec<Value> {
        let mut children = Children::of(pair);
        let mut values = Vec::new();
        while let Some(pair) = self.next(&mut children) {
            let value = self.value(pair);
            values.push(value);
        }
        values.shrink_to_fit();
        values
    }

    fn map(&mut self, pair: Pair<'_, Rule>) -> Vec<(Spanned<String>, Value)> {
        let mut children = Children::of(pair);
        let mut entries = Vec::new();
        while let Some(entry) = self.next(&mut children) {
            let mut inner = Children::of(entry);
            let key = self.expect(&mut inner);
            let key = self.key(&key);
            let value = self.expect(&mut inner);
            entries.push((key, self.value(value)));
        }
        entries.shrink_to_fit();
        entries
    }

    fn key(&mut self, pair: &Pair<'_, Rule>) -> Spanned<String> {
        let (span, written) = (self.span(pair), pair.as_str());
        if written.starts_with('"') {
            return self.string(pair);
        }
        if written.contains(['.', '/']) {
            self.diagnostics.push(report::unquoted_key(written, span));
        }
        Spanned::new(written.to_owned(), span)
    }

    /// What stands behind the colon.
    fn ports(&mut self, pair: Pair<'_, Rule>) -> Value {
        let mut children = Children::of(pair);
        let pair = self.expect(&mut children);
        let span = self.span(&pair);
        if pair.as_rule() == Rule::port_value {
            let mut inner = Children::of(pair);
            let pair = self.expect(&mut inner);
            if pair.as_rule() == Rule::literal {
                return self.port_literal(&pair);
            }
            return Value { kind: ValueKind::Ref(self.path(&pair)), span };
        }
        let ports = self.values(pair);
        for port in &ports {
            if let ValueKind::Int(number) = port.kind
                && !literal::is_port(number)
            {
                self.diagnostics.push(report::port_number(&number.to_string(), port.span));
            }
        }
        Value { kind: ValueKind::List(ports), span }
    }

    /// `a.b.c`.
    pub(super) fn path(&self, pair: &Pair<'_, Rule>) -> Path {
        let (written, mut start) = (pair.as_str(), self.span(pair).start);
        let mut segments = Vec::with_capacity(written.matches('.').count() + 1);
        for segment in written.split('.') {
            let length = u32::try_from(segment.len()).expect("INVARIANT: files are under 4 GiB");
            let span = Span { file: self.file, start, end: start + length };
            start = span.end + 1;
            segments.push(Spanned::new(Name::new(segment), span));
        }
        Path(segments)
    }

    /// `a."b.c".d` of a `set`.
    pub(super) fn set_path(&mut self, pair: &Pair<'_, Rule>) -> Vec<Spanned<String>> {
        let (whole, written) = (self.span(pair), pair.as_str());
        let pieces = text::segments(written);
        let mut path = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let start = whole.start as usize + piece.start;
            let span = self.place(start, whole.start as usize + piece.end);
            let segment = written.get(piece).unwrap_or("");
            let plain = if segment.starts_with('"') {
                text::plain(self, segment, span)
            } else {
                segment.to_owned()
            };
            path.push(Spanned::new(plain, span));
        }
        path
    }

    /// A number, an address, a network, a range, ports or a day.
    pub(super) fn literal(&mut self, pair: &Pair<'_, Rule>) -> Value {
        let span = self.span(pair);
        let kind = literal::read(pair.as_str()).unwrap_or_else(|wrong| {
            self.diagnostics.push(report::literal(pair.as_str(), span, &wrong));
            ValueKind::Bad
        });
        Value { kind, span }
    }

    /// A literal where a port stands.
    pub(super) fn port_literal(&mut self, pair: &Pair<'_, Rule>) -> Value {
        let mut value = self.literal(pair);
        if let ValueKind::Int(number) = value.kind
            && !literal::is_port(number)
        {
            self.diagnostics.push(report::port_number(pair.as_str(), value.span));
            value.kind = ValueKind::Bad;
        }
        value
    }

    /// A string with its interpolations.
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> Text {
        text::read(self, pair.as_str(), self.span(pair))
    }

    /// A string that does not interpolate.
    pub(super) fn string(&mut self, pair: &Pair<'_, Rule>) -> Spanned<String> {
        let span = self.span(pair);
        Spanned::new(text::plain(self, pair.as_str(), span), span)
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}
