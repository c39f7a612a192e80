//! Namespaces: their rows, the settings of their profiles, and their lookup.

use super::expand::description;
use super::known::Known;
use super::report;
use super::report_endpoints;
use super::report_owners;
use super::report_values;
use super::resolver::Resolver;
use super::scope::{Named, Pending, ScopeId, ScopeKind, Waiting};
use crate::model::{Isolation, Namespace, NamespaceId, Owner};
use crate::source::{Name, Site, Spanned};
use crate::syntax::ast::{Block, Item, Path, Value};

/// Namespaces of every cluster: kube-apiserver, pkg/controlplane/controller/systemnamespaces, and `default`.
const SYSTEM: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

const FIELDS: &[&str] = &["name", "profile", "isolate", "labels", "pod-security", "dns", "managed"];
const PROFILE_FIELDS: &[&str] = &["isolate", "labels", "pod-security", "dns"];
const POD_SECURITY: &[(&str, &str)] =
    &[("privileged", "privileged"), ("baseline", "baseline"), ("restricted", "restricted")];
const POD_SECURITY_LABEL: &str = "pod-security.kubernetes.io/enforce";

/// Words of the field `isolate`, each with (ingress, egress).
const ISOLATE: &[(&str, (bool, bool))] = &[
    ("none", (false, false)),
    ("ingress", (true, false)),
    ("egress", (false, true)),
    ("both", (true, true)),
];

impl<'a> Resolver<'a> {
    /// Adds a row for every namespace of a scope.
    pub(super) fn declare_namespaces(&mut self, scope: ScopeId) {
        for item in self.items(scope) {
            if let Item::Namespace(block) = item {
                self.namespace(block, scope);
            }
        }
    }

    fn namespace(&mut self, block: &'a Block, scope: ScopeId) {
        let body = self.body(&block.items, scope, "a namespace", FIELDS);
        let name = self.text(&body, "name");
        if !self.is_known(&body) {
            self.give_name(scope, &block.name, Named::Broken);
            return;
        }
        let name =
            name.unwrap_or_else(|| Spanned::new(block.name.node.to_string(), block.name.span));
        self.check_namespace_name(&name);
        self.only_fields(&body, "a namespace");
        let (path, _) = self.paths(scope, &block.name.node);
        let site = self.site(block.name.span, scope);
        let isolate = self.choice(&body, "isolate", ISOLATE);
        let isolate_site = self.site(Self::field_span(&body, "isolate", block.name.span), scope);
        let (ingress, egress) = isolate.as_ref().map_or((false, false), |it| it.node);
        let mut labels =
            body.fields.get("labels").map_or_else(Vec::new, |it| self.labels(&it.value, scope));
        if let Some(level) = self.choice(&body, "pod-security", POD_SECURITY) {
            labels.push((
                POD_SECURITY_LABEL.to_owned(),
                level.node.to_owned(),
                self.site(level.span, scope),
            ));
        }
        let no_dns = body.fields.get("dns").and_then(|field| self.no_dns(&field.value, scope));
        let row = Namespace {
            path,
            name: name.node,
            owner: self.scope(scope).owner,
            managed: self.flag(&body, "managed").is_none_or(|it| it.node),
            isolation: Isolation {
                ingress: ingress.then_some(isolate_site),
                egress: egress.then_some(isolate_site),
            },
            labels,
            no_dns,
            site,
            description: description(&block.doc),
        };
        let is_system = SYSTEM.contains(&row.name.as_str());
        let written = if is_system { self.written_at(scope, block.span) } else { block.span };
        if (is_system || !row.managed)
            && let Owner::Tenant(tenant) = self.author(written)
        {
            let tenant = self.model.tenant(tenant).name.clone();
            // For a component of the standard library, the `use` in the tenant's file is reported.
            let span = if written == block.span { block.name.span } else { written };
            self.diagnostics.push(if is_system {
                report_owners::system_namespace(span, &row.name, tenant.as_str())
            } else {
                report_owners::unmanaged_by_tenant(span, &row.name, tenant.as_str())
            });
        }
        let id = self.merge_namespace(row, &block.name);
        if self.give_name(scope, &block.name, Named::Namespace(id))
            && let Some(profile) = body.fields.get("profile")
        {
            self.apply_profile(&profile.value, id, scope, isolate);
        }
    }

