//! The fields of a block: rejects unknown and duplicate fields, and reads each with its type.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::report;
use super::resolver::Resolver;
use super::scope::ScopeId;
use super::{report_limits, report_values};
use crate::model::{Requirement, Selector};
use crate::scalar::{AddressRange, Addresses, PortRange, Version};
use crate::source::{Name, Site, Span, Spanned};
use crate::syntax::ast::{Field, Item, Value, ValueKind};

/// The fields of a block by name, and its other items; conditions are evaluated.
pub(super) struct Body<'a> {
    /// The fields.
    pub(super) fields: BTreeMap<&'a str, &'a Field>,
    /// The other items.
    pub(super) items: Vec<&'a Item>,
    /// The scope in which names in the block are looked up.
    pub(super) scope: ScopeId,
    /// Whether every item was valid; if not, a field that seems missing may be one of the invalid items.
    pub(super) whole: bool,
    /// Mark of the diagnostics before the block.
    mark: usize,
}

impl<'a> Resolver<'a> {
    /// Splits a block into fields and items. `place` is the noun for it in messages: `a service`.
    pub(super) fn body(
        &mut self,
        items: &'a [Item],
        scope: ScopeId,
        place: &'static str,
        known: &[&str],
    ) -> Body<'a> {
        let mut fields: BTreeMap<&'a str, &'a Field> = BTreeMap::new();
        let mut rest = Vec::new();
        let mark = self.diagnostics.mark();
        let (items, mut whole) = self.flatten(items, scope);
        for item in items {
            let Item::Field(field) = item else {
                rest.push(item);
                continue;
            };
            let name = field.name.node.as_str();
            if !known.contains(&name) {
                whole = false;
                self.diagnostics.push(report::unknown_field(&field.name, place, known));
            } else if let Some(first) = fields.get(name) {
                whole = false;
                self.diagnostics.push(report::field_twice(self.files, field, first));
            } else if self.argument(&field.value, scope).is_none_or(|it| it.is_word)
                || !self.settle(&field.value, scope).0.is_word("none")
            {
                // A field whose value is a parameter that is `none` counts as absent.
                whole &= !self.settle(&field.value, scope).0.is_bad();
                fields.insert(name, field);
            }
        }
        Body { fields, items: rest, scope, whole, mark }
    }

    /// Whether every item of a block and every value that is read so far is valid. If not, the declaration is unknown:
    /// no default may stand for what could not be read.
    pub(super) fn is_known(&self, body: &Body<'a>) -> bool {
        body.whole && !self.diagnostics.has_errors_since(body.mark)
    }

    /// Reports a missing field, unless the block has another error.
    pub(super) fn missing(
        &mut self,
        body: &Body<'a>,
        span: Span,
        what: &str,
        name: &str,
        hint: &str,
    ) {
        if self.is_known(body) {
            self.diagnostics.push(report::missing_field(span, what, name, hint));
        }
    }

    /// Reports every item of a block that accepts only fields.
    pub(super) fn only_fields(&mut self, body: &Body<'a>, place: &'static str) {
        for item in &body.items {
            self.diagnostics.push(report::wrong_place(item, place));
        }
    }

    /// A string without interpolation.
    pub(super) fn literal(&mut self, value: &Value) -> Option<String> {
        if let ValueKind::Text(text) = &value.kind {
            return Some(text.plain.clone());
        }
        self.wrong_kind(value, "a string: `\"…\"`");
        None
    }

    /// A string field.
    pub(super) fn text(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<String>> {
        let field = body.fields.get(name)?;
        self.text_of(&field.value, body.scope)
    }

    /// A string value.
    pub(super) fn text_of(&mut self, value: &'a Value, scope: ScopeId) -> Option<Spanned<String>> {
        let (settled, inner) = self.settle(value, scope);
        if let Some(word) = self.bare_word(value, scope) {
            return Some(Spanned::new(word.to_string(), value.span));
        }
        if let ValueKind::Text(text) = &settled.kind {
            return Some(Spanned::new(self.string(text, inner)?, value.span));
        }
        self.wrong_kind_in(settled, inner, "a string: `\"…\"`");
        None
    }

    /// A boolean field.
    pub(super) fn flag(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<bool>> {
        let field = body.fields.get(name)?;
        let (settled, inner) = self.settle(&field.value, body.scope);
        if let ValueKind::Bool(flag) = settled.kind {
            return Some(Spanned::new(flag, field.value.span));
        }
        self.wrong_kind_in(settled, inner, "`true` or `false`");
        None
    }

    /// An integer field within a range.
    pub(super) fn int<T: TryFrom<i64>>(
        &mut self,
        body: &Body<'a>,
        name: &str,
        what: &str,
    ) -> Option<Spanned<T>> {
        let field = body.fields.get(name)?;
        let (settled, inner) = self.settle(&field.value, body.scope);
        if let ValueKind::Int(number) = settled.kind
            && let Ok(number) = T::try_from(number)
        {
            return Some(Spanned::new(number, field.value.span));
        }
        self.wrong_kind_in(settled, inner, what);
        None
    }

    /// A field whose value is one of a list of words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        body: &Body<'a>,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        let field = body.fields.get(name)?;
        let (settled, _) = self.settle(&field.value, body.scope);
        // A parameter of type string may hold the word.
        let word = match &settled.kind {
            ValueKind::Text(text) if !std::ptr::eq(settled, &raw const field.value) => {
                Some(text.plain.as_str())
            }
            _kind => settled.word().map(|it| it.node.as_str()),
        };
        if let Some((_, it)) = word.and_then(|word| words.iter().find(|(it, _)| *it == word)) {
            return Some(Spanned::new(*it, field.value.span));
        }
        if !matches!(settled.kind, ValueKind::Bad) {
            let known: Vec<&str> = words.iter().map(|(it, _)| *it).collect();
            let written = self.files.text(settled.span).to_owned();
            self.diagnostics.push(report_values::not_a_choice(
                settled.span,
                &written,
                name,
                &known,
            ));
        }
        None
    }

    /// A version field.
    pub(super) fn version(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<Version>> {
        let text = self.text(body, name)?;
        let version = Version::parse(&text.node);
        if version.is_none() {
            self.diagnostics.push(report_values::bad_version(text.span, &text.node));
        }
        version.map(|it| Spanned::new(it, text.span))
    }

    /// An address value.
    pub(super) fn address_of(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
    ) -> Option<Spanned<IpAddr>> {
        let (settled, inner) = self.settle(value, scope);
        if let ValueKind::Address(address) = settled.kind {
            return Some(Spanned::new(address, value.span));
        }
        self.wrong_kind_in(settled, inner, "an address: `192.0.2.1`");
        None
    }

    /// First and last address of a single address, a range or a network.
    pub(super) fn range_of(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
    ) -> Option<Spanned<AddressRange>> {
        let (settled, inner) = self.settle(value, scope);
        let range = match &settled.kind {
            ValueKind::Address(address) => AddressRange::from(*address),
            ValueKind::Range(from, to) => AddressRange { from: *from, to: *to },
            ValueKind::Network(network) => {
                AddressRange { from: network.network(), to: network.broadcast() }
            }
            _kind => {
                self.wrong_kind_in(
                    settled,
                    inner,
                    "an address, a range or a network: `192.0.2.0/24`",
                );
                return None;
            }
        };
        Some(Spanned::new(range, value.span))
    }

    /// A set of addresses: a single address, a range, a network, or a list of them.
    pub(super) fn networks(&mut self, value: &'a Value, scope: ScopeId) -> Addresses {
        let (settled, inner) = self.settle(value, scope);
        let mut found = Addresses::default();
        for member in settled.members() {
            if let Some(range) = self.range_of(member, inner) {
                found = found.union(&Addresses::from(range.node));
            }
        }
        found
    }

    /// A port, a port with its protocol, or a range.
    pub(super) fn port_range(&mut self, value: &'a Value, scope: ScopeId) -> Option<PortRange> {
        let (settled, inner) = self.settle(value, scope);
        match &settled.kind {
            ValueKind::Ports(range) => return Some(*range),
            ValueKind::Int(number) => match u16::try_from(*number) {
                Ok(port) if port > 0 => return Some(PortRange::tcp(port)),
                _ => self.diagnostics.push(report_values::port_out_of_range(settled.span, *number)),
            },
            _kind => self.wrong_kind_in(settled, inner, "a port: `443`, `53/udp`"),
        }
        None
    }

    /// Labels with literal values.
    pub(super) fn labels(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
    ) -> Vec<(String, String, Site)> {
        let (settled, inner) = self.settle(value, scope);
        let ValueKind::Map(entries) = &settled.kind else {
            self.wrong_kind_in(settled, inner, "labels: `{ app = \"x\" }`");
            return Vec::new();
        };
        let mut labels = Vec::new();
        for entry @ (key, value) in entries {
            self.check_label_key(key);
            let first = entries.iter().find(|(it, _)| it.node == key.node);
            if let Some(first) = first.filter(|(it, _)| it.span != key.span) {
                self.diagnostics.push(report_values::label_twice(self.files, entry, first));
                continue;
            }
            if let Some(text) = self.text_of(value, inner) {
                self.check_label_value(&text);
                let site = self.site(key.span.to(value.span), scope);
                labels.push((key.node.clone(), text.node, site));
            }
        }
        labels.sort();
        labels
    }

    /// A selector: `all`, or labels with requirements.
    pub(super) fn selector(&mut self, value: &'a Value, scope: ScopeId) -> Option<Selector> {
        let (settled, inner) = self.settle(value, scope);
        if settled.is_word("all") {
            return Some(Selector::default());
        }
        let ValueKind::Map(entries) = &settled.kind else {
            self.wrong_kind_in(
                settled,
                inner,
                "a selector: `{ app = \"x\" }`, or `all` for every pod of the namespace",
            );
            return None;
        };
        if entries.is_empty() {
            self.diagnostics.push(report_values::empty_selector(settled.span));
            return None;
        }
        let mut requirements: Vec<(String, Requirement)> = Vec::with_capacity(entries.len());
        for entry @ (key, value) in entries {
            self.check_label_key(key);
            let first = entries.iter().find(|(it, _)| it.node == key.node);
            if let Some(first) = first.filter(|(it, _)| it.span != key.span) {
                self.diagnostics.push(report_values::label_twice(self.files, entry, first));
            } else if let Some(requirement) = self.requirement(value, inner) {
                requirements.push((key.node.clone(), requirement));
            }
        }
        requirements.sort();
        Some(Selector(requirements))
    }

    fn requirement(&mut self, value: &'a Value, scope: ScopeId) -> Option<Requirement> {
        if let Some(word) = self.bare_word(value, scope) {
            let text = Spanned::new(word.to_string(), value.span);
            self.check_label_value(&text);
            return Some(Requirement::Is(text.node));
        }
        let (settled, inner) = self.settle(value, scope);
        if settled.is_word("any") {
            return Some(Requirement::Exists);
        }
        if settled.is_word("none") {
            return Some(Requirement::Absent);
        }
        if let ValueKind::Not(denied) = &settled.kind {
            return Some(Requirement::NotIn(self.label_values(denied, inner)?));
        }
        if let ValueKind::List(_) = &settled.kind {
            return Some(Requirement::In(self.label_values(settled, inner)?));
        }
        let text = self.text_of(settled, inner)?;
        self.check_label_value(&text);
        Some(Requirement::Is(text.node))
    }

    fn label_values(&mut self, value: &'a Value, scope: ScopeId) -> Option<Vec<String>> {
        let mut values = Vec::new();
        for member in value.members() {
            let text = self.text_of(member, scope)?;
            self.check_label_value(&text);
            values.push(text.node);
        }
        if values.is_empty() {
            self.diagnostics.push(report_limits::no_label_values(value.span));
            return None;
        }
        values.sort();
        values.dedup();
        Some(values)
    }

    fn check_label_key(&mut self, key: &Spanned<String>) {
        if !is_label_key(&key.node) {
            self.diagnostics.push(report_values::bad_label_key(key));
        }
    }

    fn check_label_value(&mut self, value: &Spanned<String>) {
        if !is_label_value(&value.node) {
            self.diagnostics.push(report_values::bad_label_value(value));
        }
    }

    /// Validates the real name of a namespace: an RFC 1123 label.
    pub(super) fn check_namespace_name(&mut self, name: &Spanned<String>) {
        if !is_dns_label(&name.node) {
            let rule = "an RFC 1123 label: at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit";
            self.diagnostics.push(report_values::bad_real_name(name, "namespace", rule));
        }
    }

    /// Validates the real name of a Service: an RFC 1035 label.
    pub(super) fn check_service_name(&mut self, name: &Spanned<String>) {
        if !is_dns_label(&name.node) || !name.node.starts_with(|it: char| it.is_ascii_lowercase()) {
            let rule = "an RFC 1035 label: at most 63 lower-case letters, digits and `-`, beginning with a letter and not ending with `-`";
            self.diagnostics.push(report_values::bad_real_name(name, "Service", rule));
        }
    }

    /// Validates the name of a Helm release, which must leave room for the suffixes that charts append.
    pub(super) fn check_release_name(&mut self, name: &Spanned<String>) {
        if !is_dns_label(&name.node) || name.node.len() > 53 {
            let rule = "at most 53 lower-case letters, digits and `-`, beginning and ending with a letter or digit";
            self.diagnostics.push(report_values::bad_real_name(name, "Helm release", rule));
        }
    }

    /// Reports a value of the wrong kind, unless its error is already reported.
    pub(super) fn wrong_kind(&mut self, value: &Value, expected: &str) {
        if matches!(value.kind, ValueKind::Bad) {
            return;
        }
        let written = self.files.text(value.span).to_owned();
        self.diagnostics.push(report_values::wrong_kind(value.span, &written, expected));
    }

    /// Reports a value of the wrong kind, and suggests parameters of the scope.
    fn wrong_kind_in(&mut self, value: &Value, scope: ScopeId, expected: &str) {
        let Some(word) = value.word() else { return self.wrong_kind(value, expected) };
        let known = self.known_parameters(scope);
        self.diagnostics.push(report_values::wrong_word(word, expected, &known));
    }

    /// The span of a field, or `otherwise` (the block's name) if the field is absent.
    pub(super) fn field_span(body: &Body<'a>, name: &str, otherwise: Span) -> Span {
        body.fields.get(name).map_or(otherwise, |it| it.span)
    }
}

/// Whether Kubernetes accepts a text as the name of a namespace or a Service: an RFC 1123 label.
pub(super) fn is_dns_label(text: &str) -> bool {
    let edge = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    text.len() <= 63
        && edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text.bytes().all(inner)
}

/// Whether Kubernetes accepts a text as the value of a label.
fn is_label_value(text: &str) -> bool {
    let edge = |it: Option<u8>| it.is_none_or(|it| it.is_ascii_alphanumeric());
    let inner = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
    text.len() <= 63
        && edge(text.bytes().next())
        && edge(text.bytes().next_back())
        && text.bytes().all(inner)
}

/// Whether Kubernetes accepts a text as the key of a label: a name with an optional DNS subdomain and slash
/// before it.
fn is_label_key(text: &str) -> bool {
    let (prefix, name) =
        text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let prefix_fits = prefix.is_none_or(|it| it.len() <= 253 && it.split('.').all(is_dns_label));
    prefix_fits && !name.is_empty() && is_label_value(name)
}

/// The names of some rows, as candidates for suggestions.
pub(super) fn words<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<&'n str> {
    names.map(Name::as_str).collect()
}
