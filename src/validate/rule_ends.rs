//! The ends of guardrails and of denying assertions as sets. A namespace, a tenant or a component includes its
//! workloads on the network of their nodes, with the addresses of the nodes and of their tunnels. Addresses of
//! the pod network include the pods that may get them.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Places;
use crate::model::{Client, Endpoint, Model, NamespaceId, WorkloadId};
use crate::reachability::{EndsOnPorts, Set};
use crate::scalar::PortSet;

/// A check of guardrail validation. A test skips one check, and expects a missed violation.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Connections to pods.
    IntoPods,
    /// Connections from pods to addresses.
    OutOfPods,
    /// Clients on the network of their nodes.
    HostClients,
    /// Servers on the network of their nodes.
    HostServers,
    /// Addresses of nodes in the pod network.
    Tunnels,
    /// Pods that may have an address of an end.
    PodAddresses,
    /// Pods that match two selectors.
    JointPods,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 7] = [
        Self::IntoPods,
        Self::OutOfPods,
        Self::HostClients,
        Self::HostServers,
        Self::Tunnels,
        Self::PodAddresses,
        Self::JointPods,
    ];
}

/// Resolves the ends that rules name.
pub(super) struct RuleEnds<'p> {
    model: &'p Model,
    places: &'p Places<'p>,
    /// The check that a test skips.
    without: Option<Check>,
    /// The workloads on the network of their nodes.
    hosts: BTreeMap<NamespaceId, Vec<WorkloadId>>,
    /// Pods that are evaluated separately.
    apart: Apart,
    all_apart: Set,
}

/// The pods that are evaluated separately for one rule.
pub(super) struct Special<'e> {
    /// Pods that are clients of the rule.
    pub(super) clients: Set,
    /// Pods that are servers of the rule.
    pub(super) servers: Set,
    /// Pods that are evaluated separately for any rule.
    pub(super) all: &'e Set,
}

/// Pods that are evaluated separately: a violation by other pods is an error, a violation by these pods gets a
/// diagnostic of its own.
pub(super) enum Apart {
    /// Pods that match two selectors, by the workload that is an end of the rule.
    Joint(BTreeMap<WorkloadId, Set>),
    /// Pods of a snapshot.
    Found(Set),
}

/// Exceptions of a guardrail, on either side.
#[derive(Default)]
pub(super) struct Exceptions {
    /// Pods that the exceptions name.
    pods: Set,
    /// Workloads on the network of their nodes.
    hosts: BTreeSet<WorkloadId>,
    /// Addresses, as clients.
    clients: Set,
    /// Addresses, as servers.
    servers: Set,
}

impl<'p> RuleEnds<'p> {
    /// Prepares the ends of a program.
    pub(super) fn of(model: &'p Model, places: &'p Places<'p>, apart: Apart) -> Self {
        let mut hosts = BTreeMap::<NamespaceId, Vec<WorkloadId>>::new();
        for (id, workload) in model.workload_ids().filter(|(_, it)| it.host_network) {
            hosts.entry(workload.namespace).or_default().push(id);
        }
        let all_apart = match &apart {
            Apart::Joint(by_end) => Set::union(by_end.values()),
            Apart::Found(pods) => pods.clone(),
        };
        Self { model, places, without: None, hosts, apart, all_apart }
    }

    /// All pods that are evaluated separately.
    pub(super) fn apart(&self) -> &Set {
        &self.all_apart
    }

