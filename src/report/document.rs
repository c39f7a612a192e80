//! The data of templates: endpoints, flows, teams and other facts of one cluster, under names that templates
//! use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::firewall;
use crate::check::Checked;
use crate::lock::{Allocated, Lock};
use crate::model::{
    Cni, Distribution, Endpoint, Flow, Model, Owner, Port, Server, Workload, WorkloadId,
};
use crate::scalar::{Addresses, PortSet};
use crate::source::{Files, Site};

/// One cluster, for templates. Templates use the names of the fields.
#[derive(Debug, Serialize)]
pub struct Document {
    cluster: String,
    distribution: &'static str,
    domain: String,
    pods: Vec<String>,
    services: Vec<String>,
    nodes: Vec<String>,
    apiserver: Vec<String>,
    /// The network plugin: `calico`, `cilium`, …; empty if the source does not name one.
    cni: &'static str,
    metallb: bool,
    namespaces: Vec<Namespace>,
    endpoints: Vec<Service>,
    externals: Vec<External>,
    tenants: Vec<Team>,
    flows: Vec<Line>,
    firewall: Vec<firewall::Opening>,
    moves: Vec<Move>,
    /// Ends and flows without duplicates.
    by_service: Graph,
    by_namespace: Graph,
}

#[derive(Debug, Serialize)]
struct Namespace {
    name: String,
    owner: String,
    closed: bool,
}

/// A Service that one or several declarations describe.
#[derive(Debug, Serialize)]
struct Service {
    path: String,
    name: String,
    namespace: String,
    owner: String,
    description: String,
    host: String,
    kind: &'static str,
    /// Whether mlnetc makes the Service.
    managed: bool,
    /// `local` or `cluster`.
    traffic_policy: &'static str,
    /// The labels that select the pods; empty if a requirement is not a single value.
    selector: BTreeMap<String, String>,
    /// The Service's own labels.
    labels: BTreeMap<String, String>,
    address: Option<String>,
    /// Prefix of environment variables: `MLFLOW_TRACKING`.
    variable: String,
    /// Name in DNS form: `mlflow-tracking`.
    label: String,
    ports: Vec<PortOf>,
}

#[derive(Debug, Serialize)]
struct PortOf {
    name: String,
    port: u16,
    pod_port: String,
    protocol: &'static str,
    node_port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct External {
    name: String,
    addresses: Vec<String>,
    names: Vec<String>,
    description: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Team {
    name: String,
    contact: String,
}

/// One client and one server of a flow.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Line {
    /// The owner of the policies that implement the flow.
    owner: String,
    source: String,
    destination: String,
    /// Pod ports, each with its protocol.
    ports: String,
    reason: String,
    until: String,
    /// Whether the ends have different owners.
    crosses: bool,
    place: String,
}

/// A load balancer whose address differs from the one in the lock.
#[derive(Debug, Serialize)]
struct Move {
    service: String,
    before: Option<String>,
    after: Option<String>,
    owner: String,
    /// The teams whose pods have flows to the service.
    affected: Vec<Team>,
}

/// The data of the graph templates.
#[derive(Debug, Serialize)]
pub(super) struct Drawn<'d> {
    cluster: &'d str,
    graph: &'d Graph,
}

#[derive(Debug, Serialize)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Debug, Serialize)]
struct Node {
    id: String,
    name: String,
    /// The name of the namespace; empty for ends outside the cluster.
    group: String,
}

#[derive(Debug, Serialize)]
struct Edge {
    from: String,
    to: String,
    ports: String,
}

impl Document {
    /// Collects the data of a cluster. `before` is the lock as it was read.
    pub fn of(checked: &Checked, files: &Files, before: &Lock, addresses: &Allocated) -> Self {
        let model = checked.model();
        let cluster = &model.cluster;
        let cni = cluster.network_plugin();
        Self {
            cluster: cluster.name.node.to_string(),
            distribution: word(cluster.distribution),
            domain: cluster.domain.clone(),
            pods: cluster.pods.iter().map(|it| it.node.to_string()).collect(),
            services: cluster.services.iter().map(|it| it.node.to_string()).collect(),
            nodes: cluster.nodes.as_ref().map_or_else(Vec::new, |it| texts(&it.node)),
            apiserver: firewall::apiserver(cluster),
            cni: cni.map_or("", Cni::word),
            metallb: cluster.metallb.is_some(),
            namespaces: namespaces(model),
            endpoints: endpoints(model, addresses),
            externals: model.externals.iter().map(external).collect(),
            tenants: model.tenants.iter().map(|it| team(model, &it.name)).collect(),
            firewall: firewall::openings(model, cni),
            moves: moves(model, before, addresses),
            by_service: graph(model, false),
            by_namespace: graph(model, true),
            flows: lines(model, files),
        }
    }

