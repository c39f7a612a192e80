//! A random program as data, and its text. The test knows the meaning of the program only from the data.

use std::fmt::Write as _;

/// A project.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    pub(super) clusters: Vec<Cluster>,
    pub(super) externals: Vec<External>,
    pub(super) profiles: Vec<Profile>,
    pub(super) namespaces: Vec<Namespace>,
    pub(super) workloads: Vec<Workload>,
    pub(super) rules: Vec<Rule>,
}

/// A cluster block.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) name: &'static str,
    pub(super) pods: Vec<&'static str>,
    pub(super) services: Vec<&'static str>,
    /// The addresses of the nodes; empty if the program does not list them.
    pub(super) nodes: Vec<&'static str>,
    pub(super) tunnels: Tunnels,
    pub(super) apiserver: Option<&'static str>,
    pub(super) has_dns_cache: bool,
}

/// Addresses of the nodes in the pod network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tunnels {
    /// Packets between nodes are not encapsulated.
    Unused,
    Known(Vec<&'static str>),
    /// Any address of the pod network.
    Unknown,
}

/// Addresses with a name.
#[derive(Debug, Clone)]
pub(super) struct External {
    pub(super) name: &'static str,
    pub(super) cidrs: Vec<&'static str>,
    pub(super) has_dns_name: bool,
    pub(super) cluster: Option<&'static str>,
}

/// Properties that namespaces share.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) isolate: &'static str,
    pub(super) flows: Vec<(End, Place)>,
}

/// A tenant or a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Tenant(&'static str),
    Component(&'static str),
}

impl Owner {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tenant(name) | Self::Component(name) => name,
        }
    }
}

/// A namespace.
#[derive(Debug, Clone)]
pub(super) struct Namespace {
    pub(super) owner: Owner,
    pub(super) short: &'static str,
    /// Its name in the cluster.
    pub(super) name: String,
    pub(super) isolate: &'static str,
    pub(super) profile: Option<&'static str>,
    pub(super) has_dns: bool,
}

impl Namespace {
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.owner.name(), self.short)
    }
}

/// A service or a workload.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) owner: Owner,
    /// Path of its namespace.
    pub(super) namespace: String,
    pub(super) short: String,
    pub(super) selector: Selector,
    pub(super) on_host_network: bool,
    /// Whether its node ports hide the addresses of clients.
    pub(super) hides_clients: bool,
    /// The ports of a service; empty for a workload.
    pub(super) ports: Vec<Port>,
    /// The only cluster that contains it.
    pub(super) cluster: Option<&'static str>,
}

impl Workload {
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.owner.name(), self.short)
    }
}

/// A port of a service.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) name: &'static str,
    pub(super) service: u16,
    pub(super) pod: u16,
    pub(super) protocol: Protocol,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// Requirements on labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Selector(pub(super) Vec<(&'static str, Requirement)>);

/// A requirement on the value of a label.
#[derive(Debug, Clone)]
pub(super) enum Requirement {
    Is(&'static str),
    OneOf(Vec<&'static str>),
    Not(Vec<&'static str>),
    Any,
    None,
}

/// An end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Tenant(&'static str),
    Component(&'static str),
    Namespace(String),
    Workload(String),
    External(&'static str),
    Network(&'static str),
    Internet,
    Anyone,
    Nodes,
    Apiserver,
    Dns,
    /// The namespace of a profile.
    Own,
}

/// An end with ports.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) end: End,
    /// The ports as program text.
    pub(super) text: String,
    /// The ports on the server's pods.
    pub(super) ports: Vec<Ports>,
}

/// Ports of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ports {
    pub(super) protocol: Protocol,
    pub(super) from: u16,
    pub(super) to: u16,
}

impl Ports {
    pub(super) fn one(protocol: Protocol, port: u16) -> Self {
        Self { protocol, from: port, to: port }
    }

    pub(super) fn every() -> Vec<Self> {
        let all = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
        all.map(|protocol| Self { protocol, from: 1, to: u16::MAX }).to_vec()
    }
}

/// A flow, a guardrail or an assertion.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    pub(super) clients: Vec<End>,
    pub(super) servers: Vec<Place>,
    pub(super) except: Vec<End>,
    /// The only cluster that contains it.
    pub(super) cluster: Option<&'static str>,
    /// The tenant or component whose file or body contains it; `None` for the platform.
    pub(super) author: Option<Owner>,
}

/// The first word of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Flow,
    Accept,
    Forbid,
    Deny,
}

impl Program {
    /// Returns paths and texts of its files.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![("platform/main.mlnet".to_owned(), self.platform())];
        for tenant in self.tenants() {
            let mut text = String::new();
            let owner = Owner::Tenant(tenant);
            let own = self.workloads.iter().filter(|it| it.owner == owner && it.cluster.is_none());
            let own: String = own.map(Workload::declaration).collect();
            if !own.is_empty() {
                let _ = write!(text, "tenant {tenant} {{\n{own}}}\n");
            }
            let rules = self.rules.iter().filter(|it| it.author == Some(owner));
            text.extend(rules.map(Rule::line));
            if !text.is_empty() {
                files.push((format!("tenants/{tenant}/net.mlnet"), text));
            }
        }
        files
    }

