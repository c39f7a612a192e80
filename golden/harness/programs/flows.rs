//! The flows of a random program, and the connections that each opens.

use std::fmt::Write as _;

use mlnetc::scalar::{PortRange, Protocol};

use super::{Kind, Maker, every_port, halves};

/// The file that contains a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    Platform,
    Tenant(usize),
}

/// A client: its text and its pods.
struct Client {
    text: String,
    pods: Vec<usize>,
    /// Its tenant; `None` for addresses.
    tenant: Option<usize>,
}

/// A server: its text, and its pods with their ports.
struct Server {
    text: String,
    pods: Vec<(usize, Vec<PortRange>)>,
    tenant: Option<usize>,
    /// The text of the `accept` that its owner needs, without ports, which have the same text.
    accepted: String,
}

impl Maker {
    /// Writes flows of all kinds: those of profiles, and others.
    pub(super) fn flows(&mut self, most: usize) {
        for (row, namespace) in self.namespaces.clone().into_iter().enumerate() {
            if let Some(ports) = namespace.among {
                let inside = self.inside(row);
                let servers: Vec<_> = inside.iter().map(|it| (*it, ports.clone())).collect();
                self.allow(&inside, &servers);
            }
        }
        for _ in 0..=self.dice.below(most) {
            self.flow();
        }
    }

    fn flow(&mut self) {
        if self.dice.percent(8) {
            self.both_ways();
            return;
        }
        let clients = self.clients();
        let server = if clients.iter().all(|it| it.tenant.is_none()) || self.dice.percent(75) {
            self.pods_as_server()
        } else {
            self.outside_as_server()
        };
        let pods: Vec<usize> = clients.iter().flat_map(|it| it.pods.clone()).collect();
        let words: Vec<&str> = clients.iter().map(|it| it.text.as_str()).collect();
        let from =
            if words.len() == 1 { words.concat() } else { format!("[{}]", words.join(", ")) };
        let reason = ["", "", " { reason = \"as agreed\" }", " { until = 2027-01-31 }"];
        let reason = *self.dice.one_of(&reason);
        let line = format!("flow {from} -> {}{reason}\n", server.text);
        let writer = self.writer(&clients, &server);
        if let (Writer::Tenant(at), Some(owner)) = (writer, server.tenant)
            && at != owner
        {
            let name = &self.tenants[at].name;
            let accept = format!("accept {name} -> {}\n", server.accepted);
            self.tenants[owner].accepts.insert(accept);
        }
        self.write(writer, &line);
        // `anyone` is addresses, including those of pods: it opens only the direction of the other end.
        if server.text.starts_with("anyone") {
            self.open.egress.extend(halves(&pods, &server.pods));
        } else if clients.iter().any(|it| it.text == "anyone") {
            let everybody: Vec<usize> = (0..self.things.len()).collect();
            self.open.ingress.extend(halves(&everybody, &server.pods));
            self.open.egress.extend(halves(&pods, &server.pods));
        } else {
            self.allow(&pods, &server.pods);
        }
    }

    /// Writes a flow between two workloads in both directions, with the ports of each behind it.
    fn both_ways(&mut self) {
        let served: Vec<usize> =
            (0..self.things.len()).filter(|it| !self.things[*it].ports.is_empty()).collect();
        if served.len() < 2 {
            return;
        }
        let (one, other) = (*self.dice.one_of(&served), *self.dice.one_of(&served));
        if one == other {
            return;
        }
        let (a, b) = (self.things[one].path.clone(), self.things[other].path.clone());
        let _ = writeln!(self.platform, "flow {a} <-> {b}");
        for (client, server) in [(one, other), (other, one)] {
            let ports = self.default_ports(server);
            self.allow(&[client], &[(server, ports)]);
        }
    }

    fn write(&mut self, writer: Writer, line: &str) {
        match writer {
            Writer::Platform => self.platform.push_str(line),
            Writer::Tenant(at) => {
                let _ = write!(self.tenants[at].text, "  {line}");
            }
        }
    }

    /// Chooses the writer: the platform may write every flow, a team only a flow with an end of its own.
    fn writer(&mut self, clients: &[Client], server: &Server) -> Writer {
        let owners: Vec<Option<usize>> = clients.iter().map(|it| it.tenant).collect();
        let one = owners.first().copied().flatten();
        let all_one = one.filter(|it| owners.iter().all(|owner| *owner == Some(*it)));
        match all_one {
            Some(tenant) if self.dice.percent(60) => Writer::Tenant(tenant),
            _ => match server.tenant {
                // A team may open its own service to addresses.
                Some(tenant) if one.is_none() && self.dice.percent(50) => Writer::Tenant(tenant),
                _ => Writer::Platform,
            },
        }
    }

    fn clients(&mut self) -> Vec<Client> {
        let count = 1 + usize::from(self.dice.percent(25));
        let mut clients: Vec<Client> = Vec::new();
        for _ in 0..count {
            let client = self.client();
            if clients.iter().all(|it| it.text != client.text) {
                clients.push(client);
            }
        }
        clients
    }