    /// Reads `dns = none`; returns its place.
    fn no_dns(&mut self, value: &'a Value, scope: ScopeId) -> Option<Site> {
        if !value.is_word("none") {
            let written = self.files.text(value.span).to_owned();
            self.diagnostics.push(report_values::not_a_choice(
                value.span,
                &written,
                "dns",
                &["none"],
            ));
            return None;
        }
        self.diagnostics.push(report::dns_turned_off(value.span));
        Some(self.site(value.span, scope))
    }

    /// The row of a namespace: an existing row with the same real name and the same owner, else a new one.
    fn merge_namespace(&mut self, row: Namespace, name: &Spanned<Name>) -> NamespaceId {
        let new = NamespaceId::new(self.model.namespaces.len());
        let id = *self.namespaces.entry(row.name.clone()).or_insert(new);
        if id == new {
            self.model.to_mut().namespaces.push(row);
            return id;
        }
        let first = &mut self.model.to_mut().namespaces[id.at()];
        if first.owner != row.owner {
            let (first, at) = (&first.path, first.site.span);
            let diagnostic = report::namespace_twice(name, &row.path, &row.name, first, at);
            self.diagnostics.push(diagnostic);
            // Each owner keeps its own row, to avoid follow-up errors about its contents.
            self.model.to_mut().namespaces.push(row);
            return new;
        }
        first.isolation.ingress = first.isolation.ingress.or(row.isolation.ingress);
        first.isolation.egress = first.isolation.egress.or(row.isolation.egress);
        first.managed &= row.managed;
        first.no_dns = first.no_dns.or(row.no_dns);
        let conflicts = add_labels(&mut first.labels, row.labels);
        if first.description.is_none() {
            first.description = row.description;
        }
        for (key, old, new) in conflicts {
            self.diagnostics.push(report_values::labels_differ(&key, new.span, old.span));
        }
        id
    }

    /// Applies a profile to a namespace.
    fn apply_profile(
        &mut self,
        value: &'a Value,
        id: NamespaceId,
        user: ScopeId,
        isolate: Option<Spanned<(bool, bool)>>,
    ) {
        let (settled, _) = self.settle(value, user);
        let Some(word) = settled.word() else {
            self.wrong_kind(settled, "the name of a profile: `ml-serving`");
            return;
        };
        let Some(profile) = self.declared.profiles.get(&word.node).copied() else {
            if !self.declared.broken.contains(&word.node) {
                let profiles = self.declared.profiles.values().map(|it| &it.name);
                let known: Vec<_> =
                    profiles.map(|it| (it.node.to_string(), Some(it.span))).collect();
                self.diagnostics.push(report::unknown_profile(word, &known));
            }
            return;
        };
        let parent = self.scope(user).via;
        let via = self.expansion(format!("profile `{}`", profile.name), value.span, parent);
        let path = self.scope(user).path.clone();
        let scope = self.open(ScopeKind::Profile, path, Owner::Platform, Some(via), Some(id));
        let body = self.body(&profile.items, scope, "a profile", PROFILE_FIELDS);
        if let Some(wanted) = self.choice(&body, "isolate", ISOLATE) {
            let site = self.site(Self::field_span(&body, "isolate", profile.name.span), scope);
            let isolation = &mut self.model.to_mut().namespaces[id.at()].isolation;
            let (ingress, egress) = wanted.node;
            if ingress {
                isolation.ingress = isolation.ingress.or(Some(site));
            }
            if egress {
                isolation.egress = isolation.egress.or(Some(site));
            }
            if let Some(own) = isolate
                && ((ingress && !own.node.0) || (egress && !own.node.1))
            {
                self.diagnostics.push(report::weaker_isolation(
                    own.span,
                    &profile.name,
                    wanted.span,
                ));
            }
        }
        if let Some(field) = body.fields.get("labels") {
            let labels = self.labels(&field.value, scope);
            let conflicts = add_labels(&mut self.model.to_mut().namespaces[id.at()].labels, labels);
            for (key, old, new) in conflicts {
                self.diagnostics.push(report_values::labels_differ(&key, old.span, new.span));
            }
        }
        if let Some(level) = self.choice(&body, "pod-security", POD_SECURITY) {
            let site = self.site(level.span, scope);
            let label = (POD_SECURITY_LABEL.to_owned(), level.node.to_owned(), site);
            // The level that the namespace sets itself overrides the profile's.
            let _own_stands =
                add_labels(&mut self.model.to_mut().namespaces[id.at()].labels, vec![label]);
        }
        if let Some(field) = body.fields.get("dns") {
            let no_dns = self.no_dns(&field.value, scope);
            let namespace = &mut self.model.to_mut().namespaces[id.at()];
            namespace.no_dns = namespace.no_dns.or(no_dns);
        }
        for item in body.items {
            if let Item::Flow(_) = item {
                self.pending.push(Pending { scope, what: Waiting::Item(item) });
            } else {
                self.diagnostics.push(report::wrong_place(item, "a profile"));
            }
        }
    }

