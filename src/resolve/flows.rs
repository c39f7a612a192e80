//! Flows: binds both ends and checks ownership.

use super::expand::description;
use super::fields::Body;
use super::ports::Omitted;
use super::resolver::Resolver;
use super::scope::{ScopeId, ScopeKind};
use crate::model::{Client, Flow, Owner, TenantId};
use crate::scalar::Date;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{self, ValueKind};

impl<'a> Resolver<'a> {
    /// Binds `flow A -> B`.
    pub(super) fn flow(&mut self, flow: &'a ast::Flow, scope: ScopeId) {
        let body = self.body(&flow.items, scope, "a flow", &["reason", "until"]);
        self.only_fields(&body, "a flow");
        let reason = body.fields.get("reason").and_then(|it| self.literal(&it.value));
        let until = self.date(&body, "until");
        let layer = self.layer(scope, flow.span);
        let author = self.author(self.written_at(scope, flow.span));
        let site = self.site(flow.span, scope);
        let reason = reason.or_else(|| description(&flow.doc));
        let add =
            |this: &mut Self, clients: &'a ast::Value, servers: &'a ast::Value, reverse: bool| {
                let clients = if reverse {
                    this.clients_of_reverse(clients, scope)
                } else {
                    this.clients(clients, scope).bound
                };
                let servers = this.servers(servers, scope, Omitted::Default).bound;
                if !this.check_ends(site.span.file, site.span, &clients, &servers, "flow") {
                    return;
                }
                let (reason, until) = (reason.clone(), until.clone());
                let flow = Flow { clients, servers, layer, author, reason, until, site };
                this.model.to_mut().flows.push(flow);
            };
        if flow.both_ways {
            add(self, &flow.clients, &flow.servers, true);
            add(self, &flow.servers, &flow.clients, true);
        } else {
            add(self, &flow.clients, &flow.servers, false);
        }
    }

    /// The clients of one direction of `<->`; ports written at them apply to the other direction.
    fn clients_of_reverse(&mut self, value: &'a ast::Value, scope: ScopeId) -> Vec<Client> {
        match &value.kind {
            ValueKind::WithPort(of, _) => self.clients(of, scope).bound,
            ValueKind::List(members) => {
                members.iter().flat_map(|it| self.clients_of_reverse(it, scope)).collect()
            }
            _kind => self.clients(value, scope).bound,
        }
    }

    /// The layer of a flow in the output: the tenant in whose block (or file) the flow is written.
    fn layer(&self, scope: ScopeId, span: Span) -> Owner {
        let it = self.scope(scope);
        match it.kind {
            ScopeKind::Tenant => it.owner,
            ScopeKind::Top => self.author(span),
            ScopeKind::Use { .. } | ScopeKind::Profile => Owner::Platform,
        }
    }

    /// Place whose file determines the author of a flow or rule: the outermost `use`, else the flow or rule
    /// itself. The flows of a profile belong to the profile's file, wherever it is applied.
    pub(super) fn written_at(&self, scope: ScopeId, span: Span) -> Span {
        let mut written = span;
        let mut at = scope;
        while let ScopeKind::Use { user, span, .. } = &self.scope(at).kind {
            (written, at) = (*span, *user);
        }
        written
    }

    /// The owner of the file that contains a place.
    pub(super) fn author(&self, span: Span) -> Owner {
        let tenant = self.declared.owners.of_file(span.file);
        let id = tenant
            .and_then(|name| self.model.tenants.binary_search_by(|it| it.name.cmp(name)).ok());
        id.map_or(Owner::Platform, |at| Owner::Tenant(TenantId::new(at)))
    }

    /// A date field.
    fn date(&mut self, body: &Body<'a>, name: &str) -> Option<Spanned<Date>> {
        let field = body.fields.get(name)?;
        let (settled, _) = self.settle(&field.value, body.scope);
        if let ValueKind::Date(date) = settled.kind {
            return Some(Spanned::new(date, field.value.span));
        }
        self.wrong_kind(settled, "a day: `2027-01-31`");
        None
    }
}
