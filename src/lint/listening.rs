//! The ports on which pods listen, as far as their containers and Services declare them.

use std::collections::BTreeMap;

use crate::policy::Port;
use crate::reachability::{Class, Cluster, EndId, Reach, Service, Set};
use crate::scalar::{PortRange, Protocol};

/// Known ports of each class of pods.
pub(super) struct Listening {
    by_class: Vec<Vec<PortRange>>,
    /// Ports that clients dial at Services of a class: (dialed port, row of the Service, port on which its pods
    /// listen).
    dialed: BTreeMap<EndId, Vec<(PortRange, usize, PortRange)>>,
}

impl Listening {
    /// Collects the ports of containers and Services.
    pub(super) fn of(cluster: &Cluster, reach: &Reach<'_>) -> Self {
        let classes = reach.ends().classes();
        let mut by_class: Vec<Vec<PortRange>> =
            classes.map(|(_, class)| class.pods.listens.clone()).collect();
        let mut dialed = BTreeMap::<EndId, Vec<(PortRange, usize, PortRange)>>::new();
        for (row, service) in cluster.services.iter().enumerate() {
            for end in pods_of(reach, service).iter() {
                let Some(class) = reach.ends().class(end) else { continue };
                for port in &service.ports {
                    let Some(target) = target(class, &port.target) else { continue };
                    if let Some(ports) = by_class.get_mut(end.at()) {
                        ports.push(target);
                    }
                    dialed.entry(end).or_default().push((port.dialed, row, target));
                }
            }
        }
        Self { by_class, dialed }
    }

    /// Returns the ports of a class; empty if none is declared.
    pub(super) fn ports(&self, end: EndId) -> &[PortRange] {
        self.by_class.get(end.at()).map_or(&[], Vec::as_slice)
    }

    /// Returns whether a pod of a set listens on a port, as far as known.
    pub(super) fn any(&self, pods: &Set, range: PortRange) -> bool {
        pods.iter().any(|it| self.ports(it).iter().any(|port| port.overlaps(range)))
    }

    /// Returns whether ports of a pod of a set are known.
    pub(super) fn is_known(&self, pods: &Set) -> bool {
        pods.iter().any(|it| !self.ports(it).is_empty())
    }

    /// Returns the Service of some of these pods at which a port is dialed: its row, and the port on which its pods
    /// listen.
    pub(super) fn service(&self, pods: &Set, dialed: PortRange) -> Option<(usize, PortRange)> {
        let all = pods.iter().filter_map(|it| self.dialed.get(&it)).flatten();
        let mut at = all.filter(|(port, _, target)| *port == dialed && *target != dialed);
        at.next().map(|(_, row, target)| (*row, *target))
    }

    /// Returns every port of a set of pods, each once, in order.
    pub(super) fn all(&self, pods: &Set) -> Vec<PortRange> {
        let mut all: Vec<PortRange> =
            pods.iter().flat_map(|it| self.ports(it).iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Returns the pods that a Service selects.
pub(super) fn pods_of(reach: &Reach<'_>, service: &Service) -> Set {
    service
        .pods
        .as_ref()
        .map_or_else(Set::default, |selector| reach.ends().of_pods(&service.namespace, selector))
}

/// Returns the port of a class to which a Service's port leads; `None` if none of its ports has the name.
pub(super) fn target(class: &Class<'_>, port: &Port) -> Option<PortRange> {
    match port {
        Port::Numbers(range) => Some(*range),
        Port::Named(protocol, name) => named(class, *protocol, name),
    }
}

/// Returns the port of a class with a name.
pub(super) fn named(class: &Class<'_>, protocol: Protocol, name: &str) -> Option<PortRange> {
    let mut ports = class.pods.ports.iter();
    let port = ports.find(|it| it.protocol == protocol && it.name == name)?;
    Some(PortRange { protocol, from: port.port, to: port.port })
}