    /// The pods that are evaluated separately for a rule with these ends.
    pub(super) fn special<'e>(
        &self,
        clients: impl Iterator<Item = &'e Endpoint>,
        servers: impl Iterator<Item = &'e Endpoint>,
    ) -> Special<'_> {
        let all = &self.all_apart;
        if !self.makes(Check::JointPods) {
            return Special { clients: Set::default(), servers: Set::default(), all };
        }
        Special { clients: self.apart_of(clients), servers: self.apart_of(servers), all }
    }

    /// The pods that are evaluated separately for some ends.
    fn apart_of<'e>(&self, ends: impl Iterator<Item = &'e Endpoint>) -> Set {
        let by_end = match &self.apart {
            Apart::Joint(by_end) => by_end,
            Apart::Found(pods) => return pods.clone(),
        };
        let workloads = ends.filter_map(Endpoint::as_workload);
        let sets: Vec<&Set> = workloads.filter_map(|it| by_end.get(&it)).collect();
        Set::union(sets)
    }

    /// Skips a check.
    pub(super) fn without(self, check: Option<Check>) -> Self {
        Self { without: check, ..self }
    }

    /// Whether a check is enabled.
    fn makes(&self, check: Check) -> bool {
        self.without != Some(check)
    }

    /// The exceptions of a guardrail.
    pub(super) fn exceptions(&self, except: &[Client]) -> Exceptions {
        let mut all = Exceptions::default();
        for endpoint in except.iter().map(|it| &it.endpoint) {
            all.hosts.extend(self.hosts(endpoint));
            all.pods = Set::union([&all.pods, &self.places.pods(endpoint)]);
            if !self.is_workloads(endpoint) {
                let clients = self.places.as_client(endpoint);
                let servers = self.places.as_server(endpoint, &PortSet::Any);
                all.clients = Set::union([&all.clients, &clients]);
                all.servers = Set::union(servers.iter().map(|(_, it)| it).chain([&all.servers]));
            }
        }
        all
    }

    /// The workloads of an end that run on the network of their nodes.
    pub(super) fn hosts(&self, endpoint: &Endpoint) -> Vec<WorkloadId> {
        if let Some(id) = endpoint.as_namespace() {
            return self.hosts.get(&id).cloned().unwrap_or_default();
        }
        let is_host = self.model.is_on_host_network(endpoint);
        endpoint.as_workload().filter(|_| is_host).into_iter().collect()
    }

    /// The workloads of an end on the network of their nodes, without exceptions.
    pub(super) fn bound_hosts(&self, endpoint: &Endpoint, except: &Exceptions) -> Vec<WorkloadId> {
        let mut hosts = self.hosts(endpoint);
        hosts.retain(|it| !except.hosts.contains(it));
        hosts
    }

    /// Pods and source addresses of an end as a client.
    pub(super) fn clients(&self, endpoint: &Endpoint, except: &Exceptions) -> Set {
        if self.is_workloads(endpoint) {
            let pods = self.places.pods(endpoint).without(&except.pods);
            let hosts = self.bound_hosts(endpoint, except);
            let is_host = !hosts.is_empty() && self.makes(Check::HostClients);
            let all = if is_host { Set::union([&pods, &self.nodes()]) } else { pods };
            return all.without(&except.clients);
        }
        let ends = self.places.as_client(endpoint).without(&except.clients);
        let ends = self.with_pods(endpoint, ends);
        let ends = ends.without(&self.excepted_nodes(except)).without(&except.pods);
        if self.makes(Check::Tunnels) { ends } else { ends.without(self.places.tunnels()) }
    }

    /// Pods and addresses of an end as a server, by ports.
    pub(super) fn servers(
        &self,
        endpoint: &Endpoint,
        ports: &PortSet,
        except: &Exceptions,
    ) -> Vec<EndsOnPorts> {
        let bound = |(ports, ends): EndsOnPorts| {
            if self.is_workloads(endpoint) {
                let pods = self.places.pods(endpoint).without(&except.pods);
                let hosts = self.bound_hosts(endpoint, except);
                let is_host = !hosts.is_empty() && self.makes(Check::HostServers);
                let all = if is_host { Set::union([&pods, &self.nodes()]) } else { pods };
                return (ports, self.judged(all.without(&except.servers)));
            }
            let is_nodes = *endpoint == Endpoint::Nodes;
            let ends = if is_nodes { self.nodes() } else { ends };
            let ends = self.with_pods(endpoint, ends.without(&except.servers));
            let ends = ends.without(&self.excepted_nodes(except)).without(&except.pods);
            (ports, self.judged(ends))
        };
        self.places.as_server(endpoint, ports).into_iter().map(bound).collect()
    }

    /// The servers, without those of a skipped check.
    fn judged(&self, servers: Set) -> Set {
        let pods = self.places.every_pod();
        match self.without {
            Some(Check::IntoPods) => servers.without(&pods),
            Some(Check::OutOfPods) => servers.intersection(&pods),
            _other => servers,
        }
    }

    /// The addresses of nodes, with their tunnel addresses: a process on a node listens on both.
    fn nodes(&self) -> Set {
        if self.makes(Check::Tunnels) { self.places.as_node() } else { self.places.nodes().clone() }
    }

    /// A set of ends, with the pods that may have one of its addresses: policies cannot distinguish them.
    fn with_pods(&self, endpoint: &Endpoint, ends: Set) -> Set {
        let is_made = endpoint.is_source_addresses() && self.makes(Check::PodAddresses);
        if is_made { self.places.with_pods(&ends) } else { ends }
    }

    /// Whether an end names workloads, a namespace or a component.
    fn is_workloads(&self, endpoint: &Endpoint) -> bool {
        self.model.namespace_of(endpoint).is_some()
    }

    /// The nodes, if a workload on their network is excepted: they have the same addresses.
    fn excepted_nodes(&self, except: &Exceptions) -> Set {
        if except.hosts.is_empty() { Set::default() } else { self.places.as_node() }
    }
}
