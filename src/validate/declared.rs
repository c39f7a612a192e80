//! The connections that the source declares for each class of pods, by direction: the flows, and the DNS access
//! that they imply. Only isolated namespaces are listed; elsewhere everything is open. A flow with an address
//! of the pod network includes the pods that may have it, since policies cannot distinguish them.

use std::collections::BTreeMap;

use super::places::{Places, dns_ports, ranges};
use super::pods::DNS;
use crate::model::{Client, Endpoint, Model, Namespace, NamespaceId, Server};
use crate::policy::Direction;
use crate::reachability::{EndId, EndsOnPorts, Opening, Reach, Set};

/// The declared connections of a program.
pub struct Declared {
    /// Indexes into `openings` for each class, by direction; `None`: the class is not isolated.
    ingress: Vec<Option<Vec<u32>>>,
    egress: Vec<Option<Vec<u32>>>,
    openings: Vec<EndsOnPorts>,
}

impl Declared {
    /// Computes the declared connections of a program.
    pub fn of(model: &Model, places: &Places<'_>, reach: &Reach<'_>) -> Self {
        let by_name: BTreeMap<&str, &Namespace> =
            model.namespaces.iter().map(|it| (it.name.as_str(), it)).collect();
        let isolated = |is: fn(&Namespace) -> bool| {
            let classes = reach.ends().classes();
            let namespaces = classes.map(|(_, it)| by_name.get(it.pods.namespace.as_str()));
            namespaces.map(|it| it.is_some_and(|it| is(it)).then(Vec::new)).collect()
        };
        let mut declared = Self {
            ingress: isolated(|it| it.isolation.ingress.is_some()),
            egress: isolated(|it| it.isolation.egress.is_some()),
            openings: Vec::new(),
        };
        let dns = model.namespaces.iter().position(|it| it.name == DNS.0);
        let mut leaving: Vec<bool> = vec![false; model.namespaces.len()];
        for flow in &model.flows {
            for client in &flow.clients {
                let pods = places.pods(&client.endpoint);
                let is_dns = client.endpoint == Endpoint::Dns;
                let namespace = model.namespace_of(&client.endpoint).map(NamespaceId::at);
                let namespace = if is_dns { dns } else { namespace };
                if let Some(it) = namespace.and_then(|at| leaving.get_mut(at))
                    && !pods.is_empty()
                {
                    *it = true;
                }
                for server in &flow.servers {
                    for (ports, ends) in places.as_server(&server.endpoint, &server.ports) {
                        let place = (ports, reach.ends().with_pods(&ends));
                        declared.open(Direction::Egress, &pods, place);
                    }
                }
            }
            for server in &flow.servers {
                let pods = places.pods(&server.endpoint);
                let is_dns = server.endpoint == Endpoint::Dns;
                let ports = if is_dns { dns_ports() } else { ranges(&server.ports) };
                for client in &flow.clients {
                    let from = sources(model, places, client, server);
                    let from = reach.ends().with_pods(&from);
                    declared.open(Direction::Ingress, &pods, (ports.clone(), from));
                }
            }
        }
        declared.dns(model, places, reach, &leaving);
        declared
    }

    /// The connections that a class may open or accept in a direction; `None`: all connections.
    pub fn openings(&self, class: EndId, direction: Direction) -> Option<Vec<Opening<'_>>> {
        let rows = match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        let row = rows.get(class.at())?.as_ref()?;
        let openings = row.iter().filter_map(|at| self.openings.get(*at as usize));
        Some(openings.map(|(ports, ends)| Opening { ports, ends }).collect())
    }

    fn open(&mut self, direction: Direction, pods: &Set, opening: EndsOnPorts) {
        let rows = match direction {
            Direction::Ingress => &mut self.ingress,
            Direction::Egress => &mut self.egress,
        };
        let at = u32::try_from(self.openings.len()).expect("INVARIANT: under 4 billion openings");
        let mut used = false;
        for class in pods.iter() {
            if let Some(Some(row)) = rows.get_mut(class.at()) {
                row.push(at);
                used = true;
            }
        }
        if used {
            self.openings.push(opening);
        }
    }

    /// Adds DNS access. Pods of a namespace that some flow leaves may connect to the cluster's DNS, and its DNS
    /// pods accept them. The same applies to pods of namespaces with open egress, unless the namespace sets
    /// `dns = none`.
    fn dns(&mut self, model: &Model, places: &Places<'_>, reach: &Reach<'_>, leaving: &[bool]) {
        let asked = places.as_server(&Endpoint::Dns, &crate::scalar::PortSet::Any).into_iter();
        let asked: Vec<EndsOnPorts> =
            asked.map(|(ports, ends)| (ports, reach.ends().with_pods(&ends))).collect();
        let mut asking: Vec<Set> = Vec::new();
        for (namespace, leaves) in model.namespaces.iter().zip(leaving) {
            let closed = namespace.isolation.egress.is_some();
            if namespace.no_dns.is_some() || (closed && !leaves) {
                continue;
            }
            let pods = reach.ends().of_namespace(&namespace.name);
            for place in &asked {
                self.open(Direction::Egress, &pods, place.clone());
            }
            asking.push(pods);
        }
        if model.namespaces.iter().any(|it| it.name == DNS.0) {
            let mut from = Set::union(&asking);
            if model.cluster.node_local_dns.is_some() {
                from = Set::union([&from, &reach.ends().with_pods(&places.as_node())]);
            }
            let servers = places.pods(&Endpoint::Dns);
            self.open(Direction::Ingress, &servers, (dns_ports(), from));
        }
    }
}

/// The source addresses and pods of a client as seen by a server. Through a Service that hides clients,
/// connections from outside of the cluster may also come from a node.
pub fn sources(model: &Model, places: &Places<'_>, client: &Client, server: &Server) -> Set {
    let from = places.as_client(&client.endpoint);
    let hides = model.hides_clients(&server.endpoint);
    if hides
        && (!client.endpoint.is_pods() || server.by_address)
        && client.endpoint != Endpoint::Anyone
    {
        return Set::union([&from, &places.as_node()]);
    }
    from
}
