//! Resolves the ends of a question in a cluster: namespaces, workloads, pods, Services, labels.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::answer::Unclear;
use super::parse::{End, PortItem, Ports};
use crate::diagnostics::{Code, Message, nearest};
use crate::policy::{Labels, Policy, Port, Selector};
use crate::reachability::{Pods, Reach, Service, ServicePort, Set};
use crate::scalar::{Addresses, EVERY_PORT, PortRange};

/// Resolves names in a cluster.
pub(super) struct Names<'r> {
    /// The cluster, with its policies applied.
    pub(super) reach: &'r Reach<'r>,
    /// Notes for the answer.
    pub(super) notes: Vec<Message>,
}

/// Sets of servers, each with its ports.
type Servers = Vec<(Vec<PortRange>, Set)>;

/// The Service and the pods that a name in a namespace refers to.
struct Within<'r> {
    service: Option<&'r Service>,
    pods: Set,
}

impl<'r> Names<'r> {
    /// Resolves the clients of a question.
    pub(super) fn clients(&mut self, end: &End) -> Result<Set, Unclear> {
        let ends = self.reach.ends();
        Ok(match end {
            End::Each => ends.everybody().clone(),
            End::Block(network) => ends.of_block(network, &[]),
            End::Namespace(namespace) => self.namespace(namespace)?,
            End::Labelled(namespace, labels) => self.labelled(namespace, labels),
            End::Within(namespace, name) => {
                let within = self.within(namespace, name)?;
                self.pods_of(namespace, name, within)?
            }
            End::Name(name) => match self.named(name)? {
                Named::Internet => internet(self.reach),
                Named::Namespace(namespace) => self.namespace(namespace)?,
                Named::Within(namespace, name) => {
                    let within = self.within(namespace, name)?;
                    self.pods_of(namespace, name, within)?
                }
            },
        })
    }

    /// Resolves the servers of a question, each set with its ports.
    pub(super) fn servers(&mut self, end: &End, ports: Option<&Ports>) -> Result<Servers, Unclear> {
        let (namespace, name) = match end {
            End::Within(namespace, name) => (namespace.as_str(), name.as_str()),
            End::Name(name) => match self.named(name)? {
                Named::Within(namespace, name) => (namespace, name),
                Named::Internet | Named::Namespace(_) => {
                    let all = self.clients(end)?;
                    return self.on(&all, ports);
                }
            },
            End::Block(network) => match self.service_at(network) {
                Some(service) => {
                    let Service { namespace, name, .. } = service;
                    let text = format!(
                        "{} is Service `{namespace}/{name}`: policies apply to the pods behind it",
                        network.addr()
                    );
                    self.notes.push(Message::new(Code::N1042, text));
                    (namespace.as_str(), name.as_str())
                }
                None => {
                    let all = self.clients(end)?;
                    return self.on(&all, ports);
                }
            },
            End::Each | End::Namespace(_) | End::Labelled(..) => {
                let all = self.clients(end)?;
                return self.on(&all, ports);
            }
        };
        let within = self.within(namespace, name)?;
        let Some(service) = within.service else {
            let pods = self.pods_of(namespace, name, within)?;
            return self.on(&pods, ports);
        };
        let behind = service
            .pods
            .as_ref()
            .map_or_else(Set::default, |selector| self.reach.ends().of_pods(namespace, selector));
        let items = ports.map_or(&[][..], |it| it.items.as_slice());
        let mut servers = Vec::new();
        for port in &service.ports {
            let is_meant = |item: &PortItem| match item {
                PortItem::Range(range) => range.contains(port.dialed),
                PortItem::Name(name) => port.name.as_ref() == Some(name),
            };
            if ports.is_none() || items.iter().any(is_meant) {
                if service.is_headless {
                    servers.push((vec![port.dialed], behind.clone()));
                } else {
                    servers.extend(self.targets(&port.target, &behind));
                }
                self.translation(service, port, &behind);
            }
        }
        if servers.is_empty() {
            // Not a port of the Service: falls back to ports of its pods, unless the server is the Service's
            // address.
            let has: Vec<String> = service.ports.iter().map(|it| it.dialed.to_string()).collect();
            let has = if has.is_empty() { "no port".to_owned() } else { has.join(", ") };
            if matches!(end, End::Block(_)) {
                let message = format!("Service `{namespace}/{name}` has no such port");
                return Err(Unclear::new(message, format!("it has {has}")));
            }
            if !service.is_headless && items.iter().any(|it| matches!(it, PortItem::Range(_))) {
                let text = format!(
                    "Service `{namespace}/{name}` has {has}, not this port: the answer is for the \
                     port of its pods"
                );
                self.notes.push(Message::new(Code::N1044, text));
            }
            let pods = self.pods_of(namespace, name, within)?;
            return self.on(&pods, ports);
        }
        if behind.is_empty() {
            return Err(no_pods(service));
        }
        Ok(servers)
    }