    /// The namespace that a path names in a scope; reports an error if there is none.
    pub(super) fn find_namespace(
        &mut self,
        path: &Spanned<Path>,
        scope: ScopeId,
    ) -> Option<NamespaceId> {
        let first = path.node.0.first()?;
        let mut at = scope;
        let mut segments = path.node.0.as_slice();
        if let [only] = segments {
            if only.node.as_str() == "self" {
                let found = self.scope(scope).namespace;
                if found.is_none() {
                    let what = self.scope(scope).path.clone();
                    self.diagnostics.push(report_endpoints::no_self(only.span, &what));
                }
                return found;
            }
            if let Some(argument) = self.argument_of(&only.node, scope) {
                let (value, inner) = self.settle(argument.value, argument.scope);
                let inner_path = value.path().map(|it| Spanned::new(it.clone(), value.span));
                return inner_path.and_then(|it| self.find_namespace(&it, inner));
            }
        }
        while let [front, rest @ ..] = segments
            && !rest.is_empty()
        {
            let top = self.scope(ScopeId::TOP).names.get(&front.node);
            let found = self.scope(at).names.get(&front.node).or(top).map(|(named, _)| *named);
            match found {
                Some(Named::Tenant(inner) | Named::Use(inner)) => at = inner,
                Some(Named::Broken) => return None,
                _other => {
                    self.unknown_namespace(path, scope);
                    return None;
                }
            }
            segments = rest;
        }
        let last = segments.first().unwrap_or(first);
        match self.scope(at).names.get(&last.node).map(|(named, _)| *named) {
            Some(Named::Namespace(id)) => Some(id),
            Some(Named::Broken) => None,
            _other => {
                self.unknown_namespace(path, scope);
                None
            }
        }
    }

    /// The namespaces in a scope, each prefixed with `before`.
    fn known_namespaces(&self, scope: ScopeId, before: &str) -> Vec<Known> {
        let names = self.scope(scope).names.iter();
        let names = names.filter(|(_, (named, _))| matches!(named, Named::Namespace(_)));
        names.map(|(it, (_, span))| (format!("{before}{it}"), self.in_project(*span))).collect()
    }

    fn unknown_namespace(&mut self, path: &Spanned<Path>, scope: ScopeId) {
        let names = &self.scope(scope).names;
        let mut known = self.known_namespaces(scope, "");
        known.extend(self.scope(scope).namespace.map(|_| ("self".to_owned(), None)));
        if path.node.0.len() > 1 {
            for (owner, (named, _)) in &self.scope(ScopeId::TOP).names {
                if let Named::Tenant(inner) | Named::Use(inner) = named {
                    known.extend(self.known_namespaces(*inner, &format!("{owner}.")));
                }
            }
        }
        let really = names.iter().find_map(|(name, (named, _))| {
            let real = &self.model.namespace(named.as_namespace()?).name;
            (*real == path.node.to_string()).then_some(name.as_str())
        });
        let scope = &self.scope(scope).path;
        let diagnostic = report::unknown_namespace(path, scope, &known, really);
        self.diagnostics.push(diagnostic);
    }
}

/// Merges labels into `labels`, sorted by key. Returns conflicts: keys that already have another value, with
/// the place that is kept and the place that is rejected.
fn add_labels(
    labels: &mut Vec<(String, String, Site)>,
    more: Vec<(String, String, Site)>,
) -> Vec<(String, Site, Site)> {
    let mut conflicts = Vec::new();
    for (key, value, site) in more {
        match labels.iter().find(|(it, _, _)| *it == key) {
            Some((_, old, _)) if *old == value => {}
            Some((_, _, old)) => conflicts.push((key, *old, site)),
            None => labels.push((key, value, site)),
        }
    }
    labels.sort();
    conflicts
}
