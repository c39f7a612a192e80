//! Guardrails of the platform, checked against the objects of a build: no client of a `forbid` reaches a server
//! of it through any flow, implied rule or lack of isolation.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::connections::{Connection, contrary};
use super::places::Places;
use super::rule_ends::{Exceptions, RuleEnds, Special};
use crate::model::{Endpoint, Forbid, Model, Owner, WorkloadId};
use crate::reachability::{EndsOnPorts, Reach, Set};
use crate::scalar::PortRange;
use crate::source::Span;

/// The result of a guardrail that does not hold without reservations.
pub(super) enum Outcome<'m> {
    /// The objects allow this connection.
    Broken(&'m Forbid, Connection),
    /// The objects allow this connection, one end of which is a pod that matches two selectors.
    Overlap(&'m Forbid, Connection),
    /// The addresses of these ends are unknown.
    Unknown(&'m Forbid, Vec<(&'m Endpoint, Span)>),
    /// No policy applies to some of its connections.
    Unheld(&'m Forbid, Unheld<'m>),
    /// Neither end contains a pod, and neither is `nodes`.
    Outside(&'m Forbid),
}

/// Connections of a rule to which no policy applies.
pub(super) struct Unheld<'m> {
    /// Workloads on the network of their nodes, at an end of the connections.
    pub(super) hosts: Vec<WorkloadId>,
    /// `nodes`, if it is an end of the connections.
    pub(super) nodes: Option<&'m Endpoint>,
    /// Whether they are clients of pods: a node always reaches its own pods.
    pub(super) to_own_pods: bool,
}

/// The two sides of a guardrail.
struct Sides {
    /// Pods and source addresses of clients.
    clients: Set,
    /// Pods and addresses of servers, by ports.
    servers: BTreeMap<Vec<PortRange>, Set>,
}

/// Evaluates the platform's guardrails, in the order of the source. A tenant's guardrail applies only to flows
/// of that tenant, and is checked against each flow instead.
pub(super) fn outcomes<'m>(
    model: &'m Model,
    places: &Places<'_>,
    reach: &Reach<'_>,
    ends: &RuleEnds<'_>,
) -> Vec<Outcome<'m>> {
    let bound = model.forbids.par_iter().filter(|it| it.author == Owner::Platform);
    bound.flat_map_iter(|it| outcome(model, places, reach, ends, it)).collect()
}

fn outcome<'m>(
    model: &'m Model,
    places: &Places<'_>,
    reach: &Reach<'_>,
    ends: &RuleEnds<'_>,
    forbid: &'m Forbid,
) -> Vec<Outcome<'m>> {
    let except = ends.exceptions(&forbid.except);
    let sides = sides(ends, forbid, &except);
    if let Some(connection) = broken(reach, &sides, ends.apart()) {
        return vec![Outcome::Broken(forbid, connection)];
    }
    let mut all = Vec::new();
    let clients = forbid.clients.iter().map(|it| &it.endpoint);
    let special = ends.special(clients, forbid.servers.iter().map(|it| &it.endpoint));
    all.extend(overlap(reach, &sides, &special).map(|it| Outcome::Overlap(forbid, it)));
    let unknown = unknown(model, places, ends, forbid, &except);
    let is_known = unknown.is_empty();
    if !is_known {
        all.push(Outcome::Unknown(forbid, unknown));
    }
    if let Some(unheld) = unheld(reach, ends, forbid, &except, &sides) {
        all.push(Outcome::Unheld(forbid, unheld));
    } else if is_known && is_outside(reach, &sides) {
        all.push(Outcome::Outside(forbid));
    }
    all
}

fn sides(ends: &RuleEnds<'_>, forbid: &Forbid, except: &Exceptions) -> Sides {
    let clients: Vec<Set> =
        forbid.clients.iter().map(|it| ends.clients(&it.endpoint, except)).collect();
    let places = forbid.servers.iter();
    let places = places.flat_map(|it| ends.servers(&it.endpoint, &it.ports, except));
    Sides { clients: Set::union(&clients), servers: by_ports(places) }
}

/// Groups servers by their ports, so that each guardrail is evaluated once per list of ports.
fn by_ports(places: impl Iterator<Item = EndsOnPorts>) -> BTreeMap<Vec<PortRange>, Set> {
    let mut all = BTreeMap::<Vec<PortRange>, Vec<Set>>::new();
    for (ports, ends) in places {
        all.entry(ports).or_default().push(ends);
    }
    all.into_iter().map(|(ports, sets)| (ports, Set::union(&sets))).collect()
}

/// The first connection between the two sides that the objects allow, without the pods that are evaluated
/// separately.
fn broken(reach: &Reach<'_>, sides: &Sides, apart: &Set) -> Option<Connection> {
    let clients = sides.clients.without(apart);
    let mut servers = sides.servers.iter();
    servers.find_map(|(ports, servers)| allowed(reach, &clients, &servers.without(apart), ports))
}

