//! Valid random programs with all parts of the language, and the connections of their pods, which the generator records
//! by rules as simple as those of the language reference. The built policies must allow the same connections.

mod checks;
pub(crate) mod dice;
mod flows;
mod mutations;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use mlnetc::scalar::{PortRange, Protocol};

pub(crate) use checks::{Sample, add, write};
pub(crate) use dice::Dice;

/// Size of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Greatest number of teams.
    pub(crate) tenants: usize,
    /// Greatest number of declarations of a team, beside its namespaces.
    pub(crate) things: usize,
    /// Greatest number of flows.
    pub(crate) flows: usize,
}

impl Size {
    /// Few pods, many kinds of flows.
    pub(crate) const SMALL: Self = Self { tenants: 3, things: 4, flows: 14 };
}

/// A program and its meaning.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// (path, text) of each file.
    pub(crate) files: Vec<(String, String)>,
    /// Its pods.
    pub(crate) things: Vec<Thing>,
    /// Its namespaces.
    pub(crate) namespaces: Vec<Namespace>,
    open: Open,
}

/// The connections that flows open, by direction: (client, server, ports) by the index of the things.
#[derive(Debug, Clone, Default)]
struct Open {
    egress: BTreeSet<(usize, usize, PortRange)>,
    ingress: BTreeSet<(usize, usize, PortRange)>,
}

/// A namespace of a team.
#[derive(Debug, Clone)]
pub(crate) struct Namespace {
    tenant: usize,
    /// Its path in flows.
    path: String,
    /// Its name in the cluster.
    pub(crate) name: String,
    pub(crate) closed_in: bool,
    pub(crate) closed_out: bool,
    /// The ports that its profile opens between all of its pods.
    among: Option<Vec<PortRange>>,
}

/// The kind of declaration of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workload,
    Service,
    Headless,
    LoadBalancer,
    NodePort,
}

/// Pods with a name: a service or a workload.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    kind: Kind,
    tenant: usize,
    /// The index of its namespace.
    pub(crate) namespace: usize,
    /// Its path in the flows of every file.
    pub(crate) path: String,
    /// Labels that match its selector.
    pub(crate) labels: Vec<(String, String)>,
    /// The selector, as source text.
    selector: String,
    pub(crate) ports: Vec<Port>,
}

/// A port of a service.
#[derive(Debug, Clone)]
pub(crate) struct Port {
    name: String,
    /// The port that clients dial.
    dialed: u16,
    /// The port on which the pods listen.
    pub(crate) pods: u16,
    pub(crate) protocol: Protocol,
    /// Whether the Service has the port.
    in_service: bool,
    scrape: bool,
    on_nodes: Option<u16>,
}

impl Port {
    /// Returns the port on which the pods listen.
    pub(crate) fn range(&self) -> PortRange {
        PortRange { protocol: self.protocol, from: self.pods, to: self.pods }
    }
}

/// Returns every port of every protocol.
fn every_port() -> Vec<PortRange> {
    let all = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    all.map(|protocol| PortRange { protocol, from: 1, to: u16::MAX }).to_vec()
}

/// A program under construction.
struct Maker {
    dice: Dice,
    namespaces: Vec<Namespace>,
    things: Vec<Thing>,
    open: Open,
    /// The teams: their texts, and the content of their `tenant` blocks so far.
    tenants: Vec<Tenant>,
    platform: String,
    node_ports: u16,
}

struct Tenant {
    name: String,
    /// Content of its own file.
    text: String,
    /// Flows of other teams that it accepts.
    accepts: BTreeSet<String>,
}

/// Returns the program of a seed.
pub(crate) fn program(seed: u64, size: Size) -> Made {
    let mut maker = Maker {
        dice: Dice::new(seed),
        namespaces: Vec::new(),
        things: Vec::new(),
        open: Open::default(),
        tenants: Vec::new(),
        platform: String::new(),
        node_ports: 30_000,
    };
    maker.cluster();
    maker.platform();
    let tenants = 1 + maker.dice.below(size.tenants);
    for at in 0..tenants {
        maker.tenant(at, size.things);
    }
    maker.flows(size.flows);
    maker.guardrails();
    maker.finish()
}

impl Maker {
    /// Returns the things of a namespace, by index.
    fn inside(&self, namespace: usize) -> Vec<usize> {
        let rows = self.things.iter().enumerate();
        rows.filter(|(_, it)| it.namespace == namespace).map(|(at, _)| at).collect()
    }

    /// Opens ports of servers to clients, in both directions.
    fn allow(&mut self, clients: &[usize], servers: &[(usize, Vec<PortRange>)]) {
        let halves = halves(clients, servers);
        self.open.egress.extend(&halves);
        self.open.ingress.extend(halves);
    }

    /// Writes assertions about some pairs: for an open pair that it is allowed, for a closed pair that it is denied or
    /// forbidden.
    fn guardrails(&mut self) {
        let servers: Vec<(usize, Port)> = self
            .things
            .iter()
            .enumerate()
            .flat_map(|(at, it)| it.ports.iter().map(move |port| (at, port.clone())))
            .collect();
        let mut text = String::new();
        for (server, port) in servers {
            let client = self.dice.below(self.things.len());
            if client == server || !self.dice.percent(60) {
                continue;
            }
            let (from, to) = (&self.things[client].path, &self.things[server].path);
            let is_open = self.is_open(client, server, port.range());
            let word = if is_open { "allow" } else { "deny" };
            let _ = writeln!(text, "assert {word} {from} -> {to}:{}", port.name);
            let Open { egress, ingress } = &self.open;
            let is_flow = egress.union(ingress).any(|it| (it.0, it.1) == (client, server));
            let is_closed = self.namespaces[self.things[client].namespace].closed_out
                || self.namespaces[self.things[server].namespace].closed_in;
            if !is_flow && is_closed && self.dice.percent(25) {
                let _ = writeln!(text, "forbid {from} -> {to}");
            }
        }
        self.platform.push_str(&text);
    }

    fn is_open(&self, client: usize, server: usize, range: PortRange) -> bool {
        is_open(&self.things, &self.namespaces, &self.open, client, server, range)
    }
}

fn halves(
    clients: &[usize],
    servers: &[(usize, Vec<PortRange>)],
) -> BTreeSet<(usize, usize, PortRange)> {
    let ports = servers.iter().flat_map(|(at, ports)| ports.iter().map(move |it| (*at, *it)));
    let ports: Vec<(usize, PortRange)> = ports.collect();
    clients.iter().flat_map(|it| ports.iter().map(move |(at, range)| (*it, *at, *range))).collect()
}

/// Returns whether a client reaches a server on a pod port, by the record of the generator.
fn is_open(
    things: &[Thing],
    namespaces: &[Namespace],
    open: &Open,
    client: usize,
    server: usize,
    range: PortRange,
) -> bool {
    let says = |half: &BTreeSet<(usize, usize, PortRange)>| {
        half.iter().any(|it| (it.0, it.1) == (client, server) && it.2.contains(range))
    };
    let leaves = !namespaces[things[client].namespace].closed_out || says(&open.egress);
    let enters = !namespaces[things[server].namespace].closed_in || says(&open.ingress);
    leaves && enters
}

impl Made {
    /// Returns whether a client reaches a server on a pod port.
    pub(crate) fn reaches(&self, client: usize, server: usize, range: PortRange) -> bool {
        is_open(&self.things, &self.namespaces, &self.open, client, server, range)
    }
}
