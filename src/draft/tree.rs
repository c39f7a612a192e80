//! The declarations of a draft: services, workloads, flows.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Call, ServiceName, calls};
use super::names::Names;
use super::objects::{Labels, LoadBalancer, Objects, Service, ServicePort, Workload};
use crate::scalar::PortRange;
use crate::source::Name;
use crate::syntax::ast::{
    Block, Component, Condition, Doc, Item, Parameter, Path, Placed, Value, ValueKind, When,
};
use crate::syntax::build::{
    block, doc, field, flow, node, path, port, string, template, value, word,
};

/// The label that names the release of a chart.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Words at the end of a variable's name whose value is a host.
const HOSTS: &[&str] = &["HOST", "ADDR", "ADDRESS", "URL", "URI", "ENDPOINT", "SERVER", "SERVICE"];

/// A draft under construction.
struct Draft<'a> {
    objects: &'a Objects,
    namespace: &'a str,
    /// The release of all objects, if they have one.
    release: Option<String>,
    names: Names,
    /// Whether a Service is a load balancer.
    is_exposed: bool,
    items: Vec<Item>,
    /// Declared names by Service, with the names of its ports by number.
    services: BTreeMap<&'a str, (String, BTreeMap<u16, String>)>,
    /// Declared name of each workload, by its index.
    workloads: BTreeMap<usize, String>,
    notes: Vec<String>,
}

/// Returns the component. Its doc comment lists what the person who completes it has to check.
pub(super) fn component(objects: &Objects, name: &str, namespace: &str) -> Item {
    let mut draft = Draft {
        objects,
        namespace,
        release: release(objects, namespace),
        names: Names::without(&[
            "namespace",
            "isolate",
            "release",
            "exposed",
            "main",
            "apiserver",
            "nodes",
            "self",
        ]),
        is_exposed: false,
        items: Vec::new(),
        services: BTreeMap::new(),
        workloads: BTreeMap::new(),
        notes: Vec::new(),
    };
    let main = vec![field("name", word("namespace")), field("isolate", word("isolate"))];
    draft.items.push(Item::Namespace(Box::new(block("main", None, main))));
    draft.services();
    draft.rest();
    draft.flows();
    draft.surroundings();
    let Draft { release, is_exposed, items, notes, .. } = draft;
    let head = head(name, namespace, &notes);
    let mut parameters = vec![
        parameter("Name of the namespace.", "namespace", string(namespace)),
        parameter(
            "Isolation of the namespace: none, ingress, egress or both. Flows have no effect (W0501) until it is set.",
            "isolate",
            string("none"),
        ),
    ];
    if let Some(release) = &release {
        parameters.push(parameter("The Helm release.", "release", string(release)));
    }
    if is_exposed {
        let mut exposed = parameter(
            "Load balancers have addresses of their own.",
            "exposed",
            value(ValueKind::Bool(false)),
        );
        exposed.kind = node(Name::new("bool"));
        parameters.push(exposed);
    }
    let component = Component { block: block(name, doc(&head), items), parameters };
    Item::Component(Box::new(component))
}

fn head(name: &str, namespace: &str, notes: &[String]) -> Vec<String> {
    let mut lines = vec![
        format!("{name}, drafted from the objects of namespace {namespace}: check each selector, port and flow."),
        String::new(),
        "Source: Services, workloads and settings of a cluster. Replace this line by the chart and its version."
            .to_owned(),
    ];
    if !notes.is_empty() {
        lines.push(String::new());
        lines.push("To check:".to_owned());
        lines.extend(notes.iter().map(|it| format!("- {it}")));
    }
    lines
}

fn parameter(words: &str, name: &str, default: Value) -> Parameter {
    Parameter {
        doc: doc(&[words.to_owned()]),
        name: node(Name::new(name)),
        kind: node(Name::new("string")),
        span: default.span,
        default: Some(default),
        tested: None,
    }
}

/// Returns the release that all workloads and Services with a selector name, if there is one.
fn release(objects: &Objects, namespace: &str) -> Option<String> {
    let services = objects.services.iter().filter(|it| it.namespace == namespace);
    let selectors = services.map(|it| &it.selector).filter(|it| !it.is_empty());
    let workloads = objects.workloads.iter().filter(|it| it.namespace == namespace);
    let all = selectors.chain(workloads.map(|it| &it.selector));
    let releases: BTreeSet<Option<&String>> = all.map(|it| it.get(INSTANCE)).collect();
    match releases.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(one)] => Some((*one).clone()),
        _ => None,
    }
}

