//! The ports of a flow's server: resolves port names and Service ports to pod ports.

use super::endpoints::{Found, Target};
use super::report_endpoints;
use super::resolver::Resolver;
use super::scope::ScopeId;
use crate::diagnostics::nearest;
use crate::model::{Client, Endpoint, Port, Server, ServiceType, Workload, WorkloadId};
use crate::scalar::{PodPort, PortRange, PortSet};
use crate::source::{Name, Span, Spanned};
use crate::syntax::ast::Value;

/// The meaning of a server without a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Omitted {
    /// Its default ports; an error if it declares no port (`flow`, `assert allow`).
    Default,
    /// Its default ports; every port if it declares none (`accept`).
    DefaultOrAny,
    /// Its declared ports, scraped ports included; every port if it declares none (`assert deny`).
    DeclaredOrAny,
    /// Every port (`forbid`).
    Any,
}

/// The ends that a value names.
pub(super) struct Ends<End> {
    /// The ends that could be bound.
    pub(super) bound: Vec<End>,
    /// Whether every end could be bound; if not, the error is already reported.
    pub(super) is_whole: bool,
}

impl<End> Ends<End> {
    /// All ends; `None` if one of them is unknown.
    pub(super) fn all(self) -> Option<Vec<End>> {
        self.is_whole.then_some(self.bound)
    }
}

impl<'a> Resolver<'a> {
    /// The client ends that a value names.
    pub(super) fn clients(&mut self, value: &'a Value, scope: ScopeId) -> Ends<Client> {
        let all = self.targets(value, scope);
        let (mut clients, mut is_whole) = (Vec::with_capacity(all.len()), true);
        for found in all {
            if let Some((ports, _)) = found.ports
                // A parameter may hold the port that applies when it is used as a server.
                && self.argument(value, scope).is_none()
            {
                self.diagnostics.push(report_endpoints::client_with_port(ports.span));
                is_whole = false;
                continue;
            }
            let site = found.site;
            let named_by = self.author(site.span);
            let endpoints: Vec<Endpoint> = match found.target {
                Target::Endpoint(endpoint) => vec![endpoint],
                Target::LoadBalancer(id) => vec![Endpoint::Workload(id)],
                Target::Tenant(namespaces) => {
                    namespaces.into_iter().map(Endpoint::Namespace).collect()
                }
                Target::Use(workloads) | Target::EveryUse(workloads) => {
                    workloads.into_iter().map(Endpoint::Workload).collect()
                }
                Target::Scraped => {
                    self.scraped().into_iter().map(|(id, _)| Endpoint::Workload(id)).collect()
                }
                Target::Absent => Vec::new(),
                Target::Unresolved | Target::UnboundAlias(_) => {
                    is_whole = false;
                    continue;
                }
            };
            let named = |endpoint| Client { endpoint, named_by, site };
            clients.extend(endpoints.into_iter().map(named));
        }
        clients.sort();
        clients.dedup_by(|a, b| a.endpoint == b.endpoint);
        Ends { bound: clients, is_whole }
    }

    /// The server ends that a value names, on their pod ports.
    pub(super) fn servers(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
        omitted: Omitted,
    ) -> Ends<Server> {
        let all = self.targets(value, scope);
        let mut servers = Ends { bound: Vec::with_capacity(all.len()), is_whole: true };
        for found in all {
            self.add_servers(&found, omitted, &mut servers);
        }
        servers.bound.sort();
        servers.bound.dedup_by(|a, b| a.endpoint == b.endpoint && a.ports == b.ports);
        servers
    }

    fn add_servers(&mut self, found: &Found<'a>, omitted: Omitted, servers: &mut Ends<Server>) {
        let site = found.site;
        let named_by = self.author(site.span);
        let by_address = matches!(found.target, Target::LoadBalancer(_));
        let mut add = |endpoint: Endpoint, ports: Option<PortSet>| match ports {
            Some(ports) => {
                servers.bound.push(Server { endpoint, ports, named_by, by_address, site });
            }
            None => servers.is_whole = false,
        };
        match &found.target {
            Target::LoadBalancer(id) => {
                add(Endpoint::Workload(*id), self.workload_ports(found, omitted, *id));
            }
            Target::EveryUse(workloads) => {
                for id in workloads {
                    add(Endpoint::Workload(*id), self.workload_ports(found, omitted, *id));
                }
            }
            Target::Use(workloads) => {
                let ports = self.bare_ports(found, omitted, "a component as a whole");
                for id in workloads {
                    add(Endpoint::Workload(*id), ports.clone());
                }
            }
            Target::Tenant(namespaces) => {
                let ports = self.bare_ports(found, omitted, "a tenant");
                for id in namespaces {
                    add(Endpoint::Namespace(*id), ports.clone());
                }
            }
            Target::Scraped => {
                if let Some((ports, _)) = found.ports {
                    self.diagnostics.push(report_endpoints::has_its_ports(ports.span, "scraped"));
                }
                for (id, ports) in self.scraped() {
                    add(Endpoint::Workload(id), Some(ports));
                }
            }
            Target::Endpoint(endpoint) => {
                let ports = self.endpoint_ports(found, omitted, endpoint);
                add(endpoint.clone(), ports);
            }
            Target::Absent => {}
            Target::Unresolved | Target::UnboundAlias(_) => servers.is_whole = false,
        }
    }

