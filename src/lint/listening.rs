//! On which ports pods listen, as far as somebody says: their containers, and the Services before them.

use std::collections::BTreeMap;

use crate::policy::Port;
use crate::reachability::{Class, Cluster, EndId, Reach, Service, Set};
use crate::scalar::{PortRange, Protocol};

/// What is known of the ports of each class of pods.
pub(super) struct Listening {
    by_class: Vec<Vec<PortRange>>,
    /// What clients dial at a Service before a class: (dialed, the row of the Service, where its pods listen).
    dialed: BTreeMap<EndId, Vec<(PortRange, usize, PortRange)>>,
}

impl Listening {
    /// Asks the containers and the Services.
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

    /// The ports of a class; none: nobody says.
    pub(super) fn ports(&self, end: EndId) -> &[PortRange] {
        self.by_class.get(end.at()).map_or(&[], Vec::as_slice)
    }

    /// Whether somebody among some pods listens on a port, as far as is known.
    pub(super) fn any(&self, pods: &Set, range: PortRange) -> bool {
        pods.iter().any(|it| self.ports(it).iter().any(|port| port.overlaps(range)))
    }

    /// Whether something is known of the ports of some of them.
    pub(super) fn is_known(&self, pods: &Set) -> bool {
        pods.iter().any(|it| !self.ports(it).is_empty())
    }

    /// The Service before some of these pods at which a port is dialed: its row, and where its pods listen.
    pub(super) fn service(&self, pods: &Set, dialed: PortRange) -> Option<(usize, PortRange)> {
        let all = pods.iter().filter_map(|it| self.dialed.get(&it)).flatten();
        let mut at = all.filter(|(port, _, target)| *port == dialed && *target != dialed);
        at.next().map(|(_, row, target)| (*row, *target))
    }

    /// Every port of some pods, each once, in order.
    pub(super) fn all(&self, pods: &Set) -> Vec<PortRange> {
        let mut all: Vec<PortRange> =
            pods.iter().flat_map(|it| self.ports(it).iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The pods that a Service selects.
pub(super) fn pods_of(reach: &Reach<'_>, service: &Service) -> Set {
    service
        .pods
        .as_ref()
        .map_or_else(Set::default, |selector| reach.ends().of_pods(&service.namespace, selector))
}

/// Where a class listens for a Service's port; nothing where none of its ports has the name.
pub(super) fn target(class: &Class<'_>, port: &Port) -> Option<PortRange> {
    match port {
        Port::Numbers(range) => Some(*range),
        Port::Named(protocol, name) => named(class, *protocol, name),
    }
}

/// The port of a class that has a name.
pub(super) fn named(class: &Class<'_>, protocol: Protocol, name: &str) -> Option<PortRange> {
    let mut ports = class.pods.ports.iter();
    let port = ports.find(|it| it.protocol == protocol && it.name == name)?;
    Some(PortRange { protocol, from: port.port, to: port.port })
}