impl<'a> Draft<'a> {
    fn workloads_with(&self, selector: &Labels) -> Vec<(usize, &'a Workload)> {
        let all = self.objects.workloads.iter().enumerate();
        all.filter(|(_, it)| it.namespace == self.namespace && it.has(selector)).collect()
    }

    fn services(&mut self) {
        let objects = self.objects;
        let namespace = self.namespace;
        for service in objects.services.iter().filter(|it| it.namespace == namespace) {
            if service.selector.is_empty() {
                let kind =
                    if service.is_external_name { "an external name" } else { "no selector" };
                self.notes.push(format!(
                    "Service {} has {kind} and is not part of the draft: declare an `external` in the project.",
                    service.name
                ));
                continue;
            }
            let name = self.names.free(&self.without_release(&service.name), "service");
            let pods = self.workloads_with(&service.selector);
            if pods.is_empty() {
                self.notes.push(format!(
                    "No workload of the snapshot has the labels of Service {}.",
                    service.name
                ));
            }
            let mut items = Vec::new();
            if self.released(&service.name).is_some() || service.name != name {
                items.push(field("name", self.text(&service.name)));
            }
            items.push(field("pods", self.labels(&service.selector)));
            items.push(field("managed", value(ValueKind::Bool(false))));
            if service.is_headless {
                items.push(field("type", word("headless")));
            }
            if pods.iter().any(|(_, it)| it.is_on_host) {
                items.push(field("host-network", value(ValueKind::Bool(true))));
            }
            if let Some(balancer) = &service.load_balancer {
                items.push(self.exposed(service, balancer));
            }
            let ports = self.ports(service, &pods);
            items.extend(ports.iter().map(|(name, service_port, pod_port)| {
                port(name, *service_port, *pod_port, scraped(&pods, *pod_port))
            }));
            items.extend(self.metrics(&pods, &ports));
            for (at, _) in &pods {
                self.workloads.entry(*at).or_insert_with(|| name.clone());
            }
            let numbers = ports.into_iter().map(|(name, port, _)| (port.from, name)).collect();
            self.services.insert(&service.name, (name.clone(), numbers));
            self.items.push(Item::Service(Box::new(placed(&name, items))));
        }
    }

    /// Returns the fields of a load balancer, which depend on a parameter: its address comes from the project.
    fn exposed(&mut self, service: &Service, balancer: &LoadBalancer) -> Item {
        self.is_exposed = true;
        if let Some(address) = &balancer.address {
            self.notes.push(format!(
                "Service {} has the address {address}: fix it with `address` in the cluster's `metallb` block.",
                service.name
            ));
        }
        let mut then = vec![field("type", word("load-balancer"))];
        if balancer.is_local {
            then.push(field("traffic-policy", word("local")));
        }
        Item::When(Box::new(When {
            condition: Condition::Given(node(Name::new("exposed"))),
            then,
            otherwise: Vec::new(),
            span: node(()).span,
        }))
    }

    /// Returns the ports of a Service: name, Service port, pod port. A headless Service translates no ports.
    fn ports(
        &mut self,
        service: &Service,
        pods: &[(usize, &Workload)],
    ) -> Vec<(String, PortRange, PortRange)> {
        let mut names = Names::default();
        let mut ports = Vec::new();
        for it in &service.ports {
            let target = self.target(service, it, pods);
            let word = it.name.clone().unwrap_or_else(|| guessed(it.port.from).to_owned());
            let dialed = if service.is_headless { target } else { it.port };
            ports.push((names.free(&word, "tcp"), dialed, target));
        }
        ports
    }

    fn target(
        &mut self,
        service: &Service,
        of: &ServicePort,
        pods: &[(usize, &Workload)],
    ) -> PortRange {
        let name = match &of.target {
            Ok(number) => return PortRange::single(of.port.protocol, *number),
            Err(name) => name,
        };
        let mut ports = pods.iter().flat_map(|(_, it)| &it.ports);
        let found =
            ports.find(|(it, port)| it.as_ref() == Some(name) && port.protocol == of.port.protocol);
        if let Some((_, port)) = found {
            return *port;
        }
        self.notes.push(format!(
            "No container of Service {} has the port {name}: the draft uses {}.",
            service.name, of.port.from
        ));
        of.port
    }

