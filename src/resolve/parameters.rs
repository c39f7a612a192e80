//! Parameters of components: resolves names in a component's body to their arguments.

use super::known::Known;
use super::report;
use super::report_values;
use super::resolver::Resolver;
use super::scope::{Argument, ScopeId};
use crate::scalar::Version;
use crate::source::{Name, Spanned};
use crate::syntax::ast::{Comparison, Piece, Text, Value, ValueKind};

/// The types of parameters.
pub(super) const KINDS: &[&str] = &[
    "address",
    "bool",
    "cidr",
    "endpoint",
    "endpoints",
    "int",
    "labels",
    "namespace",
    "port",
    "string",
    "version",
];

impl<'a> Resolver<'a> {
    /// Follows parameters to the final value, and the scope in which its names are looked up.
    pub(super) fn settle(&self, value: &'a Value, scope: ScopeId) -> (&'a Value, ScopeId) {
        let mut found = (value, scope);
        while let Some(argument) = self.argument(found.0, found.1) {
            found = (argument.value, argument.scope);
        }
        found
    }

    /// The argument of the parameter that a value names, if it names one.
    pub(super) fn argument(&self, value: &Value, scope: ScopeId) -> Option<Argument<'a>> {
        let word = value.word()?;
        self.argument_of(&word.node, scope)
    }

    /// The word of a parameter of type string, if its argument has no quotes.
    pub(super) fn bare_word(&self, value: &'a Value, scope: ScopeId) -> Option<&'a Name> {
        self.argument(value, scope).filter(|it| it.is_word)?;
        self.settle(value, scope).0.word().map(|it| &it.node)
    }

    /// The pieces of a text; `None` if an interpolation in it does not parse, which is reported.
    pub(super) fn pieces(&mut self, text: &'a Text) -> Option<Vec<Piece<'a>>> {
        text.pieces()
            .map_err(|span| self.diagnostics.push(report_values::bad_interpolation(span)))
            .ok()
    }

    /// The string value of a text, with its parameters interpolated.
    pub(super) fn string(&mut self, text: &'a Text, scope: ScopeId) -> Option<String> {
        let mut whole = String::new();
        for piece in self.pieces(text)? {
            match piece {
                Piece::Plain(plain) => whole.push_str(plain),
                Piece::Value(value) => {
                    let (settled, inner) = self.settle(value, scope);
                    if let Some(word) = self.bare_word(value, scope) {
                        whole.push_str(word.as_str());
                        continue;
                    }
                    match &settled.kind {
                        ValueKind::Text(text) => whole.push_str(&self.string(text, inner)?),
                        ValueKind::Int(number) => whole.push_str(&number.to_string()),
                        ValueKind::Bool(flag) => whole.push_str(&flag.to_string()),
                        ValueKind::Address(address) => whole.push_str(&address.to_string()),
                        ValueKind::Bad => return None,
                        _kind => {
                            self.diagnostics.push(report_values::not_constant(value.span));
                            return None;
                        }
                    }
                }
            }
        }
        Some(whole)
    }

    /// Whether `when PARAM` holds: the boolean is true, or the endpoint or list is not `none`.
    pub(super) fn is_given(&mut self, name: &Spanned<Name>, scope: ScopeId) -> Option<bool> {
        let Some(argument) = self.argument_of(&name.node, scope) else {
            self.unknown_parameter_in_when(name, scope);
            return None;
        };
        let (value, _) = self.settle(argument.value, argument.scope);
        match &value.kind {
            _kind if argument.is_word => Some(true),
            ValueKind::Bool(flag) => Some(*flag),
            ValueKind::List(members) => Some(!members.is_empty()),
            ValueKind::Text(text) => Some(!text.plain.is_empty()),
            ValueKind::Bad => None,
            _kind => Some(!value.is_word("none")),
        }
    }

    /// Whether `when PARAM >= "2.10"` holds.
    pub(super) fn version_holds(
        &mut self,
        name: &Spanned<Name>,
        comparison: Comparison,
        text: &Spanned<String>,
        scope: ScopeId,
    ) -> Option<bool> {
        let Some(argument) = self.argument_of(&name.node, scope) else {
            self.unknown_parameter_in_when(name, scope);
            return None;
        };
        if argument.kind.as_str() != "version" {
            self.diagnostics.push(report_values::not_a_version_parameter(name, argument.kind));
            return None;
        }
        let (value, _) = self.settle(argument.value, argument.scope);
        let ValueKind::Text(given) = &value.kind else { return None };
        let Some(wanted) = Version::parse(&text.node) else {
            self.diagnostics.push(report_values::bad_version(text.span, &text.node));
            return None;
        };
        // An invalid version is reported at the `use`.
        let given = Version::parse(&given.plain)?;
        Some(match comparison {
            Comparison::Less => given < wanted,
            Comparison::LessOrEqual => given <= wanted,
            Comparison::Equal => given == wanted,
            Comparison::NotEqual => given != wanted,
            Comparison::GreaterOrEqual => given >= wanted,
            Comparison::Greater => given > wanted,
        })
    }

    /// The parameters in a scope, with their places.
    pub(super) fn known_parameters(&self, scope: ScopeId) -> Vec<Known> {
        let parameters = self.contents.get(scope.0).into_iter().flat_map(|it| &it.arguments);
        parameters.map(|(name, it)| (name.to_string(), self.in_project(it.place))).collect()
    }

    fn unknown_parameter_in_when(&mut self, name: &Spanned<Name>, scope: ScopeId) {
        let known = self.known_parameters(scope);
        let diagnostic = report::when_without_parameter(name, &known);
        self.diagnostics.push(diagnostic);
    }

    /// Whether a value is valid for a parameter's type. `none_is_fine`: whether `none` is valid, too.
    pub(super) fn fits(
        &self,
        value: &'a Value,
        scope: ScopeId,
        kind: &Name,
        none_is_fine: bool,
    ) -> bool {
        let (settled, _) = self.settle(value, scope);
        if settled.is_word("none") {
            return none_is_fine;
        }
        let it = &settled.kind;
        if matches!(it, ValueKind::Bad) {
            return true;
        }
        match kind.as_str() {
            "string" => matches!(it, ValueKind::Text(_)),
            "version" => {
                matches!(it, ValueKind::Text(text) if Version::parse(&text.plain).is_some())
            }
            "int" => matches!(it, ValueKind::Int(_)),
            "bool" => matches!(it, ValueKind::Bool(_)),
            "address" => matches!(it, ValueKind::Address(_)),
            "cidr" => matches!(it, ValueKind::Network(_) | ValueKind::Address(_)),
            "port" => matches!(it, ValueKind::Int(_) | ValueKind::Ports(_)),
            "labels" => matches!(it, ValueKind::Map(_)),
            "namespace" => matches!(it, ValueKind::Ref(_)),
            "endpoint" => is_endpoint(settled),
            "endpoints" => settled.members().iter().all(is_endpoint),
            _ => true,
        }
    }
}

/// Whether a value is valid as one end of a flow.
fn is_endpoint(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Ref(_)
        | ValueKind::Address(_)
        | ValueKind::Network(_)
        | ValueKind::Range(_, _)
        | ValueKind::Text(_)
        | ValueKind::Bad => true,
        ValueKind::WithPort(of, _) => is_endpoint(of),
        ValueKind::Int(_)
        | ValueKind::Bool(_)
        | ValueKind::Ports(_)
        | ValueKind::Date(_)
        | ValueKind::List(_)
        | ValueKind::Map(_)
        | ValueKind::Call(_, _)
        | ValueKind::Not(_)
        | ValueKind::Object(_, _) => false,
    }
}
