//! Uses of components: arguments, a scope for each use, and the declarations in its body.

use std::collections::BTreeMap;

use super::fields::words;
use super::parameters::KINDS;
use super::report;
use super::report_components;
use super::report_limits;
use super::report_values;
use super::resolver::Resolver;
use super::scope::{Argument, Named, ScopeId, ScopeKind};
use crate::diagnostics::{Severity, nearest};
use crate::model::NamespaceId;
use crate::scalar::Version;
use crate::source::{ExpansionId, Name, Span, Spanned};
use crate::stdlib;
use crate::syntax::ast::{Component, Item, Parameter, Placed, SAID, Say, Use, Value, ValueKind};

/// The noun for the body of a component in messages.
const COMPONENT: &str = "a component";

/// Maximum nesting depth of components that use each other.
const DEPTH: usize = 64;

/// Maximum number of uses in a cluster, uses inside components included.
const USES: usize = 100_000;

/// Marker for an error that is already reported.
struct Wrong;

impl<'a> Resolver<'a> {
    /// Expands the uses of these scopes, and the uses inside their expansions. A use `in` a namespace of
    /// another use is expanded after that other use.
    pub(super) fn expand_uses(&mut self, scopes: Vec<ScopeId>) {
        let mut waiting: Vec<(ScopeId, &'a Use)> = Vec::new();
        for scope in scopes {
            let uses = self.items(scope).into_iter();
            waiting.extend(
                uses.filter_map(
                    |it| {
                        if let Item::Use(it) = it { Some((scope, &**it)) } else { None }
                    },
                ),
            );
        }
        while !waiting.is_empty() {
            let names: Vec<(ScopeId, Name)> =
                waiting.iter().map(|(scope, it)| (*scope, used_name(it).node.clone())).collect();
            let ready = |(scope, it): &(ScopeId, &Use)| {
                let Some(path) = &it.namespace else { return true };
                let Some(first) = path.node.0.first() else { return true };
                let inside = path.node.0.len() > 1;
                let sibling = |of: ScopeId| names.contains(&(of, first.node.clone()));
                !(inside && (sibling(*scope) || sibling(ScopeId::TOP)))
            };
            let (now, later): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(ready);
            // Uses that wait for each other in a circle: the lookup reports which namespace is missing.
            let (now, later) = if now.is_empty() { (later, now) } else { (now, later) };
            for (scope, it) in now {
                self.expand_use(it, scope);
            }
            waiting = later;
        }
    }

    fn expand_use(&mut self, it: &'a Use, user: ScopeId) {
        let name = used_name(it);
        // A use of the platform in a file of a tenant is an error already: who owns its declarations is unknown.
        if user == ScopeId::TOP && self.declared.owners.claim(it.span.file).is_some() {
            return self.give_up_use(name, user);
        }
        let Some(component) = self.declared.components.get(&it.component.node).copied() else {
            if !self.declared.broken.contains(&it.component.node) {
                let own = self.declared.components.values().map(|it| &it.block.name);
                let own = own.map(|it| (it.node.to_string(), self.in_project(it.span)));
                let library = stdlib::names().map(|it| (it.to_owned(), None));
                let known: Vec<_> = own.chain(library).collect();
                self.diagnostics.push(report_components::unknown_component(&it.component, &known));
            }
            return self.give_up_use(name, user);
        };
        if let Some(chain) = self.circle(&it.component.node, user) {
            self.diagnostics.push(report::component_circle(&it.component, &chain));
            return self.give_up_use(name, user);
        }
        if self.multiplies(it, user) {
            return self.give_up_use(name, user);
        }
        if let Some((Named::Use(_), first)) = self.scope(user).names.get(&name.node) {
            let diagnostic = report::use_twice(name, &it.component, *first);
            self.diagnostics.push(diagnostic);
            return;
        }
        let parent = self.scope(user).via;
        let what = format!("component `{}`", it.component);
        let via = self.expansion(what, it.component.span, parent);
        let (path, _) = self.paths(user, &name.node);
        let kind =
            ScopeKind::Use { component: it.component.node.clone(), user, span: it.component.span };
        let owner = self.scope(user).owner;
        let scope = self.open(kind, path, owner, Some(via), None);
        let (arguments, is_known) = self.arguments(it, component, user);
        self.contents_mut(scope).arguments = arguments;
        let (mut items, _) = self.flatten(&component.block.items, scope);
        let Ok(namespace) = self.place_use(it, user, &items, is_known) else {
            return self.give_up_use(name, user);
        };
        self.scope_mut(scope).namespace = namespace;
        if !self.give_name(user, name, Named::Use(scope)) {
            return;
        }
        self.scopes.to_mut().add_use(name.node.clone(), scope);
        self.retain_declarations(&mut items, COMPONENT);
        self.contents_mut(scope).items = items;
        self.declare_namespaces(scope);
        self.expand_uses(vec![scope]);
        self.declare_services(scope);
        self.wait(scope);
    }

    /// Whether components use each other too deeply or too often; reports it.
    fn multiplies(&mut self, it: &Use, user: ScopeId) -> bool {
        let (mut depth, mut outer) = (0, it.component.span);
        let mut at = user;
        while let ScopeKind::Use { user, span, .. } = &self.scope(at).kind {
            (depth, outer) = (depth + 1, *span);
            at = *user;
        }
        self.uses += 1;
        let is_deep = depth >= DEPTH;
        if is_deep || self.uses == USES + 1 {
            self.diagnostics.push(report_limits::uses_multiply(&it.component, outer, is_deep));
        }
        is_deep || self.uses > USES
    }

    /// Marks an invalid use, so that names that its component would have declared are not reported as unknown.
    fn give_up_use(&mut self, name: &Spanned<Name>, user: ScopeId) {
        for scope in [user, ScopeId::TOP] {
            let names = &mut self.scope_mut(scope).names;
            names.entry(name.node.clone()).or_insert((Named::Broken, name.span));
        }
    }

    /// The namespace that `self` means in a use: the namespace after `in`, if the component declares none of
    /// its own.
    fn place_use(
        &mut self,
        it: &'a Use,
        user: ScopeId,
        items: &[&'a Item],
        is_known: bool,
    ) -> Result<Option<NamespaceId>, Wrong> {
        let own_namespace = items.iter().any(|it| matches!(it, Item::Namespace(_)));
        let in_self = |placed: &Placed| {
            let path = placed.namespace.as_ref().map(|it| it.node.0.as_slice());
            path.is_none_or(|it| matches!(it, [only] if only.node.as_str() == "self"))
        };
        let needs_one = items.iter().any(
            |it| matches!(it, Item::Service(placed) | Item::Workload(placed) if in_self(placed)),
        );
        match &it.namespace {
            Some(path) if own_namespace => {
                self.diagnostics.push(report::use_in_with_namespace(path.span, &it.component));
                Err(Wrong)
            }
            Some(path) => {
                let found = self.find_namespace(path, user);
                let found = found.and_then(|id| self.own_namespace(id, path.span, user));
                found.map(Some).ok_or(Wrong)
            }
            None if own_namespace => Ok(None),
            None => {
                let outer = self.scope(user).namespace;
                if outer.is_none() && needs_one {
                    if is_known {
                        self.diagnostics
                            .push(report_components::use_without_namespace(&it.component));
                    }
                    return Err(Wrong);
                }
                Ok(outer)
            }
        }
    }

    /// Keeps the items that a tenant and a component may declare; only a component may declare `warn` and
    /// `fail`.
    pub(super) fn retain_declarations(&mut self, items: &mut Vec<&'a Item>, place: &'static str) {
        items.retain(|item| {
            let declares = matches!(
                item,
                Item::Namespace(_)
                    | Item::Service(_)
                    | Item::Workload(_)
                    | Item::Use(_)
                    | Item::Flow(_)
                    | Item::Accept(_)
                    | Item::Forbid(_)
                    | Item::Assert(_)
                    | Item::Values(_)
                    | Item::Env(_)
            );
            let fits = declares || (place == COMPONENT && matches!(item, Item::Say(_)));
            if !fits {
                self.diagnostics.push(report::wrong_place(item, place));
            }
            fits
        });
    }

    /// The chain of components from `component` back to itself, if `user` is inside one of its uses.
    fn circle(&self, component: &Name, user: ScopeId) -> Option<Vec<(Name, Span)>> {
        let mut chain = Vec::new();
        let mut at = user;
        while let ScopeKind::Use { component: outer, user, span } = &self.scope(at).kind {
            chain.push((outer.clone(), *span));
            if outer == component {
                return Some(chain);
            }
            at = *user;
        }
        None
    }

    /// The arguments of a use, checked against their types, and whether all could be read. A missing argument falls
    /// back to its default; in a use with an invalid item it is unknown.
    fn arguments(
        &mut self,
        it: &'a Use,
        component: &'a Component,
        user: ScopeId,
    ) -> (BTreeMap<Name, Argument<'a>>, bool) {
        let known = words(component.parameters.iter().map(|it| &it.name.node));
        let mark = self.diagnostics.mark();
        let (body, is_whole) = self.argument_fields(it, component, user, &known);
        // An argument that seems missing may be one of the invalid items.
        let is_whole = is_whole && !self.diagnostics.has_errors_since(mark);
        let (mut arguments, mut missing) = (BTreeMap::new(), Vec::new());
        for parameter in &component.parameters {
            let (kind, place) = (&parameter.kind.node, parameter.name.span);
            let argument = Argument::unknown(user, kind, place);
            if !KINDS.contains(&kind.as_str()) {
                self.diagnostics.push(report_values::unknown_kind(&parameter.kind, KINDS));
                arguments.insert(parameter.name.node.clone(), argument);
                continue;
            }
            let name = parameter.name.node.clone();
            let given = body.get(name.as_str()).map(|it| &it.value);
            let is_default = given.is_none();
            let default = parameter.default.as_ref().filter(|_| is_whole);
            let Some(value) = given.or(default) else {
                missing.push(parameter);
                arguments.insert(name, argument);
                continue;
            };
            let mut value = value;
            // An endpoint parameter with a default may be turned off, whatever the default is.
            let none_is_fine = parameter.default.as_ref().is_some_and(|it| {
                it.is_word("none") || matches!(kind.as_str(), "endpoint" | "endpoints")
            });
            let is_word = !(none_is_fine && self.settle(value, user).0.is_word("none"))
                && self.is_bare_word(value, user, parameter, component);
            if !is_word && !self.fits(value, user, kind, none_is_fine) {
                let written = self.files.text(value.span).to_owned();
                self.diagnostics
                    .push(report_values::wrong_argument(value.span, &written, parameter));
                value = &SAID;
            }
            self.tested(it, parameter, value, user);
            let argument = Argument { value, scope: user, kind, is_default, is_word, place };
            arguments.insert(name, argument);
        }
        // The component may use the name of an argument that is not a parameter of it.
        for field in body.into_values() {
            let (kind, place) = (&field.name.node, field.name.span);
            let unknown = Argument::unknown(user, kind, place);
            arguments.entry(kind.clone()).or_insert(unknown);
        }
        let is_known = is_whole && !self.diagnostics.has_errors_since(mark);
        for parameter in missing.into_iter().filter(|_| is_known) {
            self.diagnostics.push(report::missing_argument(&it.component, parameter));
        }
        (arguments, is_known)
    }

    /// Reports a version outside of the range with which its component was tested.
    fn tested(&mut self, it: &Use, parameter: &Parameter, value: &'a Value, user: ScopeId) {
        let Some(tested) = &parameter.tested else { return };
        if parameter.kind.node.as_str() != "version" {
            let (name, kind) = (&parameter.name, &parameter.kind.node);
            self.diagnostics.push(report_values::not_a_version_parameter(name, kind));
            return;
        }
        let mut end = |text: &Spanned<String>| {
            let version = Version::parse(&text.node);
            if version.is_none() {
                self.diagnostics.push(report_values::bad_version(text.span, &text.node));
            }
            version
        };
        let (Some(from), Some(to)) = (end(&tested.from), end(&tested.to)) else { return };
        if from > to {
            self.diagnostics.push(report_values::no_version_tested(tested));
            return;
        }
        let ValueKind::Text(given) = &self.settle(value, user).0.kind else { return };
        let Some(version) = Version::parse(&given.plain) else { return };
        if version.is_within(&from, &to) {
            return;
        }
        let in_library = |span: Span| self.files.file(span.file).is_stdlib();
        let places = [value.span, it.component.span].into_iter().find(|it| !in_library(*it));
        let Some(at) = places.or_else(|| self.use_site(self.scope(user).via)) else { return };
        self.diagnostics.push(report_values::untested_version(at, &it.component, &version, tested));
    }

    /// Reports uses of the library's components with another version than the cluster's block of that name.
    pub(super) fn check_versions(&mut self) {
        let cluster = &self.model.cluster;
        let blocks = [
            ("calico", cluster.calico.as_ref().map(|it| it.version.clone())),
            ("metallb", cluster.metallb.as_ref().map(|it| it.version.clone())),
        ];
        for (component, version) in blocks {
            let Some(of_cluster) = version else { continue };
            let component = Name::new(component);
            for scope in self.scopes.uses_of(&component) {
                self.check_version(&component, scope, &of_cluster);
            }
        }
    }

    fn check_version(&mut self, component: &Name, scope: ScopeId, of_cluster: &Spanned<Version>) {
        let in_library = |span: Span| self.files.file(span.file).is_stdlib();
        let argument = self.argument_of(&Name::new("version"), scope);
        let Some(argument) = argument.filter(|it| in_library(it.place)) else { return };
        let ValueKind::Text(given) = &self.settle(argument.value, argument.scope).0.kind else {
            return;
        };
        let Some(version) = Version::parse(&given.plain) else { return };
        if version.agrees_with(&of_cluster.node) {
            return;
        }
        let place = Some(argument.value.span).filter(|it| !in_library(*it));
        let Some(at) = place.or_else(|| self.use_site(self.scope(scope).via)) else { return };
        let diagnostic = report_values::differs_from_cluster(at, component, &version, of_cluster);
        self.diagnostics.push(diagnostic);
    }

    /// The fields of a `use`, by name, and whether every item of it parses.
    fn argument_fields(
        &mut self,
        it: &'a Use,
        component: &'a Component,
        user: ScopeId,
        known: &[&str],
    ) -> (BTreeMap<&'a str, &'a crate::syntax::ast::Field>, bool) {
        let mut fields = BTreeMap::new();
        let (items, mut is_whole) = self.flatten(&it.items, user);
        for item in items {
            let Item::Field(field) = item else {
                self.diagnostics.push(report::wrong_place(item, "a use"));
                continue;
            };
            let name = field.name.node.as_str();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                let mut parameters = component.parameters.iter().map(|it| &it.name);
                let near = parameters.find(|it| Some(it.node.as_str()) == near);
                let place = near.map_or(component.block.name.span, |it| it.span);
                let diagnostic =
                    report::unknown_parameter(&field.name, &it.component, place, known);
                self.diagnostics.push(diagnostic);
                fields.insert(name, field);
            } else if let Some(first) = fields.insert(name, field) {
                self.diagnostics.push(report::field_twice(self.files, field, first));
            }
            is_whole &= !field.value.is_bad();
        }
        (fields, is_whole)
    }

    /// `warn` and `fail`: reported at the `use` in the project's files that leads to them.
    pub(super) fn say(&mut self, say: &'a Say, scope: ScopeId) {
        let body = self.body(&say.items, scope, "a warning", &["help"]);
        self.only_fields(&body, "a warning");
        let help = self.text(&body, "help").map(|it| it.node);
        let Some(text) = self.string(&say.text, scope) else { return };
        let severity = if say.fail { Severity::Error } else { Severity::Warning };
        let Some(at) = self.use_site(self.scope(scope).via) else { return };
        self.diagnostics.push(report::component_says(
            severity,
            at,
            say.text.span,
            &text,
            help.as_deref(),
        ));
    }

    /// The nearest `use` around an expansion that is written in a file of the project.
    pub(super) fn use_site(&self, via: Option<ExpansionId>) -> Option<Span> {
        let mut at = via?;
        loop {
            let expansion = self.model.expansions.get(at.0 as usize)?;
            let in_project = !self.files.file(expansion.span.file).is_stdlib();
            match expansion.parent {
                Some(parent) if !in_project => at = parent,
                _ => return Some(expansion.span),
            }
        }
    }
}

/// The name of a use: its alias, else its component.
pub(super) fn used_name(it: &Use) -> &Spanned<Name> {
    it.alias.as_ref().unwrap_or(&it.component)
}