    /// Returns ports of pods with metrics that no port of the Service leads to, and that no service has yet.
    fn metrics(
        &self,
        pods: &[(usize, &Workload)],
        ports: &[(String, PortRange, PortRange)],
    ) -> Vec<Item> {
        let mut items = Vec::new();
        let fresh = pods.iter().filter(|(at, _)| !self.workloads.contains_key(at));
        let mut known: BTreeSet<PortRange> = ports.iter().map(|(_, _, it)| *it).collect();
        let mut names = Names::default();
        for (name, _, _) in ports {
            names.free(name, "tcp");
        }
        for (_, workload) in fresh {
            for (name, number) in &workload.ports {
                let is_metrics = workload.scraped == Some(number.from)
                    || name.as_ref().is_some_and(|it| it.contains("metrics"));
                if is_metrics && known.insert(*number) {
                    let name = names.free(name.as_deref().unwrap_or("metrics"), "metrics");
                    items.push(port(&name, *number, *number, pod_port(true)));
                }
            }
        }
        items
    }

    /// Adds the workloads that no Service selects.
    fn rest(&mut self) {
        let objects = self.objects;
        for (at, it) in objects.workloads.iter().enumerate() {
            if it.namespace != self.namespace || self.workloads.contains_key(&at) {
                continue;
            }
            if it.selector.is_empty() {
                self.notes.push(format!(
                    "{} {} has no labels: no selector can name its pods.",
                    it.kind, it.name
                ));
                continue;
            }
            let name = self.names.free(&self.without_release(&it.name), "workload");
            let mut items = vec![field("pods", self.labels(&it.selector))];
            let mut names = Names::default();
            let ports = it.ports.iter().map(|(word, number)| {
                let name = names.free(word.as_deref().unwrap_or(guessed(number.from)), "tcp");
                port(&name, *number, *number, pod_port(it.scraped == Some(number.from)))
            });
            let ports: Vec<Item> = ports.collect();
            let is_server = !ports.is_empty();
            if is_server {
                items.push(field("managed", value(ValueKind::Bool(false))));
            }
            if it.is_on_host {
                items.push(field("host-network", value(ValueKind::Bool(true))));
            }
            items.extend(ports);
            let placed = Box::new(placed(&name, items));
            self.items.push(if is_server { Item::Service(placed) } else { Item::Workload(placed) });
            self.workloads.insert(at, name);
        }
    }

    /// Adds the flows that settings name, calls of the API server, and webhooks.
    fn flows(&mut self) {
        let objects = self.objects;
        let mut flows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (at, client) in self.workloads.clone() {
            let Some(workload) = objects.workloads.get(at) else { continue };
            for (setting, text) in &workload.settings {
                let is_host = HOSTS.iter().any(|it| setting.to_uppercase().ends_with(it));
                for call in calls(text, is_host) {
                    self.call(&client, workload, setting, &call, &mut flows);
                }
            }
            let account = (workload.namespace.clone(), workload.account.clone());
            if objects.accounts.contains(&account) {
                let reason = format!("Account {} has rights at the API server.", workload.account);
                flows.entry((client, "apiserver".to_owned())).or_default().push(reason);
            }
        }
        for (namespace, service, number) in &objects.webhooks {
            if *namespace == self.namespace
                && let Some((name, ports)) = self.services.get(service.as_str())
            {
                let server =
                    ports.get(number).map_or_else(|| name.clone(), |it| format!("{name}:{it}"));
                let reason = "A webhook or an API service names it.".to_owned();
                flows.entry(("apiserver".to_owned(), server)).or_default().push(reason);
            }
        }
        for ((client, server), reasons) in flows {
            let reasons: BTreeSet<String> = reasons.into_iter().collect();
            let first: Vec<String> = reasons.into_iter().take(1).collect();
            self.items.push(flow(doc(&first), word(&client), end(&server)));
        }
    }

