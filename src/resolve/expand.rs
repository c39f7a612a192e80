//! The first walk: creates scopes, and a row of the model for every declaration in them.

use std::collections::BTreeMap;

use super::declare::declared_name;
use super::report;
use super::report_endpoints;
use super::resolver::Resolver;
use super::scope::{Argument, Contents, Named, Pending, Scope, ScopeId, ScopeKind, Waiting};
use crate::model::{External, ExternalId, NamespaceId, Owner, Tenant, TenantId};
use crate::scalar::Addresses;
use crate::source::{Expansion, ExpansionId, Name, Site, Span, Spanned};
use crate::syntax::ast::{self, Block, Condition, Item};

impl<'a> Resolver<'a> {
    /// Declares everything: the top level, the tenants, and the components that they use.
    pub(super) fn expand_all(&mut self) {
        let declared = self.declared;
        self.open(ScopeKind::Top, String::new(), Owner::Platform, None, None);
        self.contents_mut(ScopeId::TOP).items = declared.items.clone();
        for name in &declared.broken {
            let span = declared.cluster.span;
            self.scope_mut(ScopeId::TOP).names.insert(name.clone(), (Named::Broken, span));
        }
        for item in &declared.items {
            if let Item::External(block) = item {
                self.external(block);
            }
        }
        let tenants: Vec<ScopeId> =
            declared.tenants.iter().map(|(name, it)| self.tenant(name, it)).collect();
        for tenant in &tenants {
            self.declare_namespaces(*tenant);
        }
        self.expand_uses(std::iter::once(ScopeId::TOP).chain(tenants.iter().copied()).collect());
        let items = self.contents.iter().flat_map(|it| &it.items);
        let services =
            items.filter(|it| matches!(it, Item::Service(_) | Item::Workload(_))).count();
        self.model.to_mut().workloads.reserve(services);
        for tenant in tenants {
            self.declare_services(tenant);
            self.wait(tenant);
        }
        self.wait(ScopeId::TOP);
    }

    /// Creates a scope.
    pub(super) fn open(
        &mut self,
        kind: ScopeKind,
        path: String,
        owner: Owner,
        via: Option<ExpansionId>,
        namespace: Option<NamespaceId>,
    ) -> ScopeId {
        let names = BTreeMap::new();
        self.contents.push(Contents::default());
        self.scopes.to_mut().add(Scope { kind, path, owner, via, namespace, names })
    }

    /// The scope with an id.
    pub(super) fn scope(&self, id: ScopeId) -> &Scope {
        self.scopes.get(id)
    }

