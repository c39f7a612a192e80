//! Pods, hosts and addresses that a cluster may have, and those that match a rule's end: the test's own interpretation
//! of the language, from the data of the random program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::objects::{Objects, number};
use super::program::{
    Cluster, End, Namespace, Owner, Place, Ports, Program, Protocol, Requirement, Selector, Tunnels,
};

/// Labels of an object.
pub(super) type Labels = BTreeMap<String, String>;

/// Networks that are not public (RFC 6890 and its registries).
const NOT_PUBLIC: [&str; 26] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/80",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// A possible end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    /// Namespace and labels of a pod that policies can select.
    pub(super) pod: Option<(String, Labels)>,
    /// The kind of host, for an entity on the network of a node.
    pub(super) host: Option<Host>,
    pub(super) address: IpAddr,
}

/// An entity on the network of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A process of the node.
    Process,
    /// Pods of a workload, by its path.
    Pods(String),
}

/// A cluster of a program.
pub(super) struct World<'p> {
    program: &'p Program,
    cluster: &'p Cluster,
    pub(super) entities: Vec<Entity>,
    /// Ports at which rules of policies begin.
    ports: BTreeSet<(Protocol, u16)>,
}

impl<'p> World<'p> {
    /// Returns every entity that may exist beside a cluster's policies.
    pub(super) fn of(program: &'p Program, cluster: &'p Cluster, objects: &Objects) -> Self {
        let mut world = Self { program, cluster, entities: Vec::new(), ports: BTreeSet::new() };
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            world.ports.insert((protocol, 1));
        }
        world.ports.extend(objects.ports());
        let addresses = world.addresses(objects);
        let labels = world.labels(objects);
        for (address, is_of_pods) in addresses {
            if is_of_pods && !world.is_known_tunnel(address) {
                let pods = labels.iter();
                let pods = pods.map(|it| Entity { pod: Some(it.clone()), host: None, address });
                world.entities.extend(pods);
            }
            if world.is_of_nodes(address) {
                let hosts = world.workloads().filter(|it| it.on_host_network);
                let hosts = hosts.map(|it| Host::Pods(it.path())).chain([Host::Process]);
                let hosts = hosts.map(|it| Entity { pod: None, host: Some(it), address });
                let hosts: Vec<Entity> = hosts.collect();
                world.entities.extend(hosts);
            } else if !is_of_pods {
                world.entities.push(Entity { pod: None, host: None, address });
            }
        }
        world
    }

    /// The name of the cluster.
    pub(super) fn name(&self) -> &'static str {
        self.cluster.name
    }

    /// Returns whether two entities can connect under policies: two hosts have no policies, and both ends of a
    /// connection have addresses of one family.
    pub(super) fn can_meet(&self, client: usize, server: usize) -> bool {
        let [client, server] = [client, server].map(|it| &self.entities[it]);
        let is_policed = client.pod.is_some() || server.pod.is_some();
        is_policed && client.address.is_ipv4() == server.address.is_ipv4()
    }

    /// Returns whether an end matches an entity.
    pub(super) fn means(&self, end: &End, entity: &Entity, as_client: bool) -> bool {
        let in_namespaces = |is: &dyn Fn(&Namespace) -> bool| {
            let mut all = self.program.namespaces.iter().filter(|it| is(it));
            all.any(|it| self.is_in(it, entity))
        };
        let within = |all: &[&str]| all.iter().any(|it| network(it).contains(&entity.address));
        match end {
            End::Tenant(name) => in_namespaces(&|it| it.owner == Owner::Tenant(name)),
            End::Namespace(path) => in_namespaces(&|it| it.path() == *path),
            End::Component(name) => {
                let mut own = self.workloads().filter(|it| it.owner == Owner::Component(name));
                own.any(|it| self.is_pod_of(&it.path(), entity))
            }
            End::Workload(path) => self.is_pod_of(path, entity),
            End::External(name) => {
                let here = |it: Option<&str>| it.is_none_or(|it| it == self.cluster.name);
                let mut all = self.program.externals.iter();
                all.any(|it| it.name == *name && here(it.cluster) && within(&it.cidrs))
            }
            End::Network(text) => within(&[text]),
            End::Internet => entity.pod.is_none() && self.is_public(entity.address),
            End::Anyone => true,
            End::Nodes => entity.host.is_some(),
            End::Apiserver => {
                let is_tunnel = entity.host.is_some() && !within(&self.cluster.nodes);
                entity.pod.is_none() && self.is_apiserver(entity.address) || as_client && is_tunnel
            }
            End::Dns => match &entity.pod {
                Some((namespace, labels)) => {
                    namespace == "kube-system"
                        && labels.get("k8s-app").is_some_and(|it| it == "kube-dns")
                }
                None => !as_client && self.is_dns_cache(entity.address),
            },
            End::Own => panic!("only flows of profiles have `self`"),
        }
    }

    /// Returns whether workloads of an end run on the network of their nodes.
    pub(super) fn has_hosts(&self, end: &End) -> bool {
        let is_hosted = |it: &Entity| matches!(&it.host, Some(Host::Pods(_)));
        let mut hosted = self.entities.iter().filter(|it| is_hosted(it));
        end.is_pods_by_name() && hosted.any(|it| self.means(end, it, true))
    }

    /// Returns the ports of a guardrail's server at which an answer may change.
    pub(super) fn ports(&self, place: &Place) -> Vec<(Protocol, u16)> {
        let dns = || [Protocol::Tcp, Protocol::Udp].map(|it| Ports::one(it, 53)).to_vec();
        let ranges = match &place.end {
            End::Dns => dns(),
            End::Apiserver => self.cluster.apiserver.iter().map(|it| endpoint(it).1).collect(),
            End::Tenant(_)
            | End::Component(_)
            | End::Namespace(_)
            | End::Workload(_)
            | End::External(_)
            | End::Network(_)
            | End::Internet
            | End::Anyone
            | End::Nodes
            | End::Own => place.ports.clone(),
        };
        let mut all: BTreeSet<(Protocol, u16)> =
            ranges.iter().map(|it| (it.protocol, it.from)).collect();
        all.extend(self.ports.iter().copied().filter(|(protocol, port)| {
            ranges.iter().any(|it| it.protocol == *protocol && it.from <= *port && *port <= it.to)
        }));
        all.into_iter().collect()
    }

    fn workloads(&self) -> impl Iterator<Item = &'p super::program::Workload> {
        let here = self.cluster.name;
        self.program.workloads.iter().filter(move |it| it.cluster.is_none_or(|it| it == here))
    }

    fn is_in(&self, namespace: &Namespace, entity: &Entity) -> bool {
        match (&entity.pod, &entity.host) {
            (Some((name, _)), _) => *name == namespace.name,
            (None, Some(Host::Pods(path))) => {
                let mut hosted = self.workloads().filter(|it| it.path() == *path);
                hosted.any(|it| it.namespace == namespace.path())
            }
            (None, _) => false,
        }
    }

    fn is_pod_of(&self, path: &str, entity: &Entity) -> bool {
        let Some(workload) = self.workloads().find(|it| it.path() == path) else { return false };
        if workload.on_host_network {
            return matches!(&entity.host, Some(Host::Pods(host)) if host == path);
        }
        let mut namespaces = self.program.namespaces.iter();
        let namespace = namespaces.find(|it| it.path() == workload.namespace);
        let (Some(namespace), Some((name, labels))) = (namespace, &entity.pod) else {
            return false;
        };
        namespace.name == *name && workload.selector.selects(labels)
    }

    fn is_public(&self, address: IpAddr) -> bool {
        let own = self.own().into_iter().chain(NOT_PUBLIC.map(network));
        let has_family = self.cluster.pods.iter().any(|it| same_family(network(it), address));
        has_family && !own.into_iter().any(|it| it.contains(&address))
    }

    /// Returns the networks of the cluster.
    fn own(&self) -> Vec<IpNet> {
        let Cluster { pods, services, nodes, tunnels, apiserver, .. } = self.cluster;
        let known = match tunnels {
            Tunnels::Known(all) => all.as_slice(),
            Tunnels::Unused | Tunnels::Unknown => &[],
        };
        let all = pods.iter().chain(services).chain(nodes).chain(known).map(|it| network(it));
        let apiserver = apiserver.iter().map(|it| IpNet::from(endpoint(it).0));
        all.chain(apiserver).collect()
    }

    fn is_apiserver(&self, address: IpAddr) -> bool {
        self.cluster.apiserver.is_some_and(|it| endpoint(it).0 == address)
    }

    fn dns_cache(&self) -> Vec<IpAddr> {
        if !self.cluster.has_dns_cache {
            return Vec::new();
        }
        let tenth = self.cluster.services.iter().map(|it| match network(it).network() {
            IpAddr::V4(it) => IpAddr::V4(Ipv4Addr::from(u32::from(it) + 10)),
            IpAddr::V6(it) => IpAddr::V6(Ipv6Addr::from(u128::from(it) + 10)),
        });
        tenth.chain([IpAddr::from([169, 254, 20, 10])]).collect()
    }

    fn is_dns_cache(&self, address: IpAddr) -> bool {
        self.dns_cache().contains(&address)
    }

    fn is_known_tunnel(&self, address: IpAddr) -> bool {
        match &self.cluster.tunnels {
            Tunnels::Known(all) => all.iter().any(|it| network(it).contains(&address)),
            Tunnels::Unused | Tunnels::Unknown => false,
        }
    }

    /// Returns whether an address may be that of a node.
    fn is_of_nodes(&self, address: IpAddr) -> bool {
        let within = |all: &[&str]| all.iter().any(|it| network(it).contains(&address));
        let in_tunnel = match &self.cluster.tunnels {
            Tunnels::Unknown => within(&self.cluster.pods),
            Tunnels::Unused | Tunnels::Known(_) => self.is_known_tunnel(address),
        };
        in_tunnel || within(&self.cluster.nodes)
    }

    /// Returns an address for each part of address space that networks distinguish, and whether it is in the pod
    /// network.
    fn addresses(&self, objects: &Objects) -> Vec<(IpAddr, bool)> {
        let mut networks = objects.networks();
        networks.extend(self.own());
        networks.extend(self.dns_cache().into_iter().map(IpNet::from));
        networks
            .extend(self.program.externals.iter().flat_map(|it| &it.cidrs).map(|it| network(it)));
        for rule in &self.program.rules {
            let ends = rule.clients.iter().chain(&rule.except);
            let ends = ends.chain(rule.servers.iter().map(|it| &it.end));
            networks.extend(ends.filter_map(End::network).map(network));
        }
        networks.extend(NOT_PUBLIC.map(network));
        networks.sort_unstable();
        networks.dedup();
        let mut starts: BTreeSet<(bool, u128)> = BTreeSet::new();
        for it in &networks {
            let is_v4 = it.addr().is_ipv4();
            let last = if is_v4 { u128::from(u32::MAX) } else { u128::MAX };
            starts.insert((is_v4, number(it.network())));
            let end = number(it.broadcast());
            if end < last {
                starts.insert((is_v4, end + 1));
            }
        }
        let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
        let mut all = Vec::new();
        for (is_v4, start) in starts {
            if !self.cluster.pods.iter().any(|it| network(it).addr().is_ipv4() == is_v4) {
                continue;
            }
            let address = if is_v4 {
                IpAddr::V4(Ipv4Addr::from(u32::try_from(start).expect("an IPv4 address")))
            } else {
                IpAddr::V6(Ipv6Addr::from(start))
            };
            let mut kind: Vec<bool> = networks.iter().map(|it| it.contains(&address)).collect();
            kind.push(is_v4);
            if seen.insert(kind) {
                let in_pods = self.cluster.pods.iter().any(|it| network(it).contains(&address));
                all.push((address, in_pods));
            }
        }
        all
    }

    /// Returns every combination of the label values that occur, in every namespace.
    fn labels(&self, objects: &Objects) -> Vec<(String, Labels)> {
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let own = self.program.workloads.iter().flat_map(|it| it.selector.labels());
        let dns = ("k8s-app".to_owned(), "kube-dns".to_owned());
        for (key, value) in own.chain(objects.labels()).chain([dns]) {
            values.entry(key).or_default().insert(value);
        }
        let mut namespaces: Vec<String> =
            self.program.namespaces.iter().map(|it| it.name.clone()).collect();
        namespaces.extend(["kube-system", "stranger"].map(str::to_owned));
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut all = Vec::new();
        for namespace in namespaces {
            let mut combinations = vec![Labels::new()];
            for (key, values) in &values {
                // The label of the cluster's DNS has no effect in other namespaces.
                if key == "k8s-app" && namespace != "kube-system" {
                    continue;
                }
                let values = values.iter().map(String::as_str).chain(["another"]);
                let values: Vec<&str> = values.collect();
                combinations = combinations
                    .iter()
                    .flat_map(|labels| {
                        let with = |value: &&str| {
                            let mut labels = labels.clone();
                            labels.insert(key.clone(), (*value).to_owned());
                            labels
                        };
                        values.iter().map(with).chain([labels.clone()]).collect::<Vec<_>>()
                    })
                    .collect();
            }
            all.extend(combinations.into_iter().map(|it| (namespace.clone(), it)));
        }
        all
    }
}

