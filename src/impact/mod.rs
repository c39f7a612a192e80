//! Connections that open or close between two sides of one cluster, each with the lines of a source or the
//! policies that cause the change. In: policies, namespaces and pods; out: a short list of lines that describes
//! the exact difference. It must not access a disk or a cluster.

mod causes;
mod delta;
mod fate;
mod merge;
mod names;
mod pods;
mod side;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use ipnet::IpNet;
use rayon::prelude::*;

pub use causes::Cause;
pub use fate::Fate;
pub use names::Named;
pub use side::{Found, Known, Side, Source, Whose};

use causes::Spaces;
use delta::Block;
use names::Names;
use view::View;

use crate::model::Model;
use crate::policy::Direction;
use crate::reachability::{Cluster, EndId, Pods, Reach, Set, networks};
use crate::scalar::{Addresses, PortRange};
use crate::validate;

/// Connections with the same fate: each client to each server on each port.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whether the connections open or close.
    pub fate: Fate,
    /// Owner of the namespaces whose policies change: a tenant, or the platform; `None` for namespaces that no
    /// source declares.
    pub owner: Option<String>,
    /// The clients.
    pub clients: Party,
    /// The servers.
    pub servers: Party,
    /// The ports of the servers' pods, or of addresses.
    pub ports: Vec<PortRange>,
    /// Set if policies begin or cease to isolate the clients (egress) or the servers (ingress). All of these
    /// connections then close, except for `stays`, or open if the other end allows them.
    pub sweep: Option<Direction>,
    /// Connections of an isolated end that stay allowed.
    pub stays: Vec<(Named, Named, Vec<PortRange>)>,
    /// Whether all clients or all servers disappear with their namespaces.
    pub goes: bool,
    /// The causes of the change.
    pub causes: Vec<Cause>,
}

/// One side of connections.
#[derive(Debug, Clone, Default)]
pub struct Party {
    /// Name in the words of the source if it has any, else of the cluster.
    pub name: Named,
    /// `NAMESPACE/NAME` of its pods that exist in the cluster.
    pub live: Vec<String>,
    /// Whether it includes addresses.
    pub is_outside: bool,
    /// Whether it includes public addresses.
    pub has_internet: bool,
}

/// The changed connections.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The changes, sorted by owner: the platform, the tenants, then namespaces without an owner. Within an
    /// owner, connections that open come first.
    pub lines: Vec<Change>,
}

/// Compares the connections that two sides allow. `live` are the pods of the cluster; empty if unknown.
pub fn between(before: &Side<'_>, after: &Side<'_>, live: Vec<Pods>) -> Changes {
    let sides = [before, after];
    let owners = owners(sides);
    let spaces = sides.map(Spaces::of);
    let lines = viewed(sides, live, Vec::new(), |views| {
        let [was, is] = views;
        let reach = was.reach;
        let owner = |end: EndId| {
            let class = reach.ends().class(end);
            class.and_then(|it| owners.get(it.pods.namespace.as_str())).copied().unwrap_or(NOBODY)
        };
        let blocks = merge::merged(delta::blocks(was, is, &owner));
        let names = Names::of(sides, reach);
        let lines = blocks.par_iter().map(|it| change(it, sides, &spaces, views, &names));
        lines.collect::<Vec<Change>>()
    });
    let mut changes = Changes { lines };
    changes.lines.sort_by(|a, b| key(a).cmp(&key(b)));
    changes
}

