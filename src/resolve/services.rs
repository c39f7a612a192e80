//! Services and workloads: creates their rows.

use super::expand::description;
use super::fields::Body;
use super::report;
use super::report_values;
use super::resolver::Resolver;
use super::scope::{Named, Pending, ScopeId, Waiting};
use crate::model::{
    Alias, NamespaceId, Port, Selector, Service, ServiceType, TrafficPolicy, Workload, WorkloadId,
};
use crate::scalar::{PodPort, ServicePort};
use crate::source::Spanned;
use crate::syntax::ast::{self, Item, Placed, Value, ValueKind};

const FIELDS: &[&str] = &[
    "name",
    "pods",
    "type",
    "managed",
    "labels",
    "share",
    "pool",
    "traffic-policy",
    "host-network",
    "node-ports",
    "to",
    "accept",
    "calls",
];

/// The types of a service; `None` is `external-name`, which has no pods.
const TYPES: &[(&str, Option<ServiceType>)] = &[
    ("cluster-ip", Some(ServiceType::ClusterIp)),
    ("load-balancer", Some(ServiceType::LoadBalancer)),
    ("headless", Some(ServiceType::Headless)),
    ("node-port", Some(ServiceType::NodePort)),
    ("external-name", None),
];

/// The target of an alias until it is bound.
pub(super) const UNBOUND: WorkloadId = WorkloadId::NONE;

impl<'a> Resolver<'a> {
    /// Adds a row for every service and workload of a scope.
    pub(super) fn declare_services(&mut self, scope: ScopeId) {
        for item in self.items(scope) {
            match item {
                Item::Service(placed) => self.service(placed, scope),
                Item::Workload(placed) => self.workload(placed, scope),
                _other => {}
            }
        }
    }

    fn place(
        &mut self,
        placed: &'a Placed,
        scope: ScopeId,
        body: &Body<'a>,
        word: &'static str,
    ) -> Option<NamespaceId> {
        if let Some(path) = &placed.namespace {
            let id = self.find_namespace(path, scope)?;
            return self.own_namespace(id, path.span, scope);
        }
        if let Some(id) = self.scope(scope).namespace {
            return Some(id);
        }
        if self.is_known(body) {
            self.diagnostics.push(report::not_placed(&placed.block.name, word));
        }
        None
    }

    /// Marks the name of an invalid declaration as broken, to avoid follow-up errors.
    fn give_up(&mut self, placed: &'a Placed, scope: ScopeId) {
        self.give_name(scope, &placed.block.name, Named::Broken);
    }

    fn workload(&mut self, placed: &'a Placed, scope: ScopeId) {
        let block = &placed.block;
        let body = self.body(&block.items, scope, "a workload", &["pods", "host-network", "calls"]);
        for item in &body.items {
            if let Item::Port(port) = item {
                self.diagnostics.push(report::workload_with_port(port, &block.name));
            } else {
                self.diagnostics.push(report::wrong_place(item, "a workload"));
            }
        }
        let Some(namespace) = self.place(placed, scope, &body, "workload") else {
            return self.give_up(placed, scope);
        };
        self.add_workload(placed, scope, &body, namespace, Vec::new(), None);
    }

