//! Guardrails of a random program, and flows that respect the guardrails by name, with some that do not.

use super::generate::{Generator, NUMBERS, TENANTS, any, at, plain};
use super::program::{
    End, External, Kind, Namespace, Owner, Place, Ports, Protocol, Rule, Workload,
};

impl Generator {
    /// Writes platform guardrails, assertions, and sometimes a guardrail of a tenant.
    pub(super) fn guardrails(&mut self) {
        for _ in 0..=self.dice.below(3) {
            let (clients, mut servers) = (self.clients(), self.servers(true));
            if self.dice.percent(5) && self.program.externals.iter().any(|it| it.has_dns_name) {
                servers.push(any(End::External("private")));
            }
            let mut except = Vec::new();
            while self.dice.percent(25) {
                except.push(self.pods());
            }
            let cluster = self.scope();
            let kind = Kind::Forbid;
            let rule = Rule { kind, clients, servers, except, cluster, author: None };
            self.program.rules.push(rule);
        }
        if self.dice.percent(20) {
            let (clients, servers) = (self.clients(), self.servers(true));
            let servers: Vec<Place> = servers.into_iter().map(every_port).collect();
            let (except, cluster, kind) = (Vec::new(), self.scope(), Kind::Deny);
            let rule = Rule { kind, clients, servers, except, cluster, author: None };
            self.program.rules.push(rule);
        }
        if self.dice.percent(10) {
            let author = *self.dice.one_of(&["red", "blue"]);
            let clients = vec![End::Tenant(author)];
            let servers = self.servers(true);
            let (except, cluster, kind) = (Vec::new(), None, Kind::Forbid);
            let author = Some(Owner::Tenant(author));
            self.program.rules.push(Rule { kind, clients, servers, except, cluster, author });
        }
    }