    fn call(
        &mut self,
        client: &str,
        workload: &Workload,
        setting: &str,
        call: &Call,
        flows: &mut BTreeMap<(String, String), Vec<String>>,
    ) {
        let found = call.service.as_ref().and_then(|it| self.server(it));
        if let Some((server, ports)) = found {
            let port = call.port.and_then(|it| ports.get(&it));
            let server = port.map_or_else(|| server.clone(), |it| format!("{server}:{it}"));
            if server.split(':').next() != Some(client) {
                let reason = format!("{} {}: {setting}.", workload.kind, workload.name);
                flows.entry((client.to_owned(), server)).or_default().push(reason);
            }
            return;
        }
        let (server, kind, name) = (&call.written, workload.kind, &workload.name);
        let note = format!(
            "{client} calls {server} ({setting} of {kind} {name}): write the flow in the project."
        );
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Returns the declaration of a Service of the namespace, with the names of its ports.
    fn server(&self, of: &ServiceName) -> Option<&(String, BTreeMap<u16, String>)> {
        let namespace = of.namespace.as_deref().unwrap_or(self.namespace);
        if namespace == self.namespace {
            return self.services.get(of.name.as_str());
        }
        // `kafka-0.kafka` is a pod of the headless Service `kafka`.
        self.services.get(namespace).filter(|_| !self.is_service(namespace, &of.name))
    }

    fn is_service(&self, namespace: &str, name: &str) -> bool {
        self.objects.services.iter().any(|it| it.namespace == namespace && it.name == name)
    }

    /// Adds notes about objects that a draft does not contain.
    fn surroundings(&mut self) {
        for it in &self.objects.invalid {
            self.notes
                .push(format!("{it} is left out: no API server accepts its name or its labels."));
        }
        if !self.objects.has_bindings {
            let text = "The snapshot has no RoleBinding and no ClusterRoleBinding: flows to the API server are missing.";
            self.notes.push(text.to_owned());
        }
        if !self.objects.has_webhooks {
            let text = "The snapshot has no webhook configuration and no APIService: flows from the API server are \
                        missing.";
            self.notes.push(text.to_owned());
        }
        for (namespace, ingress, service) in &self.objects.ingresses {
            if namespace == self.namespace
                && let Some((name, _)) = self.services.get(service.as_str())
            {
                self.notes.push(format!(
                    "Ingress {ingress} leads to {name}: write a flow from the ingress controller."
                ));
            }
        }
        if let Some(count) = self.objects.policies.get(self.namespace) {
            self.notes.push(format!(
                "NetworkPolicies of the namespace, which the draft does not contain: {count}."
            ));
        }
    }

    /// Returns the rest of a name after the release; `None` if it does not begin with the release.
    fn released<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest = name.strip_prefix(self.release.as_deref()?)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('-') }
    }

    fn without_release(&self, name: &str) -> String {
        self.released(name).filter(|it| !it.is_empty()).unwrap_or(name).to_owned()
    }

    /// Returns a text in which the release is the parameter.
    fn text(&self, text: &str) -> Value {
        match self.released(text) {
            Some("") => word("release"),
            Some(rest) => template(&format!("{{release}}-{rest}")),
            None => string(text),
        }
    }

    fn labels(&self, labels: &Labels) -> Value {
        let entries = labels.iter().map(|(key, value)| {
            let value = if key == INSTANCE { self.text(value) } else { string(value) };
            (node(key.clone()), value)
        });
        value(ValueKind::Map(entries.collect()))
    }
}

fn placed(name: &str, items: Vec<Item>) -> Placed {
    let block: Block = block(name, Doc::None, items);
    Placed { block, namespace: Some(node::<Path>(path("main"))) }
}

/// Returns `server` or `server:port`.
fn end(text: &str) -> Value {
    match text.split_once(':') {
        Some((server, port)) => {
            value(ValueKind::WithPort(Box::new(word(server)), Box::new(word(port))))
        }
        None => word(text),
    }
}

/// Returns the fields of a port of pods that is not in the Service.
fn pod_port(is_scraped: bool) -> Vec<Item> {
    let service = field("service", value(ValueKind::Bool(false)));
    let scrape = is_scraped.then(|| field("scrape", value(ValueKind::Bool(true))));
    std::iter::once(service).chain(scrape).collect()
}

fn scraped(pods: &[(usize, &Workload)], port: PortRange) -> Vec<Item> {
    let is_scraped = pods.iter().any(|(_, it)| it.scraped == Some(port.from));
    is_scraped.then(|| field("scrape", value(ValueKind::Bool(true)))).into_iter().collect()
}

/// Returns a name for a port without a name.
fn guessed(number: u16) -> &'static str {
    match number {
        80 | 8000 | 8080 => "http",
        443 | 8443 => "https",
        53 => "dns",
        _ => "tcp",
    }
}