    fn add_workload(
        &mut self,
        placed: &'a Placed,
        scope: ScopeId,
        body: &Body<'a>,
        namespace: NamespaceId,
        ports: Vec<Port>,
        service: Option<Service>,
    ) -> Option<WorkloadId> {
        let block = &placed.block;
        let host_network = self.flag(body, "host-network").is_some_and(|it| it.node);
        let calls_anyone = self.choice(body, "calls", &[("anyone", ())]).is_some();
        let word = if service.is_some() { "service" } else { "workload" };
        let pods = match body.fields.get("pods") {
            Some(field) => self.selector(&field.value, scope),
            None if host_network => Some(Selector::default()),
            None => {
                let hint =
                    "`pods = { app = \"…\" }`: the labels that the pods carry, or `pods = all`";
                self.missing(body, block.name.span, word, "pods", hint);
                None
            }
        };
        let Some(pods) = pods.filter(|_| self.is_known(body)) else {
            self.give_up(placed, scope);
            return None;
        };
        let id = WorkloadId::new(self.model.workloads.len());
        let (path, local) = self.paths(scope, &block.name.node);
        let row = Workload {
            path,
            local,
            namespace,
            owner: self.scope(scope).owner,
            pods,
            host_network,
            calls_anyone,
            ports,
            service,
            site: self.site(block.name.span, scope),
            description: description(&block.doc),
        };
        self.model.to_mut().workloads.push(row);
        if !self.give_name(scope, &block.name, Named::Workload(id)) {
            self.model.to_mut().workloads.pop();
            return None;
        }
        Some(id)
    }

    fn service(&mut self, placed: &'a Placed, scope: ScopeId) {
        let block = &placed.block;
        let body = self.body(&block.items, scope, "a service", FIELDS);
        let namespace = self.place(placed, scope, &body, "service");
        if !body.whole {
            return self.give_up(placed, scope);
        }
        let name = self.text(&body, "name");
        let name =
            name.unwrap_or_else(|| Spanned::new(block.name.node.to_string(), block.name.span));
        self.check_service_name(&name);
        let kind = self.choice(&body, "type", TYPES);
        if kind.is_none() && body.fields.contains_key("type") {
            return self.give_up(placed, scope);
        }
        let kind = kind.unwrap_or(Spanned::new(Some(ServiceType::ClusterIp), block.name.span));
        let Some(service_type) = kind.node else {
            let Some(namespace) = namespace else { return self.give_up(placed, scope) };
            return self.alias(placed, scope, &body, namespace, name.node);
        };
        if let Some(field) = body.fields.get("to") {
            self.diagnostics.push(report::to_without_external_name(field.name.span, &block.name));
        }
        let managed = self.flag(&body, "managed").is_none_or(|it| it.node);
        let policies = [("local", TrafficPolicy::Local), ("cluster", TrafficPolicy::Cluster)];
        let policy = self.choice(&body, "traffic-policy", &policies);
        let by_default = if managed { TrafficPolicy::Local } else { TrafficPolicy::Cluster };
        let service = Service {
            name: name.node,
            kind: Spanned::new(service_type, kind.span),
            managed,
            traffic_policy: policy.as_ref().map_or(by_default, |it| it.node),
            traffic_policy_span: policy.map(|it| self.site(it.span, scope)),
            labels: body
                .fields
                .get("labels")
                .map_or_else(Vec::new, |it| self.labels(&it.value, scope)),
            share: self.text(&body, "share"),
            pool: body.fields.get("pool").and_then(|it| it.value.word().cloned()),
            node_ports: self.flag(&body, "node-ports").is_some_and(|it| it.node),
            annotated: managed,
        };
        let ports = self.ports(&body, service_type == ServiceType::Headless);
        let (Some(namespace), Some(ports)) = (namespace, ports) else {
            return self.give_up(placed, scope);
        };
        let id = self.add_workload(placed, scope, &body, namespace, ports, Some(service));
        if let (Some(id), Some(field)) = (id, body.fields.get("accept")) {
            self.pending.push(Pending { scope, what: Waiting::Accept(id, &field.value) });
        }
    }

