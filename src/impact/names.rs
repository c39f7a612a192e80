//! Names of sets of ends in messages: the names of a source if it has any, else those of the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::pods;
use super::side::{Side, Source};
use crate::model::{Endpoint, ExternalId, Model, TenantId};
use crate::reachability::{Class, EndId, Reach, Set};
use crate::scalar::Addresses;
use crate::validate::Places;

/// Maximum number of names in a line; further names are counted.
const MOST: usize = 8;

/// Named sets, by their first end.
pub(super) struct Names {
    named: BTreeMap<EndId, Vec<(Set, String)>>,
    pods: Set,
    addresses: Set,
    internet: Set,
}

impl Names {
    /// Collects the names of both sides; those of the desired side take precedence.
    pub(super) fn of(sides: [&Side<'_>; 2], reach: &Reach<'_>) -> Self {
        let ends = reach.ends();
        let pods: Set = ends.classes().map(|(end, _)| end).collect();
        let addresses = ends.everybody().without(&pods);
        let public = |whole: &str, holes: Addresses| {
            let whole = whole.parse().expect("INVARIANT: a constant is a network");
            ends.of_block(&whole, &holes.0)
        };
        let internet = Set::union(&[
            public("0.0.0.0/0", Addresses::not_public_v4()),
            public("::/0", Addresses::not_public_v6()),
        ]);
        let mut names =
            Self { named: BTreeMap::new(), pods, addresses, internet: internet.clone() };
        // If one set has several names, the first is kept.
        for source in sides.iter().rev().filter_map(|it| it.source) {
            names.of_source(source, reach);
        }
        names.add(internet, "internet".to_owned());
        names.of_cluster(reach);
        for source in sides.iter().rev().filter_map(|it| it.source) {
            names.of_tenants(source.model, reach);
        }
        for (network, name) in [("0.0.0.0/0", "every IPv4 address"), ("::/0", "every IPv6 address")]
        {
            let network = network.parse().expect("INVARIANT: a constant is a network");
            names.add(ends.of_block(&network, &[]), name.to_owned());
        }
        names.add(names.addresses.clone(), "every address".to_owned());
        names.add(names.pods.clone(), "every pod".to_owned());
        names.add(ends.everybody().clone(), "all peers".to_owned());
        names
    }

    fn add(&mut self, set: Set, name: String) {
        let Some(first) = set.first() else { return };
        let named = self.named.entry(first).or_default();
        if !named.iter().any(|(it, _)| *it == set) {
            named.push((set, name));
        }
    }

    fn of_source(&mut self, source: Source<'_>, reach: &Reach<'_>) {
        let model = source.model;
        let places = Places::of(model, reach);
        for (id, it) in model.workload_ids() {
            self.add(places.pods(&Endpoint::Workload(id)), it.path.clone());
        }
        for (id, it) in model.namespace_ids() {
            self.add(places.pods(&Endpoint::Namespace(id)), it.path.clone());
        }
        for at in 0..model.externals.len() {
            let id = ExternalId::new(at);
            let name = model.external(id).name.node.to_string();
            self.add(places.as_client(&Endpoint::External(id)), name);
        }
        let own = [
            ("dns", Endpoint::Dns),
            ("internet", Endpoint::Internet),
            ("apiserver", Endpoint::Apiserver),
            ("nodes", Endpoint::Nodes),
        ];
        for (name, endpoint) in own {
            let servers = places.as_server(&endpoint, &crate::scalar::PortSet::Any);
            let servers: Vec<Set> = servers.into_iter().map(|(_, it)| it).collect();
            self.add(Set::union(&servers), name.to_owned());
            self.add(places.as_client(&endpoint), name.to_owned());
        }
    }

    fn of_tenants(&mut self, model: &Model, reach: &Reach<'_>) {
        for (at, tenant) in model.tenants.iter().enumerate() {
            let owner = crate::model::Owner::Tenant(TenantId::new(at));
            let own = model.namespaces.iter().filter(|it| it.owner == owner);
            let own: Vec<Set> = own.map(|it| reach.ends().of_namespace(&it.name)).collect();
            self.add(Set::union(&own), tenant.name.to_string());
        }
    }

    /// Adds the names of the cluster's workloads and namespaces.
    fn of_cluster(&mut self, reach: &Reach<'_>) {
        let mut workloads = BTreeMap::<(&str, &str), Vec<EndId>>::new();
        let mut namespaces = BTreeSet::new();
        for (end, class) in reach.ends().classes() {
            let is_own = pods::is_standing(class.pods);
            if let Some(workload) = class.pods.workload.as_deref().filter(|_| !is_own) {
                workloads.entry((&class.pods.namespace, workload)).or_default().push(end);
            }
            if !pods::are_strangers(class.pods) {
                namespaces.insert(class.pods.namespace.as_str());
            }
        }
        for ((namespace, workload), ends) in workloads {
            self.add(ends.into_iter().collect(), format!("{namespace}/{workload}"));
        }
        for it in namespaces {
            self.add(reach.ends().of_namespace(it), format!("{it}/*"));
        }
    }

    /// Whether a set includes addresses.
    pub(super) fn has_addresses(&self, set: &Set) -> bool {
        !set.intersection(&self.addresses).is_empty()
    }

    /// Whether a set includes public addresses.
    pub(super) fn has_internet(&self, set: &Set) -> bool {
        !set.intersection(&self.internet).is_empty()
    }

    /// The name of one side of connections whose other side is `others`.
    pub(super) fn of_set(&self, reach: &Reach<'_>, set: &Set, others: &Set) -> Named {
        // Connections between addresses are not evaluated.
        let all = if self.has_addresses(others) { &self.pods } else { reach.ends().everybody() };
        let direct = self.names(reach, set);
        let rest = all.without(set);
        if set.without(all).is_empty() && rest.len() < set.len() && direct.len() > 1 {
            let but = self.names(reach, &rest);
            if but.len() < direct.len() {
                return Named { names: self.names(reach, all), but };
            }
        }
        Named { names: direct, but: Vec::new() }
    }

    /// A short list of names for a set: repeatedly takes the largest named set that starts at the first
    /// remaining end and is part of the set.
    fn names(&self, reach: &Reach<'_>, set: &Set) -> Vec<String> {
        let (mut left, mut names, mut unnamed) = (set.clone(), Vec::new(), Vec::new());
        while let Some(end) = left.first() {
            let fitting = self.named.get(&end).into_iter().flatten();
            let fitting = fitting.filter(|(it, _)| it.without(&left).is_empty());
            if let Some((it, name)) = fitting.rev().max_by_key(|(it, _)| it.len()) {
                names.push(name.clone());
                left = left.without(it);
                continue;
            }
            left = left.without(&Set::one(end));
            match reach.ends().class(end) {
                Some(class) => names.push(single(class)),
                None => unnamed.push(end),
            }
        }
        names.extend(reach.ends().ranges(&unnamed.into_iter().collect()));
        names
    }
}

/// The name of a class that is in no named set.
fn single(class: &Class<'_>) -> String {
    let pods = class.pods;
    match &pods.workload {
        Some(path) if pods::is_standing(pods) => {
            let labels: Vec<String> =
                pods.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{path} ({})", labels.join(","))
        }
        None if pods::is_standing(pods) => pods.name.clone(),
        Some(_) | None => format!("{}/{}", pods.namespace, pods.name),
    }
}

/// The name of some ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The names of the included sets.
    pub names: Vec<String>,
    /// The names of the excluded sets.
    pub but: Vec<String>,
}

impl Named {
    /// All names, without a limit.
    pub fn whole(&self) -> String {
        self.joined(usize::MAX)
    }

    fn joined(&self, most: usize) -> String {
        let names = listed(&self.names, most);
        if self.but.is_empty() {
            names
        } else {
            format!("{names} except {}", listed(&self.but, most))
        }
    }
}

/// Lists the first names, and counts the rest.
impl fmt::Display for Named {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.joined(MOST))
    }
}

fn listed(names: &[String], most: usize) -> String {
    let more = names.len().saturating_sub(most);
    // A single further name is shorter than "1 more".
    match names.get(..most).filter(|_| more > 1) {
        Some(first) => format!("{}, {more} more", first.join(", ")),
        None => names.join(", "),
    }
}

/// `NAMESPACE/NAME` of the pods in a set that exist in the cluster.
pub(super) fn live(reach: &Reach<'_>, set: &Set) -> Vec<String> {
    let classes = set.iter().filter_map(|end| reach.ends().class(end));
    let classes = classes.filter(|it| !pods::is_standing(it.pods));
    let pods = classes.flat_map(|it| &it.members).filter_map(|at| reach.cluster().pods.get(*at));
    pods.map(|it| format!("{}/{}", it.namespace, it.name)).collect()
}
