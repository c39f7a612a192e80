//! Endpoints: resolves a path, an address or a quoted name in a scope.

use std::net::IpAddr;

use ipnet::IpNet;

use super::known::Known;
use super::report_endpoints;
use super::report_values;
use super::resolver::Resolver;
use super::scope::{Named, ScopeId, ScopeKind};
use crate::model::{Absent, Endpoint, NamespaceId, Owner, WorkloadId};
use crate::scalar::Addresses;
use crate::source::{Name, Site, Span, Spanned};
use crate::syntax::ast::{Path, Value, ValueKind};

/// A resolved endpoint of the source, before its ports are resolved.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    /// The target.
    pub(super) target: Target,
    /// The ports written after it, and the scope in which their names are looked up.
    pub(super) ports: Option<(&'a Value, ScopeId)>,
    /// The place of the endpoint.
    pub(super) site: Site,
    /// The text of the endpoint in the source.
    pub(super) written: Span,
}

/// The target that an endpoint names.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A single endpoint.
    Endpoint(Endpoint),
    /// A service, referred to by its load-balancer address.
    LoadBalancer(WorkloadId),
    /// Every namespace of a tenant.
    Tenant(Vec<NamespaceId>),
    /// Every pod of a component's use.
    Use(Vec<WorkloadId>),
    /// A service in every use of a component.
    EveryUse(Vec<WorkloadId>),
    /// Every port declared with `scrape = true`.
    Scraped,
    /// An alias that is not bound yet.
    UnboundAlias(usize),
    /// A target that only other clusters declare, or that exists in no use at all.
    Absent,
    /// An invalid target; the error is already reported.
    Unresolved,
}

