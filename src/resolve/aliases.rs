//! Services of type external-name (aliases), bound once every service is known.

use std::collections::{BTreeMap, BTreeSet};

use super::endpoints::Target;
use super::report_endpoints;
use super::resolver::Resolver;
use super::scope::{Pending, ScopeId, Waiting};
use super::services::UNBOUND;
use crate::model::Endpoint;
use crate::source::Span;
use crate::syntax::ast::Value;

impl<'a> Resolver<'a> {
    /// Queues the target of an alias, to be bound once every name is known.
    pub(super) fn remember_alias(&mut self, at: usize, scope: ScopeId, to: &'a Value) {
        self.pending.push(Pending { scope, what: Waiting::Alias(at, to) });
    }

    /// Binds every alias. An alias may refer to another alias: as many rounds as there are aliases bind every
    /// alias that is not part of a circle.
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
        self.report_circles(waiting);
    }

    /// Reports each circle of aliases once; aliases that only lead into a circle are not reported.
    fn report_circles(&mut self, waiting: Vec<Pending<'a>>) {
        let mut next: BTreeMap<usize, (usize, Span)> = BTreeMap::new();
        for it in waiting {
            if let Waiting::Alias(at, value) = it.what
                && let [one] = self.targets(value, it.scope).as_slice()
                && let Target::UnboundAlias(to) = one.target
            {
                next.insert(at, (to, value.span));
            }
        }
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        for start in next.keys().copied() {
            let mut way = Vec::new();
            let mut at = start;
            while seen.insert(at)
                && let Some((to, span)) = next.get(&at)
            {
                way.push((at, *span));
                at = *to;
            }
            let circle = way.iter().skip_while(|(it, _)| *it != at);
            let path = |it: usize| self.model.aliases[it].path.clone();
            let named: Vec<_> = circle.map(|(it, span)| (path(*it), *span)).collect();
            if let [(path, span), others @ ..] = named.as_slice() {
                self.diagnostics.push(report_endpoints::alias_circle(*span, path, others));
            }
        }
    }

    /// Drops the aliases that could not be bound. Runs when nothing refers to rows by their index any more.
    pub(super) fn drop_unbound_aliases(&mut self) {
        self.model.to_mut().aliases.retain(|it| it.to != UNBOUND);
    }

    /// Binds one alias; `false` if its target is an alias that is not bound yet.
    fn bind_alias(&mut self, at: usize, value: &'a Value, scope: ScopeId) -> bool {
        let found = self.targets(value, scope);
        let [one] = found.as_slice() else {
            if !found.is_empty() {
                self.not_one_service(value);
            }
            return true;
        };
        match &one.target {
            Target::Endpoint(Endpoint::Workload(id))
                if self.model.workload(*id).service.is_some() =>
            {
                self.model.to_mut().aliases[at].to = *id;
                true
            }
            Target::UnboundAlias(_) => false,
            Target::Unresolved => true,
            _other => {
                self.not_one_service(value);
                true
            }
        }
    }

    fn not_one_service(&mut self, value: &Value) {
        let written = self.files.text(value.span).to_owned();
        self.diagnostics.push(report_endpoints::not_one_service(value.span, &written));
    }
}