    /// Returns the distribution of the cluster, as the language writes it.
    pub fn distribution(&self) -> &'static str {
        self.distribution
    }

    /// Returns the name of the cluster, and its flows as a graph of services or of namespaces.
    pub(super) fn graph(&self, by_service: bool) -> Drawn<'_> {
        let graph = if by_service { &self.by_service } else { &self.by_namespace };
        Drawn { cluster: &self.cluster, graph }
    }
}

fn word(distribution: Distribution) -> &'static str {
    match distribution {
        Distribution::K3s => "k3s",
        Distribution::Kubeadm => "kubeadm",
        Distribution::Eks => "eks",
        Distribution::Generic => "generic",
    }
}

fn texts(addresses: &Addresses) -> Vec<String> {
    addresses.0.iter().map(|it| short(&it.to_string())).collect()
}

/// Returns a single address without its prefix length.
fn short(network: &str) -> String {
    let single = network.strip_suffix("/32").or_else(|| network.strip_suffix("/128"));
    single.unwrap_or(network).to_owned()
}

fn namespaces(model: &Model) -> Vec<Namespace> {
    let rows = model.namespaces.iter().map(|it| Namespace {
        name: it.name.clone(),
        owner: model.owner_name(it.owner).to_owned(),
        closed: it.isolation.ingress.is_some() && it.isolation.egress.is_some(),
    });
    let mut rows: Vec<Namespace> = rows.collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}

/// Returns every Service that clients connect to, sorted by namespace and name.
fn endpoints(model: &Model, addresses: &Allocated) -> Vec<Service> {
    let mut services: Vec<Service> = model
        .workload_ids()
        .filter_map(|(id, it)| endpoint(model, it, addresses.address(id).map(|it| it.to_string())))
        .collect();
    services.sort_by(|one, other| {
        (&one.namespace, &one.name, &one.path).cmp(&(&other.namespace, &other.name, &other.path))
    });
    services
}

fn endpoint(model: &Model, workload: &Workload, address: Option<String>) -> Option<Service> {
    let service = workload.service.as_ref()?;
    let ports: Vec<PortOf> = workload.ports.iter().filter_map(port).collect();
    if ports.is_empty() {
        return None;
    }
    let namespace = model.namespace(workload.namespace).name.clone();
    let label = workload.path.replace('.', "-");
    let pods = workload.pods.values().unwrap_or_default();
    let selector = pods.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Some(Service {
        host: format!("{}.{namespace}.svc.{}", service.name, model.cluster.domain),
        path: workload.path.clone(),
        name: service.name.clone(),
        namespace,
        owner: model.owner_name(workload.owner).to_owned(),
        description: workload.description.clone().unwrap_or_default(),
        kind: service.kind.node.word(),
        managed: service.managed,
        traffic_policy: service.traffic_policy.word(),
        selector,
        labels: service.labels.iter().map(|(key, value, _)| (key.clone(), value.clone())).collect(),
        address,
        variable: label.replace('-', "_").to_uppercase(),
        label,
        ports,
    })
}

fn port(port: &Port) -> Option<PortOf> {
    Some(PortOf {
        name: port.name.node.to_string(),
        port: port.service_port?.0,
        pod_port: port.pod_port.0.from.to_string(),
        protocol: port.pod_port.0.protocol.as_str(),
        node_port: port.node_port.as_ref().map(|it| it.node),
    })
}

fn external(it: &crate::model::External) -> External {
    External {
        name: it.name.node.to_string(),
        addresses: texts(&it.cidrs),
        names: it.names.iter().map(|it| it.node.clone()).collect(),
        description: it.description.clone().unwrap_or_default(),
    }
}

fn team(model: &Model, name: &crate::source::Name) -> Team {
    let row = model.tenants.iter().find(|it| it.name == *name);
    let contact = row.and_then(|it| it.contact.clone()).unwrap_or_default();
    Team { name: name.to_string(), contact }
}

