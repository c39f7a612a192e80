//! Unquoted words as arguments: finds the parameters of type string that hold a word of a field, such as
//! `isolate = isolate` in a namespace.

use std::collections::BTreeSet;

use super::resolver::Resolver;
use super::scope::ScopeId;
use crate::source::Name;
use crate::syntax::ast::{Component, Field, Item, Parameter, Use, Value};

/// Fields of a namespace that accept one of a list of words.
const OF_NAMESPACE: &[&str] = &["isolate", "pod-security"];
/// Fields of a service that accept one of a list of words.
const OF_SERVICE: &[&str] = &["type", "traffic-policy"];

impl<'a> Resolver<'a> {
    /// Whether a value is an unquoted word for a parameter that holds a word of a field.
    pub(super) fn is_bare_word(
        &self,
        value: &'a Value,
        scope: ScopeId,
        parameter: &'a Parameter,
        component: &'a Component,
    ) -> bool {
        if parameter.kind.node.as_str() != "string" {
            return false;
        }
        let passed_on = self.argument(value, scope).is_some_and(|it| it.is_word);
        let is_word = self.settle(value, scope).0.word().is_some();
        let name = &parameter.name.node;
        let mut seen = BTreeSet::new();
        passed_on || (is_word && self.carries_word(&component.block.items, name, &mut seen))
    }

    /// Whether a component's body uses a parameter where a word is expected. `seen`: the parameters of other
    /// components that are already checked.
    fn carries_word(
        &self,
        items: &'a [Item],
        parameter: &Name,
        seen: &mut BTreeSet<(&'a Name, &'a Name)>,
    ) -> bool {
        items.iter().any(|item| match item {
            Item::Namespace(block) => has_field(&block.items, OF_NAMESPACE, parameter),
            Item::Service(placed) => has_field(&placed.block.items, OF_SERVICE, parameter),
            Item::When(when) => {
                self.carries_word(&when.then, parameter, seen)
                    || self.carries_word(&when.otherwise, parameter, seen)
            }
            Item::Use(it) => self.passes_word(it, parameter, seen),
            _other => false,
        })
    }

    /// Whether a component's use passes a parameter on to a parameter that holds a word.
    fn passes_word(
        &self,
        it: &'a Use,
        parameter: &Name,
        seen: &mut BTreeSet<(&'a Name, &'a Name)>,
    ) -> bool {
        let Some(inner) = self.declared.components.get(&it.component.node).copied() else {
            return false;
        };
        let passed = fields(&it.items).into_iter().filter(|it| is_parameter(it, parameter));
        passed.into_iter().any(|field| {
            let name = &field.name.node;
            seen.insert((&it.component.node, name))
                && self.carries_word(&inner.block.items, name, seen)
        })
    }
}

/// Whether one of these fields has a parameter as its value.
fn has_field(items: &[Item], names: &[&str], parameter: &Name) -> bool {
    fields(items)
        .into_iter()
        .any(|it| names.contains(&it.name.node.as_str()) && is_parameter(it, parameter))
}

fn is_parameter(field: &Field, parameter: &Name) -> bool {
    field.value.word().is_some_and(|it| it.node == *parameter)
}

/// The fields of a block, including fields under a condition.
fn fields(items: &[Item]) -> Vec<&Field> {
    let mut found = Vec::new();
    for item in items {
        if let Item::Field(field) = item {
            found.push(field);
        } else if let Item::When(when) = item {
            found.extend(fields(&when.then));
            found.extend(fields(&when.otherwise));
        }
    }
    found
}
