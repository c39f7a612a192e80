//! The functions of `values` and `env`.

use super::endpoints::{Found, Target};
use super::report_values;
use super::resolver::Resolver;
use super::scope::{ScopeId, ScopeKind};
use crate::model::{Endpoint, Leaf, NamespaceId, Port, ServiceType, WorkloadId};
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::{Value, ValueKind};

/// Names of the functions, as candidates for suggestions.
const FUNCTIONS: &[&str] = &[
    "host",
    "port",
    "address",
    "annotations",
    "type",
    "labels",
    "node-ports",
    "name",
    "names",
    "used",
];

impl<'a> Resolver<'a> {
    /// The value of a function call.
    pub(super) fn call(
        &mut self,
        function: &Spanned<Name>,
        arguments: &'a [Value],
        span: Span,
        scope: ScopeId,
    ) -> Option<Leaf> {
        let word = function.node.as_str();
        if !FUNCTIONS.contains(&word) {
            self.diagnostics.push(report_values::unknown_function(function, FUNCTIONS));
            return None;
        }
        let [argument] = arguments else {
            self.diagnostics.push(report_values::one_argument(span, word));
            return None;
        };
        match word {
            "name" => {
                let path = self.path_of(argument, word)?;
                let id = self.find_namespace(&path, scope)?;
                Some(Leaf::Text(self.model.namespace(id).name.clone()))
            }
            "names" => {
                let ids = self.namespace_list(argument, scope)?;
                Some(Leaf::Text(self.real_names(&ids).join(",")))
            }
            "used" => {
                let ids = self.used(argument)?;
                Some(Leaf::List(self.real_names(&ids).into_iter().map(Leaf::Text).collect()))
            }
            "host" => self.host(argument, scope),
            "port" => self.port_number(argument, scope),
            _ => self.of_service(word, argument, scope),
        }
    }

    /// The value of `address(S)`, `annotations(S)`, `type(S)`, `labels(S)` or `node-ports(S)`.
    fn of_service(&mut self, word: &str, argument: &'a Value, scope: ScopeId) -> Option<Leaf> {
        let found = self.one_target(argument, scope, word)?;
        let Target::Endpoint(Endpoint::Workload(id)) = found.target else {
            self.not_for(word, argument, "a service");
            return None;
        };
        let workload = self.model.workload(id);
        let Some(service) = &workload.service else {
            self.not_for(word, argument, "a service");
            return None;
        };
        let site = self.site(argument.span, scope);
        match word {
            "type" => Some(Leaf::Text(service.kind.node.kubernetes().to_owned())),
            "node-ports" => Some(Leaf::Bool(self.model.opens_node_ports(workload))),
            "labels" => {
                let labels = service.labels.iter();
                Some(Leaf::Map(
                    labels
                        .map(|(key, value, _)| (key.clone(), Leaf::Text(value.clone())))
                        .collect(),
                ))
            }
            "annotations" => Some(Leaf::Annotations(id, site)),
            _address => {
                if service.kind.node != ServiceType::LoadBalancer {
                    let diagnostic = report_values::no_address(
                        argument.span,
                        &workload.path,
                        service.kind.node.word(),
                        service.kind.span,
                    );
                    self.diagnostics.push(diagnostic);
                    return None;
                }
                Some(Leaf::Address(id, site))
            }
        }
    }

    /// The full DNS name of a service, or of an external with one name or address.
    fn host(&mut self, argument: &'a Value, scope: ScopeId) -> Option<Leaf> {
        let found = self.one_target(argument, scope, "host")?;
        let host = match &found.target {
            Target::Endpoint(Endpoint::Workload(id)) => {
                let workload = self.model.workload(*id);
                let Some(service) = &workload.service else {
                    self.not_for("host", argument, "a service or an external");
                    return None;
                };
                let namespace = &self.model.namespace(workload.namespace).name;
                format!("{}.{namespace}.svc.{}", service.name, self.model.cluster.domain)
            }
            Target::Endpoint(Endpoint::External(id)) => {
                let external = self.model.external(*id);
                match (external.names.as_slice(), external.cidrs.0.as_slice()) {
                    ([name], []) if !name.node.contains('*') => name.node.clone(),
                    ([], [network]) if network.prefix_len() == network.max_prefix_len() => {
                        network.addr().to_string()
                    }
                    _several => {
                        let (name, place) = (external.name.to_string(), external.name.span);
                        self.diagnostics.push(report_values::not_one_host(
                            argument.span,
                            &name,
                            place,
                        ));
                        return None;
                    }
                }
            }
            Target::Endpoint(Endpoint::Addresses(addresses)) => match addresses.0.as_slice() {
                [network] if network.prefix_len() == network.max_prefix_len() => {
                    network.addr().to_string()
                }
                _several => {
                    self.not_for("host", argument, "one address");
                    return None;
                }
            },
            _other => {
                self.not_for("host", argument, "a service or an external");
                return None;
            }
        };
        Some(Leaf::Text(host))
    }