    /// Returns the files as one text.
    pub(super) fn text(&self) -> String {
        let files = self.files().into_iter();
        let files = files.map(|(path, text)| format!("# file: {path}\n{text}"));
        files.collect::<Vec<_>>().concat()
    }

    fn tenants(&self) -> Vec<&'static str> {
        let owners = self.namespaces.iter().filter_map(|it| match it.owner {
            Owner::Tenant(name) => Some(name),
            Owner::Component(_) => None,
        });
        let mut all: Vec<&str> = owners.collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn platform(&self) -> String {
        let mut text: String = self.clusters.iter().map(|it| self.cluster(it)).collect();
        let externals = self.externals.iter().filter(|it| it.cluster.is_none());
        text.extend(externals.map(External::declaration));
        for profile in &self.profiles {
            let _ = writeln!(text, "profile {} {{\n  isolate = {}", profile.name, profile.isolate);
            for (client, server) in &profile.flows {
                let _ = writeln!(text, "  flow {} -> {}", client.word(), server.word());
            }
            text.push_str("}\n");
        }
        let mut components: Vec<&str> = Vec::new();
        for it in &self.namespaces {
            let Owner::Component(name) = it.owner else { continue };
            let own = self.workloads.iter().filter(|other| other.owner == it.owner);
            let mut own: String = own.map(Workload::declaration).collect();
            // Inside a component, a path begins with a declaration of the component.
            let flows = self.rules.iter().filter(|other| other.author == Some(it.owner));
            own.extend(flows.map(|it| it.line().replace(&format!("{name}."), "")));
            let _ = write!(text, "component {name}() {{\n{}{own}}}\n", it.declaration());
            components.push(name);
        }
        text.extend(components.iter().map(|it| format!("use {it}\n")));
        for tenant in self.tenants() {
            let owner = Owner::Tenant(tenant);
            let own = self.namespaces.iter().filter(|it| it.owner == owner);
            let own: String = own.map(Namespace::declaration).collect();
            let _ =
                write!(text, "tenant {tenant} {{\n  files = \"tenants/{tenant}/**\"\n{own}}}\n");
        }
        let rules = self.rules.iter().filter(|it| it.author.is_none() && it.cluster.is_none());
        text.extend(rules.map(Rule::line));
        text
    }

    fn cluster(&self, cluster: &Cluster) -> String {
        let list = |all: &[&str]| all.join(", ");
        let mut text = format!(
            "cluster {} {{\n  pods = [{}]\n  services = [{}]\n",
            cluster.name,
            list(&cluster.pods),
            list(&cluster.services)
        );
        if !cluster.nodes.is_empty() {
            let _ = writeln!(text, "  nodes = [{}]", list(&cluster.nodes));
        }
        if let Some(endpoint) = cluster.apiserver {
            let _ = writeln!(text, "  apiserver = [{endpoint}]");
        }
        if let Tunnels::Known(tunnels) = &cluster.tunnels {
            let _ = writeln!(text, "  tunnels = [{}]", list(tunnels));
        }
        if cluster.has_dns_cache {
            text.push_str("  node-local-dns = 169.254.20.10\n");
        }
        let encapsulation = if cluster.tunnels == Tunnels::Unused { "none" } else { "vxlan" };
        let _ =
            writeln!(text, "  calico {{ version = \"3.30\", encapsulation = {encapsulation} }}");
        let here = Some(cluster.name);
        let externals = self.externals.iter().filter(|it| it.cluster == here);
        text.extend(externals.map(External::declaration));
        for it in self.workloads.iter().filter(|it| it.cluster == here) {
            let _ = write!(text, "  tenant {} {{\n{}  }}\n", it.owner.name(), it.declaration());
        }
        let rules = self.rules.iter().filter(|it| it.cluster == here);
        text.extend(rules.map(|it| format!("  {}", it.line())));
        text.push_str("}\n");
        text
    }
}

impl External {
    fn declaration(&self) -> String {
        let names = if self.has_dns_name { ", names = [\"api.example.org\"]" } else { "" };
        format!("external {} {{ cidrs = [{}]{names} }}\n", self.name, self.cidrs.join(", "))
    }
}

