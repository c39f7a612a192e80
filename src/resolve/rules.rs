//! Rules of owners about flows: `accept`, `forbid`, `assert`.

use super::expand::description;
use super::ports::Omitted;
use super::resolver::Resolver;
use super::scope::{ScopeId, ScopeKind};
use crate::model::{Accept, Assert, Endpoint, Forbid, Owner, Server, WorkloadId};
use crate::scalar::PortSet;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Resolver<'a> {
    /// Binds `accept A -> B`.
    pub(super) fn accept(&mut self, rule: &'a ast::Rule, scope: ScopeId) {
        self.rule_body(rule, scope, "an accept");
        let clients = self.clients(&rule.clients, scope).all();
        let servers = self.servers(&rule.servers, scope, Omitted::DefaultOrAny).all();
        let (Some(clients), Some(servers)) = (clients, servers) else {
            self.model.to_mut().has_all_accepts = false;
            return;
        };
        let author = self.rule_author(scope, rule.span);
        self.check_consent(author, &clients, &servers);
        let site = self.site(rule.span, scope);
        self.model.to_mut().accepts.push(Accept { clients, servers, author, site });
    }

    /// Binds `accept = […]` of a service.
    pub(super) fn accept_field(
        &mut self,
        workload: WorkloadId,
        value: &'a ast::Value,
        scope: ScopeId,
    ) {
        let Some(clients) = self.clients(value, scope).all() else {
            self.model.to_mut().has_all_accepts = false;
            return;
        };
        let site = self.site(value.span, scope);
        let of = self.model.workload(workload);
        let ports = if of.ports.is_empty() { PortSet::Any } else { of.default_ports() };
        let author = self.rule_author(scope, value.span);
        let server = Server {
            endpoint: Endpoint::Workload(workload),
            ports,
            named_by: author,
            by_address: false,
            site,
        };
        self.model.to_mut().accepts.push(Accept { clients, servers: vec![server], author, site });
    }

    /// Binds `forbid A -> B except […]`.
    pub(super) fn forbid(&mut self, rule: &'a ast::Rule, scope: ScopeId) {
        let body = self.body(&rule.items, scope, "a forbid", &["reason"]);
        self.only_fields(&body, "a forbid");
        let reason = body.fields.get("reason").and_then(|it| self.literal(&it.value));
        let clients = self.clients(&rule.clients, scope).bound;
        let servers = self.servers(&rule.servers, scope, Omitted::Any).bound;
        let except = match &rule.except {
            Some(it) => self.clients(it, scope).all(),
            None => Some(Vec::new()),
        };
        let written_at = self.written_at(scope, rule.span);
        if !self.check_guardrail(rule.span, written_at, &clients, &servers) {
            return;
        }
        // What is forbidden is unknown while an exception is.
        let Some(except) = except else { return };
        let author = self.author(written_at);
        let site = self.site(rule.span, scope);
        let reason = reason.or_else(|| description(&rule.doc));
        self.model.to_mut().forbids.push(Forbid { clients, servers, except, author, site, reason });
    }

    /// Binds `assert allow A -> B` and `assert deny A -> B`.
    pub(super) fn assert(&mut self, assert: &'a ast::Assert, scope: ScopeId) {
        let bound = self.bound_assert(assert, scope);
        self.model.to_mut().asserts.push(bound);
    }

    /// An assertion with its names bound.
    pub(super) fn bound_assert(&mut self, assert: &'a ast::Assert, scope: ScopeId) -> Assert {
        self.rule_body(&assert.rule, scope, "an assert");
        let clients = self.clients(&assert.rule.clients, scope).bound;
        let omitted = if assert.allow { Omitted::Default } else { Omitted::DeclaredOrAny };
        let servers = self.servers(&assert.rule.servers, scope, omitted).bound;
        let (allow, span) = (assert.allow, assert.rule.span);
        Assert { allow, clients, servers, span }
    }

    fn rule_body(&mut self, rule: &'a ast::Rule, scope: ScopeId, place: &'static str) {
        let body = self.body(&rule.items, scope, place, &["reason"]);
        self.only_fields(&body, place);
    }

    /// The tenant in whose block or file a rule is written; rules in platform files apply to every owner.
    fn rule_author(&self, scope: ScopeId, span: Span) -> Owner {
        match self.author(self.written_at(scope, span)) {
            Owner::Platform if self.scope(scope).kind == ScopeKind::Tenant => {
                self.scope(scope).owner
            }
            author => author,
        }
    }
}