    /// The Service port of the argument: its only port, or the named port.
    fn port_number(&mut self, argument: &'a Value, scope: ScopeId) -> Option<Leaf> {
        let found = self.one_target(argument, scope, "port")?;
        let ports: Vec<(String, u16, Span)> = match &found.target {
            Target::Endpoint(Endpoint::Workload(id)) => {
                let workload = self.model.workload(*id);
                let headless = workload
                    .service
                    .as_ref()
                    .is_none_or(|it| it.kind.node == ServiceType::Headless);
                let dialed = |it: &Port| match it.service_port {
                    Some(service) if !headless => service.0,
                    _ => it.pod_port.0.from,
                };
                let in_service = workload.ports.iter().any(|it| it.service_port.is_some());
                let eligible = workload.ports.iter().filter(|it| {
                    // Without a name, ports that are not in the Service are not candidates.
                    found.ports.is_some() || !in_service || it.service_port.is_some()
                });
                eligible.map(|it| (it.name.to_string(), dialed(it), it.name.span)).collect()
            }
            Target::Endpoint(Endpoint::External(id)) => {
                let external = self.model.external(*id);
                let ports = external.ports.iter();
                ports.map(|(name, it)| (name.to_string(), it.from, name.span)).collect()
            }
            _other => Vec::new(),
        };
        let Some((value, inner)) = found.ports else {
            if let [(_, port, _)] = ports.as_slice() {
                return Some(Leaf::Int(i64::from(*port)));
            }
            let written = self.files.text(argument.span).to_owned();
            let known: Vec<&str> = ports.iter().map(|(name, _, _)| name.as_str()).collect();
            let place = self.declared_at(&found.target);
            self.diagnostics.push(report_values::which_port(
                argument.span,
                &written,
                &known,
                place,
            ));
            return None;
        };
        let (settled, inner) = self.settle(value, inner);
        if let Some(word) = settled.word() {
            if let Some((_, port, _)) = ports.iter().find(|(name, _, _)| name == word.node.as_str())
            {
                return Some(Leaf::Int(i64::from(*port)));
            }
            let written = self.files.text(settled.span).to_owned();
            let ports = ports.iter();
            let known: Vec<_> =
                ports.map(|(name, _, place)| (name.clone(), self.in_project(*place))).collect();
            let place = self.declared_at(&found.target);
            let of = self.files.text(found.site.span).to_owned();
            self.diagnostics.push(report_values::no_such_port(
                settled.span,
                &of,
                &written,
                &known,
                place,
            ));
            return None;
        }
        let range = self.port_range(settled, inner)?;
        Some(Leaf::Int(i64::from(range.from)))
    }

    /// The place where a file of the project declares a service or an external.
    fn declared_at(&self, target: &Target) -> Option<Span> {
        let Target::Endpoint(endpoint) = target else { return None };
        let workload = endpoint.as_workload().map(|id| self.model.workload(id).site.span);
        let external = |id| self.model.external(id).name.span;
        let place = workload.or_else(|| endpoint.as_external().map(external))?;
        (!self.files.file(place.file).is_stdlib()).then_some(place)
    }

