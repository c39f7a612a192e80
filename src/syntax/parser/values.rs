//! Values and endpoints: converts pairs to values.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::{Children, Reader};
use crate::diagnostics::Severity;
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::{Cut, Path, Text, Value, ValueKind};
use crate::syntax::{literal, report, text};

impl Reader<'_> {
    /// Returns the value of a pair.
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

    /// Returns the value of a word with its suffix: a call, or an object of the cluster.
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

    /// Returns the value behind the colon.
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

    /// Returns the path `a.b.c`.
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

    /// Returns the path `a."b.c".d` of a `set`.
    pub(super) fn set_path(&mut self, pair: &Pair<'_, Rule>) -> Vec<Spanned<String>> {
        let (whole, written) = (self.span(pair), pair.as_str());
        let pieces = text::segments(written);
        let mut path = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let start = whole.start as usize + piece.start;
            let span = self.place(start, whole.start as usize + piece.end);
            let segment = written.get(piece).unwrap_or("");
            let plain = if segment.starts_with('"') {
                self.plain(segment, span)
            } else {
                segment.to_owned()
            };
            path.push(Spanned::new(plain, span));
        }
        path
    }

    /// Returns a number, an address, a network, a range, ports or a day.
    pub(super) fn literal(&mut self, pair: &Pair<'_, Rule>) -> Value {
        let span = self.span(pair);
        let kind = literal::read(pair.as_str()).unwrap_or_else(|wrong| {
            self.diagnostics.push(report::literal(pair.as_str(), span, &wrong));
            ValueKind::Bad
        });
        Value { kind, span }
    }

    /// Returns a literal at the position of a port.
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

    /// Returns a string with its interpolations.
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> Text {
        let span = self.span(pair);
        let plain = self.plain(pair.as_str(), span);
        let pieces = text::pieces(pair.as_str());
        if pieces.is_empty() {
            return Text::plain(plain, span);
        }
        match self.cut(pieces, span) {
            // The braces are those of `\u{…}`.
            Ok(cut) if matches!(cut.as_slice(), [Cut::Plain(it)] if *it == plain) => {
                Text::plain(plain, span)
            }
            cut => Text::cut(plain, span, cut),
        }
    }

    /// Returns the pieces of a string with the values in its braces, or the first invalid brace. Nothing is reported:
    /// only some strings are interpolated.
    fn cut(&mut self, pieces: Vec<text::Piece<'_>>, string: Span) -> Result<Vec<Cut>, Span> {
        let mut cut = Vec::new();
        for piece in pieces {
            let (open, inside) = match piece {
                text::Piece::Plain(text) => {
                    cut.push(Cut::Plain(text));
                    continue;
                }
                text::Piece::Expression { open, inside } => (open, Some(inside)),
                text::Piece::Unpaired(open) => (open, None),
            };
            let open = string.start as usize + open;
            let wrong = self.place(open, open + 1);
            let diagnostics = std::mem::take(&mut self.diagnostics);
            let value = inside.and_then(|it| self.interpolation(it, open + 1));
            let found = std::mem::replace(&mut self.diagnostics, diagnostics);
            let value = value.filter(|_| found.count(Severity::Error) == 0);
            cut.push(Cut::Value(value.ok_or(wrong)?));
        }
        Ok(cut)
    }

    /// Returns the characters of a string, escapes resolved. Unknown escapes are reported.
    pub(super) fn plain(&mut self, written: &str, span: Span) -> String {
        let (plain, wrong) = text::plain(written);
        for place in wrong {
            let start = span.start as usize;
            let escape = written.get(place.clone()).unwrap_or("");
            let span = self.place(start + place.start, start + place.end);
            self.diagnostics.push(report::escape(escape, span));
        }
        plain
    }

    /// Returns a string that is not interpolated.
    pub(super) fn string(&mut self, pair: &Pair<'_, Rule>) -> Spanned<String> {
        let span = self.span(pair);
        Spanned::new(self.plain(pair.as_str(), span), span)
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}