    /// The ports of a server that is a single endpoint.
    fn endpoint_ports(
        &mut self,
        found: &Found<'a>,
        omitted: Omitted,
        endpoint: &Endpoint,
    ) -> Option<PortSet> {
        let what = match endpoint {
            Endpoint::Workload(id) => return self.workload_ports(found, omitted, *id),
            Endpoint::External(id) => return self.external_ports(found, omitted, *id),
            Endpoint::Apiserver => return Some(self.own_ports(found, "apiserver")),
            Endpoint::Dns => return Some(self.own_ports(found, "dns")),
            Endpoint::Namespace(_) => "a namespace",
            Endpoint::Addresses(_) => "an address",
            Endpoint::Internet => "`internet`",
            Endpoint::Anyone => "`anyone`",
            Endpoint::Nodes => "`nodes`",
        };
        self.bare_ports(found, omitted, what)
    }

    /// The ports declared with `scrape = true`, by service.
    fn scraped(&self) -> Vec<(WorkloadId, PortSet)> {
        let scraped = |it: &Workload| {
            let ports: Vec<PodPort> =
                it.ports.iter().filter(|it| it.scrape).map(|it| it.pod_port).collect();
            (!ports.is_empty()).then(|| PortSet::of(ports))
        };
        self.model.workload_ids().filter_map(|(id, it)| Some((id, scraped(it)?))).collect()
    }

    /// The ports of `apiserver` and `dns`, which have predefined ports.
    fn own_ports(&mut self, found: &Found<'a>, word: &str) -> PortSet {
        // An address is recognized as the API server's only with a port.
        if let Some((ports, _)) = found.ports
            && self.files.text(found.site.span) == word
        {
            self.diagnostics.push(report_endpoints::has_its_ports(ports.span, word));
        }
        PortSet::Some(Vec::new())
    }

    /// Ports of a target that declares none: numbers, ranges, `any`.
    fn bare_ports(&mut self, found: &Found<'a>, omitted: Omitted, what: &str) -> Option<PortSet> {
        let Some((value, scope)) = found.ports else {
            if omitted != Omitted::Default {
                return Some(PortSet::Any);
            }
            let written = self.files.text(found.written).to_owned();
            self.diagnostics.push(report_endpoints::port_needed(found.written, &written, what));
            return None;
        };
        self.port_set(value, scope, |this, member, scope| {
            if member.word().is_some() && this.argument(member, scope).is_none() {
                let written = this.files.text(member.span).to_owned();
                this.diagnostics.push(report_endpoints::named_port_of_bare(
                    member.span,
                    &written,
                    what,
                ));
                return None;
            }
            this.port_range(member, scope).map(|it| vec![PodPort(it)])
        })
    }

    /// Ports of an external: declared names, numbers, ranges, `any`; without ports, all declared ones.
    fn external_ports(
        &mut self,
        found: &Found<'a>,
        omitted: Omitted,
        id: crate::model::ExternalId,
    ) -> Option<PortSet> {
        let external = self.model.external(id).clone();
        let Some((value, scope)) = found.ports else {
            if omitted == Omitted::Any || (external.ports.is_empty() && omitted != Omitted::Default)
            {
                return Some(PortSet::Any);
            }
            if external.ports.is_empty() {
                let written = external.name.to_string();
                self.diagnostics.push(report_endpoints::port_needed(
                    found.written,
                    &written,
                    "this external",
                ));
                return None;
            }
            return Some(PortSet::of(external.ports.iter().map(|(_, it)| PodPort(*it))));
        };
        self.port_set(value, scope, |this, member, scope| {
            let (settled, inner) = this.settle(member, scope);
            let Some(word) = settled.word() else {
                return this.port_range(settled, inner).map(|it| vec![PodPort(it)]);
            };
            let declared = external.ports.iter().filter(|(name, _)| name.node == word.node);
            let declared: Vec<PodPort> = declared.map(|(_, it)| PodPort(*it)).collect();
            if declared.is_empty() {
                let known: Vec<(String, String)> = external
                    .ports
                    .iter()
                    .map(|(name, it)| (name.to_string(), it.to_string()))
                    .collect();
                let names = external.ports.iter().map(|(it, _)| it);
                let place = nearest_to(word, names).unwrap_or(external.name.span);
                this.diagnostics.push(report_endpoints::unknown_port(
                    member.span,
                    &word.node,
                    external.name.node.as_str(),
                    place,
                    &known,
                ));
                return None;
            }
            Some(declared)
        })
    }