    fn client(&mut self) -> Client {
        match self.dice.below(12) {
            0 => {
                let words = [
                    "lan",
                    "internet",
                    "192.168.1.7",
                    "203.0.113.0/24",
                    "nodes",
                    "apiserver",
                    "anyone",
                ];
                let text = (*self.dice.one_of(&words)).to_owned();
                Client { text, pods: Vec::new(), tenant: None }
            }
            1 | 2 => {
                let row = self.dice.below(self.namespaces.len());
                let namespace = &self.namespaces[row];
                let (text, tenant) = (namespace.path.clone(), Some(namespace.tenant));
                Client { text, pods: self.inside(row), tenant }
            }
            3 => {
                let tenant = self.dice.below(self.tenants.len());
                let pods = (0..self.things.len()).filter(|it| self.things[*it].tenant == tenant);
                let pods = pods.collect();
                Client { text: self.tenants[tenant].name.clone(), pods, tenant: Some(tenant) }
            }
            _ => {
                let row = self.dice.below(self.things.len());
                let thing = &self.things[row];
                Client { text: thing.path.clone(), pods: vec![row], tenant: Some(thing.tenant) }
            }
        }
    }

    fn pods_as_server(&mut self) -> Server {
        if self.dice.percent(15) {
            return self.namespace_as_server();
        }
        let row = self.dice.below(self.things.len());
        let thing = self.things[row].clone();
        let (text, ports) = if thing.ports.is_empty() {
            let (text, ports) = self.numbers();
            (format!("{}:{text}", thing.path), ports)
        } else {
            self.ports_of(row)
        };
        let accepted = text.clone();
        Server { text, pods: vec![(row, ports)], tenant: Some(thing.tenant), accepted }
    }

    /// Returns ports of a service, in each form of the language.
    fn ports_of(&mut self, row: usize) -> (String, Vec<PortRange>) {
        let thing = self.things[row].clone();
        let port = self.dice.one_of(&thing.ports).clone();
        let path = &thing.path;
        match self.dice.below(6) {
            0 => (format!("{path}:any"), every_port()),
            1 | 2 => (format!("{path}:{}", port.name), vec![port.range()]),
            3 => {
                let dialed = if thing.kind == Kind::Headless { port.pods } else { port.dialed };
                let protocol = if port.protocol == Protocol::Udp { "/udp" } else { "" };
                (format!("{path}:{dialed}{protocol}"), vec![port.range()])
            }
            4 => {
                let names: Vec<&str> = thing.ports.iter().map(|it| it.name.as_str()).collect();
                (format!("{path}:[{}]", names.join(", ")), self.declared(row))
            }
            _ => (path.clone(), self.default_ports(row)),
        }
    }

    fn declared(&self, row: usize) -> Vec<PortRange> {
        self.things[row].ports.iter().map(super::Port::range).collect()
    }

    /// Returns the ports of a flow that names none: metrics are excluded, unless there are no other ports.
    fn default_ports(&self, row: usize) -> Vec<PortRange> {
        let (metrics, others): (Vec<_>, Vec<_>) =
            self.things[row].ports.iter().partition(|it| it.scrape);
        let ports = if others.is_empty() { metrics } else { others };
        ports.into_iter().map(super::Port::range).collect()
    }

    /// Returns numbers of pod ports: a port, a range, a port with a protocol.
    fn numbers(&mut self) -> (String, Vec<PortRange>) {
        let range = |protocol, from, to| vec![PortRange { protocol, from, to }];
        match self.dice.below(5) {
            0 => ("8080".to_owned(), range(Protocol::Tcp, 8080, 8080)),
            1 => ("9000-9010".to_owned(), range(Protocol::Tcp, 9000, 9010)),
            2 => ("8080-8090/udp".to_owned(), range(Protocol::Udp, 8080, 8090)),
            3 => ("5060/sctp".to_owned(), range(Protocol::Sctp, 5060, 5060)),
            _ => ("any".to_owned(), every_port()),
        }
    }

    fn namespace_as_server(&mut self) -> Server {
        let row = self.dice.below(self.namespaces.len());
        let namespace = self.namespaces[row].clone();
        let (text, ports) = self.numbers();
        let text = format!("{}:{text}", namespace.path);
        let pods = self.inside(row).into_iter().map(|it| (it, ports.clone())).collect();
        let accepted = text.clone();
        Server { text, pods, tenant: Some(namespace.tenant), accepted }
    }

    /// Returns a server that is not a pod of the program.
    fn outside_as_server(&mut self) -> Server {
        let words = [
            "internet:443",
            "internet:[80, 443]",
            "nas",
            "nas:postgres",
            "nas:ntp",
            "lan:8443",
            "apiserver",
            "dns",
            "anyone:123/udp",
            "203.0.113.128/25:22",
            "nodes:9100",
        ];
        let text = (*self.dice.one_of(&words)).to_owned();
        let range = PortRange { protocol: Protocol::Udp, from: 123, to: 123 };
        let everybody = (0..self.things.len()).map(|it| (it, vec![range]));
        let pods = if text.starts_with("anyone") { everybody.collect() } else { Vec::new() };
        Server { accepted: text.clone(), text, pods, tenant: None }
    }
}
