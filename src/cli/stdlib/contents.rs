//! The ports and flows of a component as rows, from its syntax tree. Search, tables and diagrams use them.

use super::text::{condition, line};
use crate::source::Files;
use crate::syntax::ast::{Component, Condition, Item, Placed, Port, Value, ValueKind};

/// The rows of a component, in the order of its text.
#[derive(Default)]
pub(super) struct Contents {
    /// Every port of every service.
    pub(super) ports: Vec<PortRow>,
    /// Every pair of ends between which a flow exists.
    pub(super) flows: Vec<FlowRow>,
    /// Names of the services and workloads, without duplicates.
    pub(super) ends: Vec<String>,
}

/// A port of a service.
pub(super) struct PortRow {
    /// Declared name of the service.
    pub(super) service: String,
    /// Name of the port.
    pub(super) name: String,
    /// The port that clients dial, as written; `None` if the Service does not have the port.
    pub(super) service_port: Option<String>,
    /// The port of the pods, as written.
    pub(super) pod_port: String,
    /// Whether Prometheus reads metrics from the port.
    pub(super) is_scraped: bool,
    /// The conditions of its declarations, from the outermost.
    pub(super) when: Vec<String>,
}

/// A flow between two ends, as written.
pub(super) struct FlowRow {
    /// The client.
    pub(super) client: String,
    /// The server.
    pub(super) server: String,
    /// The ports after the server; empty for all declared ports.
    pub(super) ports: String,
    /// The conditions of its declarations, from the outermost.
    pub(super) when: Vec<String>,
}

impl Contents {
    /// Returns the rows of a component.
    pub(super) fn of(files: &Files, component: &Component) -> Self {
        let mut contents = Self::default();
        contents.collect(files, &component.block.items, &[]);
        contents
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other items have neither ports nor ends"
    )]
    fn collect(&mut self, files: &Files, items: &[Item], when: &[String]) {
        for item in items {
            match item {
                Item::Service(it) | Item::Workload(it) => {
                    let name = it.block.name.to_string();
                    if !self.ends.contains(&name) {
                        self.ends.push(name);
                    }
                    self.ports(files, it, &it.block.items, when);
                }
                Item::Flow(it) => {
                    for client in it.clients.members() {
                        for server in it.servers.members() {
                            self.flow(files, client, server, when);
                            if it.both_ways {
                                self.flow(files, server, client, when);
                            }
                        }
                    }
                }
                Item::When(it) => {
                    self.collect(files, &it.then, &under(when, &it.condition, true));
                    self.collect(files, &it.otherwise, &under(when, &it.condition, false));
                }
                _ => {}
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "ports, in conditions or not")]
    fn ports(&mut self, files: &Files, service: &Placed, items: &[Item], when: &[String]) {
        for item in items {
            match item {
                Item::Port(it) => self.ports.push(port(files, service, it, when)),
                Item::When(it) => {
                    self.ports(files, service, &it.then, &under(when, &it.condition, true));
                    self.ports(files, service, &it.otherwise, &under(when, &it.condition, false));
                }
                _ => {}
            }
        }
    }

    fn flow(&mut self, files: &Files, client: &Value, server: &Value, when: &[String]) {
        let (server, ports) = if let ValueKind::WithPort(of, ports) = &server.kind {
            (&**of, line(files, ports.span))
        } else {
            (server, String::new())
        };
        for server in server.members() {
            self.flows.push(FlowRow {
                client: line(files, client.span),
                server: line(files, server.span),
                ports: ports.clone(),
                when: when.to_vec(),
            });
        }
    }

    /// Returns the services with ports to which no flow of the component leads, except for metrics: their clients need
    /// flows of the project.
    pub(super) fn services_without_clients(&self) -> Vec<&str> {
        let called = |name: &str| self.flows.iter().any(|it| it.server == name);
        let serves = |name: &str| self.ports.iter().any(|it| it.service == name && !it.is_scraped);
        self.ends.iter().map(String::as_str).filter(|it| serves(it) && !called(it)).collect()
    }
}

fn port(files: &Files, service: &Placed, port: &Port, when: &[String]) -> PortRow {
    let has = |name: &str, word: &str| {
        port.items.iter().any(|it| {
            matches!(it, Item::Field(it) if it.name.node.as_str() == name && is(files, &it.value, word))
        })
    };
    let service_port = line(files, port.service_port.span);
    let pod_port =
        port.pod_port.as_ref().map_or_else(|| service_port.clone(), |it| line(files, it.span));
    PortRow {
        service: service.block.name.to_string(),
        name: port.name.to_string(),
        service_port: (!has("service", "false")).then_some(service_port),
        pod_port,
        is_scraped: has("scrape", "true"),
        when: when.to_vec(),
    }
}

fn is(files: &Files, value: &Value, word: &str) -> bool {
    files.text(value.span) == word
}

fn under(when: &[String], of: &Condition, holds: bool) -> Vec<String> {
    let text = condition(of);
    let text = if holds { text } else { format!("not {text}") };
    when.iter().cloned().chain([text]).collect()
}