    /// Resolves an argument that must name exactly one target.
    fn one_target(&mut self, argument: &'a Value, scope: ScopeId, word: &str) -> Option<Found<'a>> {
        let mark = self.diagnostics.mark();
        let mut found = self.targets(argument, scope);
        if found.len() == 1 {
            let one = found.pop()?;
            if let Target::EveryUse(workloads) = &one.target
                && let [only] = workloads.as_slice()
            {
                let target = Target::Endpoint(Endpoint::Workload(*only));
                return Some(Found { target, ..one });
            }
            match one.target {
                Target::Endpoint(_) => return Some(one),
                Target::LoadBalancer(id) => {
                    let target = Target::Endpoint(Endpoint::Workload(id));
                    return Some(Found { target, ..one });
                }
                Target::Unresolved | Target::UnboundAlias(_) => return None,
                Target::Tenant(_)
                | Target::Use(_)
                | Target::EveryUse(_)
                | Target::Scraped
                | Target::Absent => {}
            }
        }
        if self.diagnostics.mark() == mark {
            self.not_for(word, argument, "one service");
        }
        None
    }

    fn not_for(&mut self, word: &str, argument: &Value, expected: &str) {
        let written = self.files.text(argument.span).to_owned();
        self.diagnostics.push(report_values::not_for_function(
            argument.span,
            word,
            &written,
            expected,
        ));
    }

    fn path_of(
        &mut self,
        argument: &'a Value,
        word: &str,
    ) -> Option<Spanned<crate::syntax::ast::Path>> {
        let path = argument.path().map(|it| Spanned::new(it.clone(), argument.span));
        if path.is_none() {
            self.not_for(word, argument, "a namespace");
        }
        path
    }

    /// The namespaces of `used(COMPONENT)`, or of a list of namespaces.
    fn namespace_list(&mut self, value: &'a Value, scope: ScopeId) -> Option<Vec<NamespaceId>> {
        if let ValueKind::Call(function, arguments) = &value.kind
            && function.node.as_str() == "used"
            && let [argument] = arguments.as_slice()
        {
            return self.used(argument);
        }
        let (settled, inner) = self.settle(value, scope);
        let mut ids = Vec::new();
        for member in settled.members() {
            let path = self.path_of(member, "names")?;
            ids.push(self.find_namespace(&path, inner)?);
        }
        Some(ids)
    }

    /// The namespaces in which a component is used.
    fn used(&mut self, argument: &'a Value) -> Option<Vec<NamespaceId>> {
        let word = argument.word();
        let known = |name: &Name| {
            self.declared.components.contains_key(name)
                || crate::stdlib::text(name.as_str()).is_some()
        };
        let Some(name) = word.filter(|it| known(&it.node)) else {
            self.not_for("used", argument, "a component");
            return None;
        };
        let mut found = Vec::new();
        for id in self.scopes.uses_of(&name.node) {
            let it = self.scope(id);
            debug_assert!(matches!(it.kind, ScopeKind::Use { .. }), "uses_of gives uses");
            let own = it.names.values().filter_map(|(named, _)| named.as_namespace());
            found.extend(own.chain(it.namespace));
        }
        Some(found)
    }

    /// The real names of namespaces, sorted and without duplicates.
    fn real_names(&self, ids: &[NamespaceId]) -> Vec<String> {
        let mut names: Vec<String> =
            ids.iter().map(|id| self.model.namespace(*id).name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The workload that an argument names, for `address SERVICE = …`.
    pub(super) fn workload_named(
        &mut self,
        path: &Spanned<crate::syntax::ast::Path>,
        scope: ScopeId,
    ) -> Option<WorkloadId> {
        match self.named(path, scope) {
            Target::Endpoint(Endpoint::Workload(id))
                if self.model.workload(id).service.is_some() =>
            {
                Some(id)
            }
            Target::EveryUse(workloads) => match workloads.as_slice() {
                [only] => Some(*only),
                several => {
                    let known: Vec<String> =
                        several.iter().map(|id| self.model.workload(*id).path.clone()).collect();
                    self.diagnostics.push(report_values::which_use(path, &known));
                    None
                }
            },
            Target::Absent | Target::Unresolved | Target::UnboundAlias(_) => None,
            Target::Endpoint(_)
            | Target::LoadBalancer(_)
            | Target::Tenant(_)
            | Target::Use(_)
            | Target::Scraped => {
                self.diagnostics.push(report_values::not_a_service(path));
                None
            }
        }
    }
}
