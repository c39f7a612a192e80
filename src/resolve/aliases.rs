//! Services of type external-name: bound once every service is known.

use super::Resolver;
use super::endpoints::Target;
use super::report_endpoints;
use super::scope::{Pending, ScopeId, Waiting};
use super::services::UNBOUND;
use crate::model::Endpoint;
use crate::syntax::ast::Value;

impl<'a> Resolver<'a> {
    /// Puts the target of an alias aside.
    pub(super) fn remember_alias(&mut self, at: usize, scope: ScopeId, to: &'a Value) {
        self.pending.push(Pending { scope, what: Waiting::Alias(at, to) });
    }

    /// Binds every alias. One may stand for another: as many rounds as there are aliases reach
    /// every one that is not in a circle.
    pub(super) fn bind_aliases(&mut self) {
        let (mut waiting, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|it| matches!(it.what, Waiting::Alias(_, _)));
        self.pending = rest;
        loop {
            let before = waiting.len();
            waiting.retain(|it| {
                let Waiting::Alias(at, value) = it.what else { return false };
                !self.bind_alias(at, value, it.scope)
            });
            if waiting.len() == before {
                break;
            }
        }
        for it in waiting {
            if let Waiting::Alias(at, value) = it.what {
                let path = self.model.aliases[at].path.clone();
                self.said.push(report_endpoints::alias_circle(value.span, &path));
            }
        }
    }

    /// Drops the aliases that could not be bound, once nothing refers to rows by their places any more.
    pub(super) fn drop_unbound_aliases(&mut self) {
        self.model.aliases.retain(|it| it.to != UNBOUND);
    }

    /// Binds one alias; `false` if what it stands for is an alias that is not bound yet.
    fn bind_alias(&mut self, at: usize, value: &'a Value, scope: ScopeId) -> bool {
        let found = self.targets(value, scope);
        let [one] = found.as_slice() else {
            if !found.is_empty() {
                self.said.push(report_endpoints::not_one_service(value.span));
            }
            return true;
        };
        match &one.target {
            Target::Endpoint(Endpoint::Workload(id))
                if self.model.workload(*id).service.is_some() =>
            {
                self.model.aliases[at].to = *id;
                true
            }
            Target::UnboundAlias => false,
            Target::Unresolved => true,
            _other => {
                self.said.push(report_endpoints::not_one_service(value.span));
                true
            }
        }
    }
}