fn lines(model: &Model, files: &Files) -> Vec<Line> {
    let lines = model.flows.iter().flat_map(|flow| {
        flow.clients.iter().flat_map(move |client| {
            flow.servers.iter().map(move |server| {
                let owner = |end| model.owner_of(end).filter(|it| *it != Owner::Platform);
                Line {
                    owner: model.owner_name(flow.layer).to_owned(),
                    source: model.called(&client.endpoint),
                    destination: model.called(&server.endpoint),
                    ports: ports(model, server),
                    reason: flow.reason.clone().unwrap_or_default(),
                    until: flow.until.as_ref().map_or_else(String::new, |it| it.node.to_string()),
                    crosses: owner(&client.endpoint) != owner(&server.endpoint),
                    place: place(files, flow.site),
                }
            })
        })
    });
    let lines: BTreeSet<Line> = lines.collect();
    lines.into_iter().collect()
}

/// Formats the ports that policies open at a server: pod ports, or for `apiserver` and `dns` those of the
/// cluster.
fn ports(model: &Model, server: &Server) -> String {
    let listed: BTreeSet<String> = if server.endpoint == Endpoint::Apiserver {
        let endpoints = model.cluster.apiserver.iter().flat_map(|it| &it.node);
        endpoints.map(|(_, port)| format!("{}/tcp", port.from)).collect()
    } else if server.endpoint == Endpoint::Dns {
        BTreeSet::from(["53/tcp".to_owned(), "53/udp".to_owned()])
    } else {
        return firewall::ports(&server.ports).collect::<Vec<_>>().join(", ");
    };
    listed.into_iter().collect::<Vec<_>>().join(", ")
}

fn place(files: &Files, site: Site) -> String {
    let file = files.file(site.span.file);
    format!("{}:{}", file.path, file.line_column(site.span.start).line)
}

fn moves(model: &Model, before: &Lock, addresses: &Allocated) -> Vec<Move> {
    let locked = before.services_of(model.cluster.name.node.as_str());
    let old: BTreeMap<&str, String> =
        locked.iter().map(|(address, path)| (path.as_str(), address.to_string())).collect();
    let mut moves: Vec<Move> = Vec::new();
    for (id, workload) in model.workload_ids() {
        let after = addresses.address(id).map(|it| it.to_string());
        let before = old.get(workload.path.as_str()).cloned();
        if before != after {
            let affected = affected(model, id);
            let owner = model.owner_name(workload.owner).to_owned();
            moves.push(Move { service: workload.path.clone(), before, after, owner, affected });
        }
    }
    moves.sort_by(|one, other| one.service.cmp(&other.service));
    moves
}

/// Returns the teams whose pods have flows to a service.
fn affected(model: &Model, id: WorkloadId) -> Vec<Team> {
    let leads =
        |it: &&Flow| it.servers.iter().any(|server| server.endpoint == Endpoint::Workload(id));
    let clients = model.flows.iter().filter(leads).flat_map(|it| &it.clients);
    let owners = clients.filter_map(|it| model.owner_of(&it.endpoint));
    let teams = owners.filter_map(|it| match it {
        Owner::Platform => None,
        Owner::Tenant(id) => Some(team(model, &model.tenant(id).name)),
    });
    let teams: BTreeSet<Team> = teams.collect();
    teams.into_iter().collect()
}

fn graph(model: &Model, by_namespace: bool) -> Graph {
    let name = |end: &Endpoint| match model.namespace_of(end) {
        Some(id) if by_namespace => model.namespace(id).name.clone(),
        Some(_) | None => model.called(end),
    };
    let mut groups = BTreeMap::<String, String>::new();
    let mut edges = BTreeMap::<(String, String), PortSet>::new();
    for flow in &model.flows {
        let servers = flow.servers.iter().map(|it| (&it.endpoint, &it.ports));
        for (server, ports) in servers {
            for client in flow.clients.iter().map(|it| &it.endpoint) {
                let ends = (name(client), name(server));
                for (end, name) in [(client, &ends.0), (server, &ends.1)] {
                    let group = model.namespace_of(end).map(|id| model.namespace(id).name.clone());
                    groups.insert(name.clone(), group.unwrap_or_default());
                }
                let own = by_namespace && ends.0 == ends.1;
                if !own {
                    let known = edges.entry(ends).or_insert_with(|| PortSet::of([]));
                    *known = known.union(ports);
                }
            }
        }
    }
    let ids: BTreeMap<&str, String> =
        groups.keys().enumerate().map(|(at, it)| (it.as_str(), format!("n{at}"))).collect();
    let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
    let nodes = groups.iter();
    let nodes =
        nodes.map(|(name, group)| Node { id: id(name), name: name.clone(), group: group.clone() });
    let edges = edges.iter().map(|((from, to), ports)| Edge {
        from: id(from),
        to: id(to),
        ports: ports.to_string(),
    });
    Graph { nodes: nodes.collect(), edges: edges.collect() }
}