    fn scope(&mut self) -> Option<&'static str> {
        let is_local = self.program.clusters.len() > 1 && self.dice.percent(25);
        is_local.then(|| *self.dice.one_of(&["east", "west"]))
    }

    pub(super) fn flows(&mut self) {
        for _ in 0..2 + self.dice.below(6) {
            // Most flows respect the guardrails by name; the interesting part is what they open all the same.
            let is_careful = self.dice.percent(85);
            let Some(rule) = (0..8).find_map(|_| {
                let rule = self.flow();
                (!is_careful || !self.is_forbidden(&rule)).then_some(rule)
            }) else {
                continue;
            };
            self.consent(&rule);
            self.program.rules.push(rule);
        }
    }

    fn flow(&mut self) -> Rule {
        if self.dice.percent(35)
            && let Some(rule) = self.beside_a_guardrail()
        {
            return rule;
        }
        let (clients, servers) = match self.dice.below(12) {
            10.. => (vec![self.external().unwrap_or(End::Nodes)], vec![self.server(false)]),
            0..5 => (vec![self.pods()], vec![self.server(false)]),
            5..7 => (self.clients(), vec![self.server(false)]),
            7 => (vec![self.pods()], self.servers(false)),
            _ => (vec![self.pods()], vec![self.outside()]),
        };
        let cluster = self.scope();
        let author = self.dice.percent(20).then(|| owner(&clients[0])).flatten();
        let author = author.filter(|_| cluster.is_none() && clients.len() == 1);
        Rule { kind: Kind::Flow, clients, servers, except: Vec::new(), cluster, author }
    }

    /// Returns a flow between the ends of a guardrail, but with only some addresses or labels of one end: the addresses
    /// of nodes in the pod network, or another workload of the namespace whose selector may overlap.
    fn beside_a_guardrail(&mut self) -> Option<Rule> {
        let forbids = self.program.rules.iter().filter(|it| it.kind == Kind::Forbid);
        let flows: Vec<Rule> = forbids.flat_map(|it| self.beside(it)).collect();
        let at = self.dice.below(flows.len());
        flows.get(at).cloned()
    }

    fn beside(&self, guardrail: &Rule) -> Vec<Rule> {
        let (Some(client), Some(server)) = (guardrail.clients.first(), guardrail.servers.first())
        else {
            return Vec::new();
        };
        let mut pairs: Vec<(End, Place)> = Vec::new();
        let has_own_ports = matches!(server.end, End::Apiserver | End::Dns);
        let is_open = server.text.is_empty() && !has_own_ports;
        let to = if is_open { any(server.end.clone()) } else { server.clone() };
        pairs.extend(self.workload_beside(client).map(|it| (it, to.clone())));
        pairs.extend(self.workload_beside(&server.end).map(|it| (client.clone(), at(it, 80))));
        if self.program.externals.iter().any(|it| it.name == "inside") {
            let inside = End::External("inside");
            if self.is_on_nodes(client) && server.end.is_pods_by_name() {
                pairs.push((inside.clone(), any(server.end.clone())));
            }
            if self.is_on_nodes(&server.end) {
                pairs.push((client.clone(), any(inside)));
            }
        }
        let flow = |(client, server)| Rule {
            kind: Kind::Flow,
            clients: vec![client],
            servers: vec![server],
            except: Vec::new(),
            cluster: guardrail.cluster,
            author: None,
        };
        pairs.into_iter().map(flow).collect()
    }

    /// Returns another workload of the namespace of a workload.
    fn workload_beside(&self, end: &End) -> Option<End> {
        let path = end.workload()?;
        let all = &self.program.workloads;
        let own = all.iter().find(|it| it.path() == path && !it.on_host_network)?;
        let others = all.iter().filter(|it| it.namespace == own.namespace && !it.on_host_network);
        let mut others = others.map(Workload::path).filter(|it| it != path);
        others.next().map(End::Workload)
    }

    fn is_on_nodes(&self, end: &End) -> bool {
        let hosted = self.program.workloads.iter().filter(|it| it.on_host_network);
        let mut hosted = hosted.map(Workload::path);
        *end == End::Nodes || end.workload().is_some_and(|path| hosted.any(|it| it == path))
    }

    /// Writes the platform's consent to a tenant's flow.
    fn consent(&mut self, rule: &Rule) {
        if !matches!(rule.author, Some(Owner::Tenant(_))) {
            return;
        }
        let mut accept = rule.clone();
        accept.kind = Kind::Accept;
        accept.author = None;
        accept.servers.retain(|it| {
            matches!(
                it.end,
                End::Tenant(_) | End::Component(_) | End::Namespace(_) | End::Workload(_)
            )
        });
        if !accept.servers.is_empty() {
            self.program.rules.push(accept);
        }
    }

    /// Returns whether a guardrail's ends are in the namespaces of a flow's ends.
    fn is_forbidden(&self, flow: &Rule) -> bool {
        let meets = |a: &End, b: &End| match (a, b) {
            // Other ends of one namespace may have pods in common.
            (End::Workload(a), End::Workload(b)) => a == b,
            _wider => {
                let (a, b) = (self.zones(a), self.zones(b));
                a.iter().any(|it| b.contains(it))
            }
        };
        let guardrails = self.program.rules.iter().filter(|it| it.kind != Kind::Flow);
        guardrails.filter(|it| it.kind != Kind::Accept).any(|guardrail| {
            let clients = flow.clients.iter().filter(|it| !guardrail.except.contains(it));
            let is_client =
                clients.into_iter().any(|it| guardrail.clients.iter().any(|no| meets(no, it)));
            let servers = flow.servers.iter().filter(|it| !guardrail.except.contains(&it.end));
            is_client
                && servers
                    .into_iter()
                    .any(|it| guardrail.servers.iter().any(|no| meets(&no.end, &it.end)))
        })
    }

    /// Returns the names of the zones of an end.
    fn zones(&self, end: &End) -> Vec<String> {
        let namespaces = self.program.namespaces.iter();
        match end {
            End::Tenant(name) => namespaces
                .filter(|it| it.owner == Owner::Tenant(name))
                .map(Namespace::path)
                .collect(),
            End::Component(name) => namespaces
                .filter(|it| it.owner == Owner::Component(name))
                .map(Namespace::path)
                .collect(),
            End::Namespace(path) => vec![path.clone()],
            End::Workload(path) => {
                let all = self.program.workloads.iter();
                all.filter(|it| it.path() == *path).map(|it| it.namespace.clone()).collect()
            }
            End::Anyone => {
                let words = ["internet", "nodes", "apiserver", "dns"].map(str::to_owned);
                let externals = self.program.externals.iter().map(|it| it.name.to_owned());
                namespaces.map(Namespace::path).chain(externals).chain(words).collect()
            }
            End::External(_)
            | End::Network(_)
            | End::Internet
            | End::Nodes
            | End::Apiserver
            | End::Dns
            | End::Own => vec![end.word().to_owned()],
        }
    }

    fn clients(&mut self) -> Vec<End> {
        let mut ends = Vec::new();
        loop {
            let end = match self.dice.below(10) {
                0 => End::Nodes,
                1 => self.external().unwrap_or(End::Apiserver),
                2 if self.dice.percent(50) => self
                    .dice
                    .one_of(&[End::Anyone, End::Internet, End::Apiserver, End::Dns])
                    .clone(),
                _ => self.pods(),
            };
            if !ends.contains(&end) {
                ends.push(end);
            }
            if !self.dice.percent(20) {
                return ends;
            }
        }
    }

    fn servers(&mut self, is_guardrail: bool) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        loop {
            let place =
                if self.dice.percent(25) { self.outside() } else { self.server(is_guardrail) };
            if places.iter().all(|it| it.end != place.end) {
                places.push(place);
            }
            if !self.dice.percent(20) {
                return places;
            }
        }
    }

    /// Returns pods by one of their names.
    fn pods(&mut self) -> End {
        match self.dice.below(10) {
            0 | 1 => {
                let row = self.dice.below(self.program.namespaces.len());
                match self.program.namespaces[row].owner {
                    Owner::Tenant(name) => End::Tenant(name),
                    Owner::Component(name) => End::Component(name),
                }
            }
            2 | 3 => {
                let own = self.program.namespaces.iter();
                let own: Vec<String> = own.map(Namespace::path).collect();
                End::Namespace(self.dice.one_of(&own).clone())
            }
            _ => {
                let row = self.dice.below(self.program.workloads.len());
                End::Workload(self.program.workloads[row].path())
            }
        }
    }

    fn external(&mut self) -> Option<End> {
        // A flow to DNS names is an error.
        let all = self.program.externals.iter().filter(|it| !it.has_dns_name);
        let all: Vec<&External> = all.collect();
        if all.is_empty() { None } else { Some(End::External(self.dice.one_of(&all).name)) }
    }

    /// Returns a server that is not a declared workload.
    fn outside(&mut self) -> Place {
        let number = *self.dice.one_of(&NUMBERS);
        match self.dice.below(10) {
            0 | 1 => at(End::Internet, number),
            2 => plain(End::Apiserver),
            3 => plain(End::Dns),
            4 => at(End::Nodes, number),
            5 => any(End::Anyone),
            6 => at(End::Anyone, number),
            7 => {
                let networks = ["10.42.0.0/16", "192.168.0.0/16", "198.51.100.2"];
                at(End::Network(networks[self.dice.below(3)]), number)
            }
            _ => match self.external() {
                Some(end) => at(end, number),
                None => at(End::Internet, number),
            },
        }
    }

    /// Returns pods as a server.
    fn server(&mut self, is_guardrail: bool) -> Place {
        let end = self.pods();
        let workloads = self.program.workloads.iter();
        let mut ports = workloads.filter(|it| end.workload() == Some(&it.path()));
        let ports = ports.next().map(|it| it.ports.clone());
        let ports = ports.unwrap_or_default();
        if is_guardrail && self.dice.percent(55) {
            return Place { end, text: String::new(), ports: Ports::every() };
        }
        if self.dice.percent(15) {
            return any(end);
        }
        if let Some(first) = ports.first() {
            let port = if self.dice.percent(30) { ports.last().unwrap_or(first) } else { first };
            let own = vec![Ports::one(port.protocol, port.pod)];
            if !is_guardrail && self.dice.percent(40) {
                let all = ports.iter().map(|it| Ports::one(it.protocol, it.pod)).collect();
                return Place { end, text: String::new(), ports: all };
            }
            return Place { end, text: format!(":{}", port.name), ports: own };
        }
        if matches!(end, End::Component(_)) {
            return any(end);
        }
        let number = *self.dice.one_of(&NUMBERS);
        match self.dice.below(4) {
            0 => {
                let range = Ports { protocol: Protocol::Tcp, from: 8000, to: 8999 };
                Place { end, text: ":8000-8999".to_owned(), ports: vec![range] }
            }
            1 => {
                let text = format!(":{number}/udp");
                Place { end, text, ports: vec![Ports::one(Protocol::Udp, number)] }
            }
            _ => at(end, number),
        }
    }
}

/// Returns the tenant that may write a flow of a client, beside the platform.
fn owner(end: &End) -> Option<Owner> {
    if let End::Tenant(name) = end {
        return Some(Owner::Tenant(name));
    }
    let (End::Namespace(path) | End::Workload(path)) = end else { return None };
    let (first, _) = path.split_once('.')?;
    let tenant = TENANTS.into_iter().find(|it| *it == first).map(Owner::Tenant);
    tenant.or((first == "plant").then_some(Owner::Component("plant")))
}

/// Adds every port to an end that has no ports of its own.
fn every_port(place: Place) -> Place {
    if matches!(place.end, End::Apiserver | End::Dns) { place } else { any(place.end) }
}