impl Namespace {
    fn declaration(&self) -> String {
        let mut fields = format!("name = \"{}\", isolate = {}", self.name, self.isolate);
        if let Some(profile) = self.profile {
            let _ = write!(fields, ", profile = {profile}");
        }
        if !self.has_dns {
            fields.push_str(", dns = none");
        }
        if self.name == "kube-system" {
            fields.push_str(", managed = false");
        }
        format!("  namespace {} {{ {fields} }}\n", self.short)
    }
}

impl Workload {
    fn declaration(&self) -> String {
        let (_, place) = self.namespace.split_once('.').expect("a path has an owner");
        let kind = if self.ports.is_empty() { "workload" } else { "service" };
        let mut text =
            format!("  {kind} {} in {place} {{\n    pods = {}\n", self.short, self.selector.word());
        if !self.ports.is_empty() && !self.selector.is_for_services() {
            text.push_str("    managed = false\n");
        }
        if self.on_host_network {
            text.push_str("    host-network = true\n");
        }
        if self.hides_clients {
            text.push_str("    type = node-port\n    traffic-policy = cluster\n");
        }
        for port in &self.ports {
            let protocol = if port.protocol == Protocol::Udp { "/udp" } else { "" };
            let pod =
                if port.pod == port.service { String::new() } else { format!(" -> {}", port.pod) };
            let _ = writeln!(text, "    port {} {}{protocol}{pod}", port.name, port.service);
        }
        text.push_str("  }\n");
        text
    }
}

impl Selector {
    fn is_for_services(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(_, it)| matches!(it, Requirement::Is(_)))
    }

    fn word(&self) -> String {
        if self.0.is_empty() {
            return "all".to_owned();
        }
        let list = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|it| format!("\"{it}\"")).collect();
            format!("[{}]", values.join(", "))
        };
        let all = self.0.iter().map(|(key, requirement)| {
            let value = match requirement {
                Requirement::Is(value) => format!("\"{value}\""),
                Requirement::OneOf(values) => list(values),
                Requirement::Not(values) => format!("not {}", list(values)),
                Requirement::Any => "any".to_owned(),
                Requirement::None => "none".to_owned(),
            };
            format!("\"{key}\" = {value}")
        });
        format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
    }
}

impl End {
    /// Returns the path of a workload.
    pub(super) fn workload(&self) -> Option<&str> {
        if let Self::Workload(path) = self { Some(path) } else { None }
    }

    /// Returns the network that the rule itself names.
    pub(super) fn network(&self) -> Option<&'static str> {
        if let Self::Network(text) = self { Some(text) } else { None }
    }

    /// Returns whether the end is pods that the program declares.
    pub(super) fn is_pods_by_name(&self) -> bool {
        matches!(
            self,
            Self::Tenant(_) | Self::Component(_) | Self::Namespace(_) | Self::Workload(_)
        )
    }

    /// Returns its program text.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Tenant(it) | Self::Component(it) | Self::External(it) | Self::Network(it) => it,
            Self::Namespace(it) | Self::Workload(it) => it,
            Self::Internet => "internet",
            Self::Anyone => "anyone",
            Self::Nodes => "nodes",
            Self::Apiserver => "apiserver",
            Self::Dns => "dns",
            Self::Own => "self",
        }
    }
}

impl Place {
    fn word(&self) -> String {
        format!("{}{}", self.end.word(), self.text)
    }
}

impl Rule {
    /// Returns whether it is a guardrail about addresses that pods may have.
    pub(super) fn names_addresses_of_pods(&self) -> bool {
        let ends = self.clients.iter().chain(self.servers.iter().map(|it| &it.end));
        let is_inside = |end: &End| {
            matches!(end, End::External("inside" | "site"))
                || end.network().is_some_and(|it| it.starts_with("10."))
        };
        self.kind == Kind::Forbid && ends.into_iter().any(is_inside)
    }

    /// Returns its program text.
    pub(super) fn line(&self) -> String {
        let word = match self.kind {
            Kind::Flow => "flow",
            Kind::Accept => "accept",
            Kind::Forbid => "forbid",
            Kind::Deny => "assert deny",
        };
        let clients = list(self.clients.iter().map(|it| it.word().to_owned()));
        let servers = list(self.servers.iter().map(Place::word));
        let mut line = format!("{word} {clients} -> {servers}");
        if !self.except.is_empty() {
            let except: Vec<&str> = self.except.iter().map(End::word).collect();
            let _ = write!(line, " except [{}]", except.join(", "));
        }
        line.push('\n');
        line
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    match words.collect::<Vec<_>>().as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}