    fn translation(&mut self, service: &Service, port: &ServicePort, behind: &Set) {
        let target = match &port.target {
            Port::Numbers(range) => range.to_string(),
            Port::Named(_, name) => {
                let numbers = self.targets(&port.target, behind).into_iter();
                let numbers: BTreeSet<PortRange> = numbers.flat_map(|(ports, _)| ports).collect();
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                if numbers.is_empty() { format!("`{name}`") } else { numbers.join(", ") }
            }
        };
        let dialed = port.dialed.to_string();
        if target != dialed {
            let Service { namespace, name, .. } = service;
            let text = if service.is_headless {
                format!(
                    "Service `{namespace}/{name}` is headless: clients connect to port {dialed} of its pods, and \
                     nothing translates it to {target}"
                )
            } else {
                format!(
                    "port {dialed} of Service `{namespace}/{name}` is port {target} of its pods"
                )
            };
            self.notes.push(Message::new(Code::N1043, text));
        }
    }

    /// The Service with an address. Its address is translated before policies are evaluated.
    fn service_at(&self, network: &IpNet) -> Option<&'r Service> {
        let is_one = network.prefix_len() == network.max_prefix_len();
        let mut services = self.reach.cluster().services.iter().filter(|_| is_one);
        services.find(|it| it.addresses.contains(&network.addr()))
    }

    /// A set of ends with the ports of the question, or with every port.
    fn on(&self, ends: &Set, ports: Option<&Ports>) -> Result<Servers, Unclear> {
        let Some(ports) = ports else { return Ok(vec![(EVERY_PORT.to_vec(), ends.clone())]) };
        let mut servers = Vec::new();
        for item in &ports.items {
            match item {
                PortItem::Range(range) => servers.push((vec![*range], ends.clone())),
                PortItem::Name(name) => {
                    let found = self.listening(ends, |it| it.name == *name);
                    if found.is_empty() {
                        let known: BTreeSet<&str> = self.port_names(ends);
                        let message = format!("these pods have no port `{name}`");
                        let near = nearest(name, known.iter().copied());
                        let help = near.map_or_else(
                            || "write its number".to_owned(),
                            |it| format!("did you mean `{it}`?"),
                        );
                        return Err(Unclear::new(message, help));
                    }
                    servers.extend(found);
                }
            }
        }
        Ok(servers)
    }

    fn targets(&self, target: &Port, pods: &Set) -> Servers {
        match target {
            Port::Numbers(range) => vec![(vec![*range], pods.clone())],
            Port::Named(protocol, name) => {
                self.listening(pods, |it| it.name == *name && it.protocol == *protocol)
            }
        }
    }

    /// Pods with the number of their container port that matches.
    fn listening(
        &self,
        pods: &Set,
        is: impl Fn(&crate::reachability::NamedPort) -> bool,
    ) -> Servers {
        let mut found = Vec::new();
        for end in pods.iter() {
            let class = self.reach.ends().class(end);
            for port in class.into_iter().flat_map(|it| &it.pods.ports).filter(|it| is(it)) {
                let range = PortRange { protocol: port.protocol, from: port.port, to: port.port };
                found.push((vec![range], Set::one(end)));
            }
        }
        found
    }

    fn port_names(&self, pods: &Set) -> BTreeSet<&'r str> {
        let classes = pods.iter().filter_map(|it| self.reach.ends().class(it));
        classes.flat_map(|it| &it.pods.ports).map(|it| it.name.as_str()).collect()
    }

    fn namespace(&self, namespace: &str) -> Result<Set, Unclear> {
        let pods = self.reach.ends().of_namespace(namespace);
        if !pods.is_empty() {
            return Ok(pods);
        }
        if self.namespaces().contains(namespace) {
            let help = format!("name pods that may exist by their labels: `{namespace}/key=value`");
            return Err(Unclear::new(format!("the namespace `{namespace}` has no pods"), help));
        }
        Err(self.unknown_namespace(namespace))
    }

    fn namespaces(&self) -> BTreeSet<&'r str> {
        let cluster = self.reach.cluster();
        let declared = cluster.namespaces.iter().map(|it| it.name.as_str());
        let of_pods = cluster.pods.iter().map(|it| it.namespace.as_str());
        declared
            .chain(of_pods)
            .chain(cluster.services.iter().map(|it| it.namespace.as_str()))
            .chain(cluster.policies.iter().map(Policy::namespace))
            .collect()
    }

    fn unknown_namespace(&self, name: &str) -> Unclear {
        let help = match nearest(name, self.namespaces()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`NAMESPACE/NAME` names a workload, a pod or a Service".to_owned(),
        };
        Unclear::new(format!("there is no namespace `{name}`"), help)
    }

    /// The pods with some labels. If none existed, the context contains a supposed pod.
    fn labelled(&mut self, namespace: &str, labels: &Labels) -> Set {
        self.reach.ends().of_pods(namespace, &Selector::of_labels(labels))
    }

    fn within(&self, namespace: &str, name: &str) -> Result<Within<'r>, Unclear> {
        let cluster = self.reach.cluster();
        let pods = self.reach.ends().classes().filter(|(_, class)| {
            let mut members = class.members.iter().filter_map(|at| cluster.pods.get(*at));
            members.any(|it| it.namespace == namespace && is_called(it, name))
        });
        let pods: Set = pods.map(|(end, _)| end).collect();
        let mut services = cluster.services.iter();
        let service = services.find(|it| it.namespace == namespace && it.name == name);
        if service.is_some() || !pods.is_empty() {
            return Ok(Within { service, pods });
        }
        let mut all = cluster.pods.iter();
        if all.any(|it| it.host_network && it.namespace == namespace && is_called(it, name)) {
            let message =
                format!("the pods of `{namespace}/{name}` use the network of their nodes");
            return Err(Unclear::new(message, "use the address of a node"));
        }
        if !self.namespaces().contains(namespace) {
            return Err(self.unknown_namespace(namespace));
        }
        let mut near: BTreeSet<&str> = BTreeSet::new();
        near.extend(
            cluster
                .services
                .iter()
                .filter(|it| it.namespace == namespace)
                .map(|it| it.name.as_str()),
        );
        near.extend(cluster.pods.iter().filter(|it| it.namespace == namespace).map(short));
        let help = match nearest(name, near.iter().copied()) {
            Some(near) => format!("did you mean `{namespace}/{near}`?"),
            None => format!("`{namespace}/*` are all its pods"),
        };
        Err(Unclear::new(format!("namespace `{namespace}` has no `{name}`"), help))
    }

    fn pods_of(&self, namespace: &str, name: &str, within: Within<'_>) -> Result<Set, Unclear> {
        if !within.pods.is_empty() {
            return Ok(within.pods);
        }
        let Some(service) = within.service else {
            let message = format!("`{namespace}/{name}` has no pods");
            return Err(Unclear::new(message, "name other pods"));
        };
        let selected = service
            .pods
            .as_ref()
            .map_or_else(Set::default, |selector| self.reach.ends().of_pods(namespace, selector));
        if selected.is_empty() { Err(no_pods(service)) } else { Ok(selected) }
    }

    fn named<'n>(&self, name: &'n str) -> Result<Named<'n>, Unclear>
    where
        'r: 'n,
    {
        if name == "internet" {
            return Ok(Named::Internet);
        }
        if self.namespaces().contains(name) {
            return Ok(Named::Namespace(name));
        }
        let cluster = self.reach.cluster();
        let services = cluster.services.iter().filter(|it| it.name == name);
        let services = services.map(|it| it.namespace.as_str());
        let pods = cluster.pods.iter().filter(|it| is_called(it, name));
        let found: BTreeSet<&'r str> =
            services.chain(pods.map(|it| it.namespace.as_str())).collect();
        let found: Vec<&'r str> = found.into_iter().collect();
        match found.as_slice() {
            [one] => Ok(Named::Within(one, name)),
            [] => {
                let mut names = self.namespaces();
                names.extend(cluster.services.iter().map(|it| it.name.as_str()));
                names.extend(cluster.pods.iter().map(short));
                let help = match nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a name is the name of a namespace, a workload, a pod or a Service"
                        .to_owned(),
                };
                Err(Unclear::new(format!("the snapshot has no `{name}`"), help))
            }
            several => {
                let all: Vec<String> = several.iter().map(|it| format!("`{it}/{name}`")).collect();
                let message = format!("`{name}` is ambiguous");
                Err(Unclear::new(message, format!("write one of {}", all.join(", "))))
            }
        }
    }
}