impl Selector {
    fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|(key, requirement)| {
            let value = labels.get(*key).map(String::as_str);
            match requirement {
                Requirement::Is(wanted) => value == Some(wanted),
                Requirement::OneOf(wanted) => value.is_some_and(|it| wanted.contains(&it)),
                Requirement::Not(other) => value.is_none_or(|it| !other.contains(&it)),
                Requirement::Any => value.is_some(),
                Requirement::None => value.is_none(),
            }
        })
    }

    fn labels(&self) -> Vec<(String, String)> {
        let all = self.0.iter().flat_map(|(key, requirement)| {
            let values = match requirement {
                Requirement::Is(value) => vec![*value],
                Requirement::OneOf(values) | Requirement::Not(values) => values.clone(),
                Requirement::Any | Requirement::None => vec!["another"],
            };
            values.into_iter().map(move |it| ((*key).to_owned(), it.to_owned()))
        });
        all.collect()
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.pod, &self.host) {
            (Some((namespace, labels)), _) => {
                let labels: Vec<String> =
                    labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(out, "a pod of {namespace} with [{}]", labels.join(", "))?;
            }
            (None, Some(Host::Pods(path))) => write!(out, "a pod of {path} on its node")?,
            (None, Some(Host::Process)) => write!(out, "a node")?,
            (None, None) => write!(out, "a machine")?,
        }
        write!(out, " at {}", self.address)
    }
}

fn network(text: &str) -> IpNet {
    text.parse().or_else(|_| text.parse().map(|it: IpAddr| IpNet::from(it))).expect("a network")
}

fn endpoint(text: &str) -> (IpAddr, Ports) {
    let (address, port) = text.rsplit_once(':').expect("an address and a port");
    let address = address.parse().expect("an address");
    (address, Ports::one(Protocol::Tcp, port.parse().expect("a port")))
}

fn same_family(network: IpNet, address: IpAddr) -> bool {
    network.addr().is_ipv4() == address.is_ipv4()
}