/// The first allowed connection of a pod that is evaluated separately.
fn overlap(reach: &Reach<'_>, sides: &Sides, special: &Special<'_>) -> Option<Connection> {
    let mut servers = sides.servers.iter();
    servers.find_map(|(ports, servers)| apart(reach, &sides.clients, servers, ports, special))
}

/// The first allowed connection with a pod that is evaluated separately at one end. Connections with only one
/// such end are preferred, since only the labels of that pod cause the result.
pub(super) fn apart(
    reach: &Reach<'_>,
    clients: &Set,
    servers: &Set,
    ports: &[PortRange],
    special: &Special<'_>,
) -> Option<Connection> {
    let from = clients.intersection(&special.clients);
    let to = servers.intersection(&special.servers);
    if from.is_empty() && to.is_empty() {
        return None;
    }
    allowed(reach, &from, &servers.without(special.all), ports)
        .or_else(|| allowed(reach, &clients.without(special.all), &to, ports))
        .or_else(|| allowed(reach, &from, &to, ports))
}

/// The first connection that the objects allow, among those to which policies apply: at least one end is a pod.
pub(super) fn allowed(
    reach: &Reach<'_>,
    clients: &Set,
    servers: &Set,
    ports: &[PortRange],
) -> Option<Connection> {
    let pods = reach.ends().pods();
    let into = contrary(reach, clients, &servers.intersection(&pods), ports, false);
    into.or_else(|| {
        let (clients, servers) = (clients.intersection(&pods), servers.without(&pods));
        contrary(reach, &clients, &servers, ports, false)
    })
}

/// The ends whose addresses the source does not give.
fn unknown<'m>(
    model: &Model,
    places: &Places<'_>,
    ends: &RuleEnds<'_>,
    forbid: &'m Forbid,
    except: &Exceptions,
) -> Vec<(&'m Endpoint, Span)> {
    let clients = forbid.clients.iter().map(|it| (&it.endpoint, it.site.span));
    let all = clients.chain(forbid.servers.iter().map(|it| (&it.endpoint, it.site.span)));
    let is_unknown = |endpoint: &Endpoint| match endpoint {
        Endpoint::External(id) => model.external(*id).cidrs.0.is_empty(),
        Endpoint::Apiserver => model.cluster.apiserver.is_none(),
        Endpoint::Nodes => places.nodes().is_empty(),
        Endpoint::Workload(_) | Endpoint::Namespace(_) => {
            places.nodes().is_empty() && !ends.bound_hosts(endpoint, except).is_empty()
        }
        Endpoint::Addresses(_) | Endpoint::Internet | Endpoint::Anyone | Endpoint::Dns => false,
    };
    all.filter(|(it, _)| is_unknown(it)).collect()
}

/// Workloads on nodes that are an end of connections to which no policy applies: connections to pods of the
/// same node, and connections between addresses.
fn unheld<'m>(
    reach: &Reach<'_>,
    ends: &RuleEnds<'_>,
    forbid: &'m Forbid,
    except: &Exceptions,
    sides: &Sides,
) -> Option<Unheld<'m>> {
    let pods = reach.ends().pods();
    let has_pods = sides.servers.values().any(|it| it.meets(&pods));
    let to_addresses = sides.servers.values().any(|it| !it.without(&pods).is_empty());
    let from_addresses = !sides.clients.without(&pods).is_empty();
    let clients = on_nodes(ends, forbid.clients.iter().map(|it| &it.endpoint), except);
    if let Some((hosts, nodes)) = clients.filter(|_| has_pods || to_addresses) {
        return Some(Unheld { hosts, nodes, to_own_pods: has_pods });
    }
    let servers = on_nodes(ends, forbid.servers.iter().map(|it| &it.endpoint), except);
    let (hosts, nodes) = servers.filter(|_| from_addresses)?;
    Some(Unheld { hosts, nodes, to_own_pods: false })
}

/// The workloads on the network of their nodes among some ends, and `nodes` if it is one of the ends.
pub(super) fn on_nodes<'m>(
    ends: &RuleEnds<'_>,
    endpoints: impl Iterator<Item = &'m Endpoint>,
    except: &Exceptions,
) -> Option<(Vec<WorkloadId>, Option<&'m Endpoint>)> {
    let (mut hosts, mut nodes) = (Vec::new(), None);
    for endpoint in endpoints {
        hosts.extend(ends.bound_hosts(endpoint, except));
        let is_nodes = *endpoint == Endpoint::Nodes && !ends.clients(endpoint, except).is_empty();
        nodes = nodes.or(Some(endpoint).filter(|_| is_nodes));
    }
    hosts.sort_unstable();
    hosts.dedup();
    (!hosts.is_empty() || nodes.is_some()).then_some((hosts, nodes))
}

/// Whether both ends of a guardrail are only addresses.
fn is_outside(reach: &Reach<'_>, sides: &Sides) -> bool {
    let pods = reach.ends().pods();
    let is_outside = |it: &Set| !it.is_empty() && !it.meets(&pods);
    is_outside(&sides.clients)
        && !sides.servers.is_empty()
        && sides.servers.values().all(is_outside)
}