impl<'a> Resolver<'a> {
    /// Resolves a value as one end of a flow; follows lists and parameters.
    pub(super) fn targets(&mut self, value: &'a Value, scope: ScopeId) -> Vec<Found<'a>> {
        if let Some(argument) = self.argument(value, scope) {
            let mark = self.diagnostics.mark();
            let found = self.targets(argument.value, argument.scope);
            if argument.is_default && self.diagnostics.take_back(mark) {
                let word = value.word().expect("INVARIANT: an argument is named by a word");
                self.missing_default(word, argument.value.span, scope);
            }
            // A target that comes through a parameter is named at the argument.
            return found;
        }
        match &value.kind {
            ValueKind::List(members) => {
                members.iter().flat_map(|member| self.targets(member, scope)).collect()
            }
            ValueKind::WithPort(of, ports) => {
                let mut found = self.targets(of, scope);
                for it in &mut found {
                    it.ports = Some((ports, scope));
                    it.written = value.span;
                }
                found
            }
            _kind if value.is_word("none") => Vec::new(),
            _kind => {
                let target = self.target(value, scope);
                let site = self.site(value.span, scope);
                vec![Found { target, ports: None, site, written: value.span }]
            }
        }
    }

    fn target(&mut self, value: &'a Value, scope: ScopeId) -> Target {
        match &value.kind {
            ValueKind::Ref(path) => self.named(&Spanned::new(path.clone(), value.span), scope),
            ValueKind::Address(address) => self.address(*address, value.span),
            ValueKind::Network(network) => self.network(*network, value.span),
            ValueKind::Range(from, to) => {
                Target::Endpoint(Endpoint::Addresses(Addresses::range(*from, *to)))
            }
            ValueKind::Text(text) => self.host_name(&text.plain, value.span),
            ValueKind::Bad => Target::Unresolved,
            _kind => {
                self.wrong_kind(
                    value,
                    "an endpoint: a service, a namespace, an external, an address",
                );
                Target::Unresolved
            }
        }
    }

    /// Resolves a path.
    pub(super) fn named(&mut self, path: &Spanned<Path>, scope: ScopeId) -> Target {
        let segments = path.node.0.as_slice();
        if let [word] = segments
            && let Some(target) = self.built_in(word, scope)
        {
            return target;
        }
        let Some((first, rest)) = segments.split_first() else { return Target::Unresolved };
        let own = self.scope(scope).names.get(&first.node).map(|(it, _)| *it);
        if let Some(named) = own
            && scope != ScopeId::TOP
        {
            return self.inside(named, path, rest);
        }
        // A component's use in the current tenant was found above; elsewhere the name refers to all uses of the
        // component.
        let top = if scope == ScopeId::TOP {
            own
        } else {
            self.scope(ScopeId::TOP).names.get(&first.node).map(|(it, _)| *it)
        };
        if let Some(named) = top.filter(|it| !matches!(it, Named::Use(_))) {
            return self.inside(named, path, rest);
        }
        let uses = self.uses_meant(&first.node, scope);
        if uses.is_empty() {
            return self.not_found(path, scope);
        }
        self.in_every_use(&uses, path, rest)
    }

    /// The uses that a name refers to. A component cannot know the aliases of its users: in its body, the name
    /// of a component refers to every use of it.
    fn uses_meant(&self, name: &Name, scope: ScopeId) -> Vec<ScopeId> {
        if matches!(self.scope(scope).kind, ScopeKind::Use { .. }) {
            let every = self.scopes.uses_of(name);
            if !every.is_empty() {
                return every;
            }
        }
        let owner = self.scope(scope).owner;
        let called = self.scopes.uses_called(name).iter().copied();
        called.filter(|it| self.may_be_meant(*it, name, owner)).collect()
    }

    /// Whether a name in an owner's files refers to a use. An alias that a tenant chose counts only in that
    /// tenant's files; otherwise a tenant could take over the meaning of a name that other owners use, and
    /// receive their access.
    fn may_be_meant(&self, used: ScopeId, name: &Name, by: Owner) -> bool {
        let used = self.scope(used);
        let is_alias = !matches!(&used.kind, ScopeKind::Use { component, .. } if component == name);
        !is_alias || used.owner == Owner::Platform || used.owner == by
    }

    fn built_in(&mut self, word: &Spanned<Name>, scope: ScopeId) -> Option<Target> {
        let endpoint = match word.node.as_str() {
            "internet" => Endpoint::Internet,
            "anyone" => Endpoint::Anyone,
            "nodes" => Endpoint::Nodes,
            "apiserver" => Endpoint::Apiserver,
            "dns" => Endpoint::Dns,
            "scraped" => return Some(Target::Scraped),
            "self" => {
                let Some(namespace) = self.scope(scope).namespace else {
                    let path = self.scope(scope).path.clone();
                    self.diagnostics.push(report_endpoints::no_self(word.span, &path));
                    return Some(Target::Unresolved);
                };
                Endpoint::Namespace(namespace)
            }
            _ => return None,
        };
        Some(Target::Endpoint(endpoint))
    }

    /// Resolves the rest of a path inside a named item.
    fn inside(&mut self, named: Named, path: &Spanned<Path>, rest: &[Spanned<Name>]) -> Target {
        let Some((next, after)) = rest.split_first() else {
            return match named {
                Named::Namespace(id) => Target::Endpoint(Endpoint::Namespace(id)),
                Named::Workload(id) => Target::Endpoint(Endpoint::Workload(id)),
                Named::External(id) => Target::Endpoint(Endpoint::External(id)),
                Named::Alias(at) => match self.model.aliases.get(at).map(|it| it.to) {
                    Some(to) if to != super::services::UNBOUND => {
                        Target::Endpoint(Endpoint::Workload(to))
                    }
                    _ => Target::UnboundAlias(at),
                },
                Named::Tenant(inner) => Target::Tenant(self.namespaces_in(inner)),
                Named::Use(inner) => Target::Use(self.workloads_in(inner)),
                Named::Broken => Target::Unresolved,
            };
        };
        match named {
            Named::Tenant(inner) | Named::Use(inner) => {
                match self.scope(inner).names.get(&next.node).map(|(it, _)| *it) {
                    Some(found) => self.inside(found, path, after),
                    None => self.not_found_inside(next, inner),
                }
            }
            Named::Broken => Target::Unresolved,
            Named::Namespace(_) | Named::Workload(_) | Named::Alias(_) | Named::External(_) => {
                let what = self.word(named);
                self.diagnostics.push(report_endpoints::nothing_inside(path, next, what));
                Target::Unresolved
            }
        }
    }

    /// Resolves the rest of a path in every use of a component.
    fn in_every_use(
        &mut self,
        uses: &[ScopeId],
        path: &Spanned<Path>,
        rest: &[Spanned<Name>],
    ) -> Target {
        if let [only] = uses {
            return self.inside(Named::Use(*only), path, rest);
        }
        let Some(next) = rest.first() else {
            let all = uses.iter().flat_map(|it| self.workloads_in(*it)).collect();
            return Target::Use(all);
        };
        let mut workloads = Vec::new();
        let mut missing = None;
        for inner in uses {
            // If only some uses declare the service (`when`), the result contains those uses.
            match self.scope(*inner).names.get(&next.node).map(|(it, _)| *it) {
                Some(Named::Workload(id)) if rest.len() == 1 => workloads.push(id),
                Some(Named::Broken) => {}
                _other => missing = Some(*inner),
            }
        }
        if workloads.is_empty()
            && let Some(inner) = missing
        {
            return self.not_found_inside(next, inner);
        }
        Target::EveryUse(workloads)
    }

    fn not_found_inside(&mut self, next: &Spanned<Name>, inner: ScopeId) -> Target {
        let tenant = self.scope(inner).path.clone();
        if self.is_elsewhere(next.span, &format!("{tenant}.{}", next.node)) {
            return Target::Absent;
        }
        let known = self.known_in(inner);
        let diagnostic = report_endpoints::not_inside(next, &self.scope(inner).path, &known);
        self.diagnostics.push(diagnostic);
        Target::Unresolved
    }

    fn not_found(&mut self, path: &Spanned<Path>, scope: ScopeId) -> Target {
        let Some(first) = path.node.0.first() else { return Target::Unresolved };
        let in_tenant = format!("{}.{}", self.scope(scope).path, first.node);
        if self.is_elsewhere(path.span, first.node.as_str())
            || self.is_elsewhere(path.span, &in_tenant)
        {
            return Target::Absent;
        }
        let component = self.declared.components.contains_key(&first.node)
            || crate::stdlib::text(first.node.as_str()).is_some();
        let in_component = matches!(self.scope(scope).kind, ScopeKind::Use { .. });
        if component && in_component && path.node.0.len() > 1 {
            // A component of the library may refer to another component that this project does not use.
            return Target::Absent;
        }
        if self.declared.profiles.contains_key(&first.node) {
            self.diagnostics.push(report_endpoints::not_an_endpoint(path, "profile"));
            return Target::Unresolved;
        }
        if component {
            let known = self.endpoint_names(scope);
            self.diagnostics.push(report_endpoints::component_not_used(path, &first.node, &known));
            return Target::Unresolved;
        }
        let known = self.endpoint_names(scope);
        let second = path.node.0.get(1).map(|it| self.names_with_inside(scope, &it.node));
        let outer = second.unwrap_or_default();
        let scope = &self.scope(scope).path;
        let diagnostic = report_endpoints::unknown_endpoint(path, scope, &known, &outer);
        self.diagnostics.push(diagnostic);
        Target::Unresolved
    }

    /// Whether only other clusters declare the name; if so, it is recorded in the model.
    fn is_elsewhere(&mut self, span: Span, name: &str) -> bool {
        let Some((cluster, declared)) = self.declared.elsewhere.get(name) else { return false };
        let (name, cluster) = (name.to_owned(), cluster.clone());
        self.model.to_mut().absent.push(Absent { span, name, cluster, declared: *declared });
        true
    }

    /// The names in a scope, with the places of the names that the project declares.
    fn known_in(&self, scope: ScopeId) -> Vec<Known> {
        let names = self.scope(scope).names.iter();
        names.map(|(name, (_, span))| (name.to_string(), self.in_project(*span))).collect()
    }

    /// The place, unless it is in the standard library, which users cannot edit.
    pub(super) fn in_project(&self, span: Span) -> Option<Span> {
        (!self.files.file(span.file).is_stdlib()).then_some(span)
    }

    /// Every valid endpoint name in a scope, with one and two segments.
    fn endpoint_names(&self, scope: ScopeId) -> Vec<Known> {
        let built_in = ["internet", "anyone", "nodes", "apiserver", "dns", "scraped"];
        let mut known: Vec<Known> = built_in.map(|it| (it.to_owned(), None)).into();
        known.extend(self.scope(scope).namespace.map(|_| ("self".to_owned(), None)));
        for at in [scope, ScopeId::TOP] {
            known.extend(self.known_in(at));
            for (name, (named, _)) in &self.scope(at).names {
                if let Named::Use(inner) | Named::Tenant(inner) = named {
                    let inside = self.known_in(*inner).into_iter();
                    known.extend(inside.map(|(it, place)| (format!("{name}.{it}"), place)));
                }
            }
        }
        known
    }

    /// The names in a scope that contain an item named `second`.
    fn names_with_inside(&self, scope: ScopeId, second: &Name) -> Vec<Known> {
        let mut known = Vec::new();
        for at in [scope, ScopeId::TOP] {
            for (name, (named, span)) in &self.scope(at).names {
                if let Named::Use(inner) | Named::Tenant(inner) = named
                    && self.scope(*inner).names.contains_key(second)
                {
                    known.push((name.to_string(), self.in_project(*span)));
                }
            }
        }
        known
    }

    /// Handles the default of a parameter that names an item that the project does not have.
    fn missing_default(&mut self, parameter: &Spanned<Name>, default: Span, scope: ScopeId) {
        let ScopeKind::Use { component, .. } = &self.scope(scope).kind else { return };
        let component = component.clone();
        let at = self.use_site(self.scope(scope).via).unwrap_or(parameter.span);
        let wanted = self.files.text(default).to_owned();
        self.diagnostics.push(report_endpoints::default_is_missing(
            at,
            &component,
            &parameter.node,
            &wanted,
            default,
        ));
    }

    /// Resolves a network, which must not be inside the Service network.
    fn network(&mut self, network: IpNet, span: Span) -> Target {
        let services = self.model.cluster.services.iter();
        if let Some(of) = services.clone().find(|it| it.node.contains(&network)) {
            let services = (of.node, of.span);
            self.diagnostics.push(report_endpoints::network_of_services(span, network, services));
            return Target::Unresolved;
        }
        Target::Endpoint(Endpoint::Addresses(Addresses::of([network])))
    }

    /// Resolves an address, which may belong to a declaration in the source.
    fn address(&mut self, address: IpAddr, span: Span) -> Target {
        let cluster = &self.model.cluster;
        let services = cluster.services.iter().find(|it| it.node.contains(&address));
        if let Some(network) = services
            && network.node.hosts().next() == Some(address)
        {
            let whole = self.with_its_port(span);
            self.diagnostics.push(report_endpoints::address_of_apiserver(span, whole, address));
            return Target::Endpoint(Endpoint::Apiserver);
        }
        if let Some(network) = services {
            let network = (network.node, network.span);
            let whole = self.with_its_port(span);
            let asks_dns = self.files.text(whole).split([':', '/']).nth(1) == Some("53");
            self.diagnostics
                .push(report_endpoints::address_of_some_service(span, address, network, asks_dns));
            return Target::Unresolved;
        }
        if let Some(pods) = self.pods_in(IpNet::from(address)) {
            self.diagnostics.push(report_endpoints::address_of_pod(span, address, pods));
        }
        if let Some((id, place)) = self.load_balancer(address) {
            let workload = self.model.workload(id);
            let diagnostic = report_endpoints::address_of_service(span, address, workload, place);
            self.diagnostics.push(diagnostic);
            return Target::LoadBalancer(id);
        }
        let whole = self.with_its_port(span);
        if let Some(diagnostic) = self.belongs_to_cluster(address, span, whole) {
            self.diagnostics.push(diagnostic);
        }
        Target::Endpoint(Endpoint::Addresses(Addresses::of([IpNet::from(address)])))
    }

    /// The load balancer with an address, fixed in the source or recorded in the lock, and the place that
    /// defines it.
    pub(super) fn load_balancer(&self, address: IpAddr) -> Option<(WorkloadId, Span)> {
        let fixed = self.model.cluster.metallb.iter().flat_map(|it| &it.addresses);
        let mut fixed = fixed.filter(|it| it.address.node == address);
        let fixed = fixed.find_map(|it| Some((it.workload?, it.site.span)));
        fixed.or_else(|| {
            let path = self.locked.get(&address)?;
            let (id, workload) = self.model.workload_ids().find(|(_, it)| it.path == *path)?;
            Some((id, workload.site.span))
        })
    }

    /// The span of an address with its port, if a port follows.
    fn with_its_port(&self, span: Span) -> Span {
        let rest = self.files.file(span.file).text.get(span.end as usize..).unwrap_or("");
        let port = rest.strip_prefix(':').unwrap_or("");
        let more = port.bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'/').count();
        let length = u32::try_from(more).map_or(0, |it| if it == 0 { 0 } else { it + 1 });
        Span { end: span.end + length, ..span }
    }