    /// Pod ports of a service or workload, with written or omitted ports.
    fn workload_ports(
        &mut self,
        found: &Found<'a>,
        omitted: Omitted,
        id: WorkloadId,
    ) -> Option<PortSet> {
        let workload = self.model.workload(id);
        let Some((value, scope)) = found.ports else {
            if omitted == Omitted::Any || (workload.ports.is_empty() && omitted != Omitted::Default)
            {
                return Some(PortSet::Any);
            }
            if workload.ports.is_empty() {
                let what = if workload.service.is_some() { "this service" } else { "a workload" };
                let path = workload.path.clone();
                self.diagnostics.push(report_endpoints::port_needed(found.written, &path, what));
                return None;
            }
            if omitted == Omitted::DeclaredOrAny {
                return Some(PortSet::of(workload.ports.iter().map(|it| it.pod_port)));
            }
            return Some(workload.default_ports());
        };
        self.port_set(value, scope, |this, member, scope| this.declared_port(member, scope, id))
    }

    /// One port of a service: a name, or a number that clients dial.
    fn declared_port(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
        id: WorkloadId,
    ) -> Option<Vec<PodPort>> {
        let (settled, inner) = self.settle(value, scope);
        if let Some(word) = settled.word() {
            let workload = self.model.workload(id);
            if let Some(port) = workload.ports.iter().find(|it| it.name.node == word.node) {
                return Some(vec![port.pod_port]);
            }
            let known = known_ports(workload);
            let names = workload.ports.iter().map(|it| &it.name);
            let place = nearest_to(word, names).unwrap_or(workload.site.span);
            let diagnostic = report_endpoints::unknown_port(
                value.span,
                &word.node,
                &workload.path,
                place,
                &known,
            );
            self.diagnostics.push(diagnostic);
            return None;
        }
        let dialed = self.port_range(settled, inner)?;
        self.dialed_port(value.span, dialed, id)
    }

    /// The pod ports behind a port that clients dial.
    fn dialed_port(
        &mut self,
        span: Span,
        dialed: PortRange,
        id: WorkloadId,
    ) -> Option<Vec<PodPort>> {
        let workload = self.model.workload(id);
        let headless =
            workload.service.as_ref().is_none_or(|it| it.kind.node == ServiceType::Headless);
        if workload.service.is_none() {
            return Some(vec![PodPort(dialed)]);
        }
        let translated = |it: &Port| workload.dialed(it).unwrap_or(it.pod_port.0);
        let matching = |it: &&Port| {
            if headless { it.pod_port.0.contains(dialed) } else { translated(it).contains(dialed) }
        };
        if dialed.is_single() {
            let opened = |it: &Port| match it.service_port {
                Some(_) if !headless => it.pod_port,
                _ => PodPort(dialed),
            };
            let mut found = workload.ports.iter().filter(matching);
            if let Some(first) = found.next() {
                if let Some(second) = found.find(|it| opened(it) != opened(first)) {
                    let ports = (first, second);
                    self.diagnostics
                        .push(report_endpoints::two_meanings(span, dialed, workload, ports));
                    return None;
                }
                return Some(vec![opened(first)]);
            }
        } else {
            // A range selects every declared port within it.
            let inside = workload.ports.iter().filter(|it| dialed.contains(translated(it)));
            let inside: Vec<PodPort> = inside.map(|it| it.pod_port).collect();
            if !inside.is_empty() {
                return Some(inside);
            }
        }
        let behind = workload
            .ports
            .iter()
            .find(|it| it.pod_port.0.contains(dialed) && it.service_port.is_some());
        let diagnostic = match behind {
            Some(port) => report_endpoints::pod_port_dialed(span, dialed, workload, port),
            None => {
                report_endpoints::port_not_served(span, dialed, workload, &known_ports(workload))
            }
        };
        self.diagnostics.push(diagnostic);
        None
    }

    /// A set of ports: a single port, a list, or `any`.
    fn port_set<One>(&mut self, value: &'a Value, scope: ScopeId, one: One) -> Option<PortSet>
    where
        One: Fn(&mut Self, &'a Value, ScopeId) -> Option<Vec<PodPort>>,
    {
        if value.is_word("any") {
            return Some(PortSet::Any);
        }
        let mut ports = Vec::new();
        for member in value.members() {
            if member.is_word("any") {
                return Some(PortSet::Any);
            }
            ports.extend(one(self, member, scope)?);
        }
        Some(PortSet::of(ports))
    }
}

/// The ports of a service as messages show them: name, and `80 -> 3000`.
pub(super) fn known_ports(workload: &Workload) -> Vec<(String, String)> {
    let shown = |it: &Port| match it.service_port {
        Some(service) if service.0 != it.pod_port.0.from => {
            format!("{} -> {}", service.0, it.pod_port.0)
        }
        _ => it.pod_port.0.to_string(),
    };
    workload.ports.iter().map(|it| (it.name.to_string(), shown(it))).collect()
}

/// The place of the port whose name is most similar to a word.
fn nearest_to<'n>(
    word: &Spanned<Name>,
    mut names: impl Iterator<Item = &'n Spanned<Name>> + Clone,
) -> Option<Span> {
    let near = nearest(word.node.as_str(), names.clone().map(|it| it.node.as_str()))?;
    names.find(|it| it.node.as_str() == near).map(|it| it.span)
}