/// The meaning of a name without a namespace.
enum Named<'n> {
    Internet,
    Namespace(&'n str),
    Within(&'n str, &'n str),
}

/// Every public address.
pub(super) fn internet(reach: &Reach<'_>) -> Set {
    let sets: Vec<Set> = public_networks()
        .iter()
        .map(|(whole, holes)| reach.ends().of_block(whole, holes))
        .collect();
    Set::union(&sets)
}

/// Whether a name refers to pods: their own name, or that of their workload.
fn is_called(pods: &Pods, name: &str) -> bool {
    let workload = pods.workload.as_deref();
    pods.name == name
        || workload == Some(name)
        || workload.and_then(|it| it.split_once('/')).is_some_and(|(_, it)| it == name)
}

fn short(pods: &Pods) -> &str {
    let workload = pods.workload.as_deref().and_then(|it| it.split_once('/'));
    workload.map_or(&pods.name, |(_, name)| name)
}

fn no_pods(service: &Service) -> Unclear {
    let Service { namespace, name, pods, .. } = service;
    match pods {
        Some(selector) => Unclear::new(
            format!("the Service `{namespace}/{name}` has no pods: none has `{selector}`"),
            format!("`{namespace}/*` are all pods of the namespace"),
        ),
        None => Unclear::new(
            format!("the Service `{namespace}/{name}` has no selector"),
            "use the addresses of its endpoints",
        ),
    }
}

/// Public address space of both IP families, each with the networks in it that are not public.
pub(super) fn public_networks() -> Vec<(IpNet, Vec<IpNet>)> {
    let whole = |it: &str| it.parse().expect("INVARIANT: a constant is a network");
    vec![
        (whole("0.0.0.0/0"), Addresses::not_public_v4().0),
        (whole("::/0"), Addresses::not_public_v6().0),
    ]
}