    /// Reports a quoted host name, and resolves it to the Service with that DNS name, if there is one.
    fn host_name(&mut self, text: &str, span: Span) -> Target {
        let domain = format!(".{}", self.model.cluster.domain);
        let plain = text.trim_end_matches('.');
        let plain = plain.strip_suffix(&domain).unwrap_or(plain);
        let plain = plain.strip_suffix(".svc").unwrap_or(plain);
        let found = plain.split_once('.').and_then(|(name, namespace)| {
            self.model.workload_ids().find(|(_, it)| {
                it.service.as_ref().is_some_and(|it| it.name == name)
                    && self.model.namespace(it.namespace).name == namespace
            })
        });
        let Some((id, workload)) = found else {
            if plain == "kubernetes.default" {
                let whole = self.with_its_port(span);
                self.diagnostics.push(report_endpoints::host_name_of_apiserver(span, whole, text));
                return Target::Endpoint(Endpoint::Apiserver);
            }
            if text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok() {
                let written = self.files.text(span).to_owned();
                self.diagnostics.push(report_values::wrong_kind(span, &written, "an endpoint"));
                return Target::Unresolved;
            }
            self.diagnostics.push(report_endpoints::unknown_host_name(span, text));
            return Target::Unresolved;
        };
        let diagnostic = report_endpoints::host_name_of_service(span, text, &workload.path);
        self.diagnostics.push(diagnostic);
        Target::Endpoint(Endpoint::Workload(id))
    }

    /// The namespaces of a tenant: its own, and the namespaces of the components that it uses.
    pub(super) fn namespaces_in(&self, scope: ScopeId) -> Vec<NamespaceId> {
        let mut found = Vec::new();
        for (named, _) in self.scope(scope).names.values() {
            found.extend(named.as_namespace());
            found.extend(named.as_use().into_iter().flat_map(|it| self.namespaces_in(it)));
        }
        found.sort();
        found.dedup();
        found
    }

    /// The workloads of a component's use, including those of the components that it uses.
    pub(super) fn workloads_in(&self, scope: ScopeId) -> Vec<WorkloadId> {
        let mut found = Vec::new();
        for (named, _) in self.scope(scope).names.values() {
            found.extend(named.as_workload());
            found.extend(named.as_use().into_iter().flat_map(|it| self.workloads_in(it)));
        }
        found.sort();
        found
    }
}