/// Applies the policies of two sides to the same pods, so that an end has the same id on both sides.
fn viewed<T>(
    sides: [&Side<'_>; 2],
    live: Vec<Pods>,
    mut cuts: Vec<IpNet>,
    then: impl FnOnce(&[View<'_>; 2]) -> T,
) -> T {
    let pod_networks = pods::networks(sides, &live);
    let pods = pods::of(sides, live);
    let [one, other] = sides.map(side::cluster);
    cuts.extend(networks(&one.policies));
    cuts.extend(networks(&other.policies));
    for source in sides.iter().filter_map(|it| it.source) {
        cuts.extend(validate::networks(source.model));
    }
    let public = [Addresses::not_public_v4(), Addresses::not_public_v6()];
    cuts.extend(public.iter().flat_map(|it| &it.0));
    let one = Cluster { pods, pod_networks: pod_networks.clone(), ..one };
    let was = Reach::of(&one, &cuts);
    // One pod of each class is enough, and gets the same id.
    let alike = was.ends().classes().map(|(_, it)| it.pods.clone()).collect();
    let other = Cluster { pods: alike, pod_networks, ..other };
    let is = Reach::of(&other, &cuts);
    let [before, after] = sides;
    then(&[View::of(&was, before), View::of(&is, after)])
}

/// Placeholder for the owner of namespaces that no source declares; sorts after every name.
const NOBODY: &str = "\u{7f}";

/// The name of the platform as an owner.
const PLATFORM: &str = "the platform";

/// The owner of each namespace; the desired side takes precedence.
fn owners<'s>(sides: [&Side<'s>; 2]) -> BTreeMap<&'s str, &'s str> {
    let mut owners = BTreeMap::new();
    for source in sides.iter().filter_map(|it| it.source) {
        let model: &Model = source.model;
        for it in &model.namespaces {
            owners.insert(it.name.as_str(), model.owner_name(it.owner));
        }
    }
    owners
}

fn change(
    block: &Block<'_>,
    sides: [&Side<'_>; 2],
    spaces: &[Spaces<'_>; 2],
    views: &[View<'_>; 2],
    names: &Names,
) -> Change {
    let reach = views[0].reach;
    let party = |ends: &Set, others: &Set| Party {
        name: names.of_set(reach, ends, others),
        live: names::live(reach, ends),
        is_outside: names.has_addresses(ends),
        has_internet: names.has_internet(ends),
    };
    let [_, after] = views;
    let goes = |ends: &Set| ends.intersection(&after.present).is_empty();
    let owner = Some(block.owner.to_owned()).filter(|it| it != NOBODY);
    Change {
        fate: block.fate,
        owner,
        clients: party(&block.clients, &block.servers),
        servers: party(&block.servers, &block.clients),
        ports: block.ports.clone(),
        sweep: block.sweep,
        stays: stays(block, views, names, reach),
        goes: goes(&block.clients) || goes(&block.servers),
        causes: causes::of(block, sides, spaces, views),
    }
}

/// The connections that stay allowed in a block that isolates ends.
fn stays(
    block: &Block<'_>,
    [_, after]: &[View<'_>; 2],
    names: &Names,
    reach: &Reach<'_>,
) -> Vec<(Named, Named, Vec<PortRange>)> {
    let Some(way) = block.sweep.filter(|_| block.fate == Fate::Closes) else { return Vec::new() };
    let (own, others) = match way {
        Direction::Egress => (&block.clients, &block.servers),
        Direction::Ingress => (&block.servers, &block.clients),
    };
    let mut all = Vec::new();
    for end in own.iter() {
        let one = Set::one(end);
        for (ports, ends) in after.allowed(end, way, others) {
            let (clients, servers) = match way {
                Direction::Egress => (one.clone(), ends),
                Direction::Ingress => (ends, one.clone()),
            };
            all.push(Block { clients, servers, ports, sweep: None, ..block.clone() });
        }
    }
    let named = |it: &Block<'_>| {
        let clients = names.of_set(reach, &it.clients, &it.servers);
        (clients, names.of_set(reach, &it.servers, &it.clients), it.ports.clone())
    };
    merge::joined(all).iter().map(named).collect()
}

/// Sort key: the platform first, then tenants by name, then namespaces without an owner; connections that open
/// come first.
fn key(it: &Change) -> (u8, Option<&str>, Fate, &Named, &Named, &[PortRange]) {
    let owner = it.owner.as_deref();
    let rank = match owner {
        Some(PLATFORM) => 0,
        Some(_) => 1,
        None => 2,
    };
    (rank, owner, it.fate, &it.clients.name, &it.servers.name, &it.ports)
}

impl Changes {
    /// Number of lines with a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.lines.iter().filter(|it| it.fate == fate).count()
    }
}