    fn alias(
        &mut self,
        placed: &'a Placed,
        scope: ScopeId,
        body: &Body<'a>,
        namespace: NamespaceId,
        name: String,
    ) {
        let block = &placed.block;
        for field in body.fields.values() {
            if !["name", "type", "to"].contains(&field.name.node.as_str()) {
                self.diagnostics
                    .push(report::not_of_an_alias(field.name.span, field.name.node.as_str()));
            }
        }
        self.only_fields(body, "a service of type external-name");
        if !body.fields.contains_key("to") {
            let hint = "`to = SERVICE`: the service that the alias names";
            self.missing(body, block.name.span, "service of type external-name", "to", hint);
            return self.give_up(placed, scope);
        }
        let at = self.model.aliases.len();
        if !self.give_name(scope, &block.name, Named::Alias(at)) {
            return;
        }
        let (path, _) = self.paths(scope, &block.name.node);
        let row = Alias {
            path,
            name,
            namespace,
            owner: self.scope(scope).owner,
            to: UNBOUND,
            site: self.site(block.name.span, scope),
            description: description(&block.doc),
        };
        self.model.to_mut().aliases.push(row);
        self.remember_alias(at, scope, &body.fields["to"].value);
    }

    /// The ports of a service; `None` if one of them is invalid (already reported).
    fn ports(&mut self, body: &Body<'a>, headless: bool) -> Option<Vec<Port>> {
        let mut ports: Vec<Port> = Vec::with_capacity(body.items.len());
        let mut all = true;
        for item in &body.items {
            let Item::Port(port) = item else {
                self.diagnostics.push(report::wrong_place(item, "a service"));
                continue;
            };
            let Some(row) = self.port(port, body.scope, headless) else {
                all = false;
                continue;
            };
            let dialed = |it: &Port| it.service_port.map(|number| (number, it.pod_port.0.protocol));
            if let Some(first) = ports.iter().find(|it| it.name.node == row.name.node) {
                self.diagnostics.push(report::declared_twice(
                    &row.name,
                    "port",
                    "port",
                    first.name.span,
                ));
            } else if let Some(first) =
                ports.iter().find(|it| dialed(it).is_some() && dialed(it) == dialed(&row))
            {
                let written = self.files.text(port.service_port.span).to_owned();
                let at = port.service_port.span;
                self.diagnostics.push(report::port_number_twice(at, &written, &first.name));
            } else {
                ports.push(row);
            }
        }
        all.then_some(ports)
    }

    fn port(&mut self, port: &'a ast::Port, scope: ScopeId, headless: bool) -> Option<Port> {
        let body = self.body(&port.items, scope, "a port", &["scrape", "service", "node-port"]);
        self.only_fields(&body, "a port");
        if !body.whole {
            return None;
        }
        let dialed = self.port_range(&port.service_port, scope)?;
        let listening = match &port.pod_port {
            Some(value) => self.pod_port(value, scope, dialed)?,
            None => dialed,
        };
        let in_service = self.flag(&body, "service").is_none_or(|it| it.node);
        if in_service && !dialed.is_single() {
            self.diagnostics.push(report::range_in_service(port.service_port.span));
            return None;
        }
        if headless && in_service && listening != dialed {
            self.diagnostics.push(report::headless_translates(port, dialed, listening));
        }
        if !in_service && port.pod_port.is_some() {
            self.diagnostics.push(report::translation_without_service(port, listening));
        }
        Some(Port {
            name: port.name.clone(),
            service_port: in_service.then_some(ServicePort(dialed.from)),
            pod_port: PodPort(listening),
            scrape: self.flag(&body, "scrape").is_some_and(|it| it.node),
            node_port: self.int::<u16>(&body, "node-port", "a port between 1 and 65535"),
            site: self.site(port.span, scope),
        })
    }

    /// The pod port after the `->` of a port; it has the protocol of the Service port.
    fn pod_port(
        &mut self,
        value: &'a Value,
        scope: ScopeId,
        dialed: crate::scalar::PortRange,
    ) -> Option<crate::scalar::PortRange> {
        let mut listening = self.port_range(value, scope)?;
        let (settled, _) = self.settle(value, scope);
        if let ValueKind::Ports(written) = &settled.kind
            && written.protocol != dialed.protocol
        {
            self.diagnostics.push(report_values::protocols_differ(value.span, dialed, listening));
            return None;
        }
        listening.protocol = dialed.protocol;
        Some(listening)
    }
}
