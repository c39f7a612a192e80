//! Text form of a model, as `mlnetc build --emit model` prints it: one line per declaration, with names instead
//! of ids.

use std::fmt::{self, Display, Formatter};

use super::{
    Accept, Assert, Client, Endpoint, Flow, Forbid, Isolation, Model, Namespace, Owner,
    Requirement, Selector, Server, Workload,
};
use crate::scalar::{PodPort, PortSet};

impl Display for Model {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let cluster = &self.cluster;
        write!(out, "cluster {}", cluster.name.node)?;
        write!(out, "\n  pods {}", joined(cluster.pods.iter().map(|it| it.node)))?;
        write!(out, "\n  services {}", joined(cluster.services.iter().map(|it| it.node)))?;
        for it in &self.externals {
            let names = it.names.iter().map(|it| it.node.clone());
            let ends = it.cidrs.0.iter().map(ToString::to_string).chain(names);
            write!(out, "\nexternal {}: {}", it.name.node, joined(ends))?;
        }
        for it in &self.namespaces {
            self.namespace_line(it, out)?;
        }
        for it in &self.workloads {
            self.workload_lines(it, out)?;
        }
        for it in &self.flows {
            self.flow_line(it, out)?;
        }
        for it in &self.accepts {
            self.accept_line(it, out)?;
        }
        for it in &self.forbids {
            self.forbid_line(it, out)?;
        }
        for it in &self.asserts {
            self.assert_line(it, out)?;
        }
        Ok(())
    }
}

impl Model {
    fn namespace_line(&self, it: &Namespace, out: &mut Formatter<'_>) -> fmt::Result {
        let Namespace { path, name, owner, isolation, .. } = it;
        write!(out, "\nnamespace {path}: `{name}` of {}", self.owner_name(*owner))?;
        let closed = match isolation {
            Isolation { ingress: Some(_), egress: Some(_) } => "ingress and egress",
            Isolation { ingress: Some(_), egress: None } => "ingress",
            Isolation { ingress: None, egress: Some(_) } => "egress",
            Isolation { ingress: None, egress: None } => return out.write_str(", not isolated"),
        };
        write!(out, ", isolated for {closed}")
    }

    fn workload_lines(&self, it: &Workload, out: &mut Formatter<'_>) -> fmt::Result {
        let word = if it.service.is_some() { "service" } else { "workload" };
        let namespace = &self.namespace(it.namespace).path;
        write!(out, "\n{word} {}: {} in {namespace}", it.path, Pods(&it.pods))?;
        if it.host_network {
            out.write_str(", on the network of the node")?;
        }
        if let Some(service) = &it.service {
            write!(out, ", `{}` of type {}", service.name, service.kind.node.word())?;
        }
        for port in &it.ports {
            let PodPort(pod_port) = port.pod_port;
            write!(out, "\n  port {}: pod port {pod_port}", port.name.node)?;
            if let Some(service_port) = port.service_port {
                write!(out, ", Service port {}", service_port.0)?;
            }
        }
        Ok(())
    }

    fn flow_line(&self, it: &Flow, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "\nflow {}", self.ends(&it.clients, &it.servers))?;
        if let Some(until) = &it.until {
            write!(out, ", until {}", until.node)?;
        }
        self.author(it.author, out)
    }

    fn accept_line(&self, it: &Accept, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "\naccept {}", self.ends(&it.clients, &it.servers))?;
        self.author(it.author, out)
    }

    fn forbid_line(&self, it: &Forbid, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "\nforbid {}", self.ends(&it.clients, &it.servers))?;
        if !it.except.is_empty() {
            write!(out, " except {}", self.clients(&it.except))?;
        }
        self.author(it.author, out)
    }

    fn assert_line(&self, it: &Assert, out: &mut Formatter<'_>) -> fmt::Result {
        let word = if it.allow { "allow" } else { "deny" };
        write!(out, "\nassert {word} {}", self.ends(&it.clients, &it.servers))
    }

    fn author(&self, author: Owner, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, ", by {}", self.owner_name(author))
    }

    fn ends(&self, clients: &[Client], servers: &[Server]) -> String {
        let servers = joined(servers.iter().map(|it| self.server(it)));
        format!("{} -> {servers}", self.clients(clients))
    }

    fn clients(&self, clients: &[Client]) -> String {
        joined(clients.iter().map(|it| self.called(&it.endpoint)))
    }

    fn server(&self, it: &Server) -> String {
        let name = self.called(&it.endpoint);
        match (&it.endpoint, &it.ports) {
            (Endpoint::Apiserver | Endpoint::Dns, _) => name,
            (_, PortSet::Any) => format!("{name} on every port"),
            (_, PortSet::Some(ports)) => {
                format!("{name} on {}", joined(ports.iter().map(|it| it.0)))
            }
        }
    }
}

/// The pods of a selector: `pods app=x, tier in (a, b)`.
struct Pods<'s>(&'s Selector);

impl Display for Pods<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self(Selector(requirements)) = self;
        if requirements.is_empty() {
            return out.write_str("all pods");
        }
        let one = |(key, requirement): &(String, Requirement)| match requirement {
            Requirement::Is(value) => format!("{key}={value}"),
            Requirement::In(values) => format!("{key} in ({})", joined(values)),
            Requirement::NotIn(values) => format!("{key} not in ({})", joined(values)),
            Requirement::Exists => key.clone(),
            Requirement::Absent => format!("!{key}"),
        };
        write!(out, "pods {}", joined(requirements.iter().map(one)))
    }
}

fn joined(parts: impl IntoIterator<Item = impl Display>) -> String {
    parts.into_iter().map(|it| it.to_string()).collect::<Vec<_>>().join(", ")
}