    /// Mutable access to the scope with an id.
    pub(super) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        self.scopes.to_mut().get_mut(id)
    }

    /// Mutable access to the syntax of a scope.
    pub(super) fn contents_mut(&mut self, id: ScopeId) -> &mut Contents<'a> {
        self.contents.get_mut(id.0).expect("INVARIANT: a scope is opened with its contents")
    }

    /// The items that apply in a scope.
    pub(super) fn items(&self, id: ScopeId) -> Vec<&'a Item> {
        self.contents.get(id.0).map_or_else(Vec::new, |it| it.items.clone())
    }

    /// The argument of a component's parameter in the scope of a use.
    pub(super) fn argument_of(&self, parameter: &Name, id: ScopeId) -> Option<Argument<'a>> {
        self.contents.get(id.0)?.arguments.get(parameter).copied()
    }

    /// A place as seen from a scope, with the expansion of the scope.
    pub(super) fn site(&self, span: Span, scope: ScopeId) -> Site {
        Site { span, via: self.scope(scope).via }
    }

    /// Adds a row to the table of expansions.
    pub(super) fn expansion(
        &mut self,
        what: String,
        span: Span,
        parent: Option<ExpansionId>,
    ) -> ExpansionId {
        self.model.to_mut().expansions.push(Expansion { what, span, parent });
        ExpansionId(
            u32::try_from(self.model.expansions.len() - 1).expect("INVARIANT: under 4 billion"),
        )
    }

    /// Declares a name in a scope; reports an error and returns `false` if the name is taken.
    pub(super) fn give_name(&mut self, scope: ScopeId, name: &Spanned<Name>, named: Named) -> bool {
        let what = self.word(named);
        if let Some((first, first_span)) = self.scope(scope).names.get(&name.node).copied() {
            if first != Named::Broken {
                let first = self.word(first);
                self.diagnostics.push(report::declared_twice(name, what, first, first_span));
            }
            return false;
        }
        let hidden = self.scope(ScopeId::TOP).names.get(&name.node).copied();
        if let (ScopeKind::Tenant, Some((hidden, span))) = (&self.scope(scope).kind, hidden)
            && hidden != Named::Broken
        {
            let tenant = self.scope(scope).path.clone();
            let hidden = self.word(hidden);
            self.diagnostics.push(report::hides_top(name, what, &tenant, hidden, span));
        }
        self.scope_mut(scope).names.insert(name.node.clone(), (named, name.span));
        true
    }

    /// The keyword of the language for a named item.
    pub(super) fn word(&self, named: Named) -> &'static str {
        match named {
            Named::Namespace(_) => "namespace",
            Named::Workload(id) if self.model.workload(id).service.is_none() => "workload",
            Named::Workload(_) | Named::Alias(_) => "service",
            Named::Use(_) => "use",
            Named::Tenant(_) => "tenant",
            Named::External(_) => "external",
            Named::Broken => "declaration",
        }
    }

    /// The path of a name in a scope, and the same path without the tenant.
    pub(super) fn paths(&self, scope: ScopeId, name: &Name) -> (String, String) {
        let it = self.scope(scope);
        let path =
            if it.path.is_empty() { name.to_string() } else { format!("{}.{name}", it.path) };
        let local = match it.owner {
            Owner::Platform => path.clone(),
            Owner::Tenant(tenant) => {
                let prefix = format!("{}.", self.model.tenant(tenant).name);
                path.strip_prefix(&prefix).unwrap_or(&path).to_owned()
            }
        };
        (path, local)
    }

    /// The items that apply in a scope, and whether they are all: conditions are evaluated, and broken items are reduced
    /// to their names.
    pub(super) fn flatten(&mut self, items: &'a [Item], scope: ScopeId) -> (Vec<&'a Item>, bool) {
        let (mut held, mut is_whole) = (Vec::new(), true);
        for item in items {
            if let Item::When(when) = item {
                let branch = match self.holds(&when.condition, scope) {
                    Some(true) => &when.then,
                    Some(false) => &when.otherwise,
                    None => {
                        is_whole = false;
                        self.declare_broken(when, scope);
                        continue;
                    }
                };
                let (more, are_all) = self.flatten(branch, scope);
                held.extend(more);
                is_whole &= are_all;
            } else if let Item::Broken(broken) = item {
                is_whole = false;
                for name in &broken.names {
                    let names = &mut self.scope_mut(scope).names;
                    names.entry(name.node.clone()).or_insert((Named::Broken, name.span));
                }
            } else {
                held.push(item);
            }
        }
        (held, is_whole)
    }

    /// Declares the names of both branches of a `when` as broken, if its condition cannot be evaluated.
    fn declare_broken(&mut self, when: &'a ast::When, scope: ScopeId) {
        for item in when.then.iter().chain(&when.otherwise) {
            if let Item::When(inner) = item {
                self.declare_broken(inner, scope);
            } else if let Some(name) = declared_name(item) {
                let span = item.name_span();
                let names = &mut self.scope_mut(scope).names;
                names.entry(name.clone()).or_insert((Named::Broken, span));
            }
        }
    }

    /// Evaluates the condition of a `when`; `None` if it is invalid (already reported).
    fn holds(&mut self, condition: &Condition, scope: ScopeId) -> Option<bool> {
        match condition {
            Condition::Given(name) => self.is_given(name, scope),
            Condition::Version(name, comparison, text) => {
                self.version_holds(name, *comparison, text, scope)
            }
        }
    }

    /// Declares a tenant: its row, its scope, and the items of all its blocks.
    fn tenant(&mut self, name: &Name, blocks: &[&'a Block]) -> ScopeId {
        let first = blocks.first().expect("INVARIANT: a tenant has a block");
        let id = TenantId::new(self.model.tenants.len());
        let row = Tenant { name: name.clone(), contact: None, span: first.name.span };
        self.model.to_mut().tenants.push(row);
        let scope = self.open(ScopeKind::Tenant, name.to_string(), Owner::Tenant(id), None, None);
        let spanned = Spanned::new(name.clone(), first.name.span);
        self.give_name(ScopeId::TOP, &spanned, Named::Tenant(scope));
        let mut held = Vec::new();
        for block in blocks {
            self.check_opened_by_owner(block);
            let body = self.body(&block.items, scope, "a tenant", &["files", "contact"]);
            if let Some(contact) = body.fields.get("contact")
                && let Some(text) = self.literal(&contact.value)
            {
                self.model.to_mut().tenants[id.at()].contact = Some(text);
            }
            held.extend(body.items);
        }
        self.retain_declarations(&mut held, "a tenant");
        self.contents_mut(scope).items = held;
        scope
    }

    /// Declares `external NAME { cidrs = …, port … }`.
    fn external(&mut self, block: &'a Block) {
        let id = ExternalId::new(self.model.externals.len());
        if !self.give_name(ScopeId::TOP, &block.name, Named::External(id)) {
            return;
        }
        let body =
            self.body(&block.items, ScopeId::TOP, "an external", &["cidrs", "names", "reason"]);
        let cidrs = match body.fields.get("cidrs") {
            Some(field) => self.networks(&field.value, ScopeId::TOP),
            None => Addresses::default(),
        };
        let mut names = Vec::new();
        if let Some(field) = body.fields.get("names") {
            for value in field.value.members() {
                names.extend(self.literal(value).map(|it| Spanned::new(it, value.span)));
            }
        }
        if !body.fields.contains_key("cidrs") && !body.fields.contains_key("names") {
            self.missing(&body, block.name.span, "external", "cidrs", "`cidrs` or `names`");
        }
        let mut ports = Vec::new();
        let mut is_whole = true;
        for item in &body.items {
            let Item::Port(port) = item else {
                self.diagnostics.push(report::wrong_place(item, "an external"));
                continue;
            };
            let behind = port.pod_port.as_ref().map(|it| it.span);
            let option = port.items.first().map(Item::span);
            if let Some(span) = behind.or(option) {
                self.diagnostics.push(report_endpoints::port_of_external(span, &port.name));
            }
            match self.port_range(&port.service_port, ScopeId::TOP) {
                Some(range) => ports.push((port.name.clone(), range)),
                None => is_whole = false,
            }
        }
        let reason = body.fields.get("reason").and_then(|it| self.literal(&it.value));
        if !is_whole || !self.is_known(&body) {
            let (name, span) = (block.name.node.clone(), block.name.span);
            self.scope_mut(ScopeId::TOP).names.insert(name, (Named::Broken, span));
            return;
        }
        let row = External {
            name: block.name.clone(),
            cidrs,
            names,
            ports,
            span: block.span,
            description: description(&block.doc).or(reason),
        };
        self.model.to_mut().externals.push(row);
    }

    /// Queues the items that refer to other declarations, until every name is known.
    pub(super) fn wait(&mut self, scope: ScopeId) {
        for item in self.items(scope) {
            let waits = matches!(
                item,
                Item::Flow(_)
                    | Item::Accept(_)
                    | Item::Forbid(_)
                    | Item::Assert(_)
                    | Item::Values(_)
                    | Item::Env(_)
                    | Item::Say(_)
            );
            if waits {
                self.pending.push(Pending { scope, what: Waiting::Item(item) });
            }
        }
    }

    /// Binds the queued items.
    pub(super) fn bind_pending(&mut self) {
        self.model.to_mut().flows.reserve(self.pending.len());
        for Pending { scope, what } in std::mem::take(&mut self.pending) {
            match what {
                Waiting::Accept(workload, value) => self.accept_field(workload, value, scope),
                Waiting::Item(Item::Flow(flow)) => self.flow(flow, scope),
                Waiting::Item(Item::Accept(rule)) => self.accept(rule, scope),
                Waiting::Item(Item::Forbid(rule)) => self.forbid(rule, scope),
                Waiting::Item(Item::Assert(assert)) => self.assert(assert, scope),
                Waiting::Item(Item::Values(block)) => self.values(block, scope),
                Waiting::Item(Item::Env(block)) => self.env(block, scope),
                Waiting::Item(Item::Say(say)) => self.say(say, scope),
                Waiting::Item(_) | Waiting::Alias(_, _) => {}
            }
        }
        self.mark_annotated();
    }
}

/// A doc comment joined into one line.
pub(super) fn description(doc: &ast::Doc) -> Option<String> {
    let text = doc.as_ref()?.node.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}
