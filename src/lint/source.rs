//! A source compared with a snapshot: flows without pods, flows that open ports on which no pod listens, flows that
//! policies of other owners block, rules of other owners that open more, and nodes with other addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::listening::Listening;
use super::places::Collector;
use super::report::source as report;
use super::snapshot::{Snapshot, View};
use super::{Ids, blocked_flows, nodes, others, overly_permissive};
use crate::diagnostics::{Code, Diagnostics};
use crate::manifests::Manifests;
use crate::model::{Endpoint, Model, Server};
use crate::reachability::{self, Reach};
use crate::read;
use crate::scalar::{PortRange, PortSet};
use crate::source::{Files, Site};
use crate::validate::{Places, Proof, networks, ranges};

/// Compares objects of other owners in a cluster with the program: nodes, Services, workloads that mlnetc patches.
pub fn cluster(model: &Model, manifests: &Manifests, diagnostics: &mut Diagnostics) {
    nodes::check(model, manifests, diagnostics);
    others::check(model, manifests, diagnostics);
}

/// Compares a cluster's program with a snapshot: objects of other owners, and the flows with the pods and policies.
/// Without pods in the snapshot, flows are not checked.
pub fn beside(model: &Model, manifests: &Manifests, files: &Files, ids: &Ids) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    cluster(model, manifests, &mut diagnostics);
    // Objects that an API server would reject are reported by the check of the snapshot alone.
    let snapshot = Snapshot::of(&manifests.objects, &mut Collector::new(&manifests.objects));
    if !snapshot.knows_pods {
        return diagnostics;
    }
    let reach = Reach::of(&snapshot.cluster, &networks(model));
    let places = Places::of(model, &reach);
    let view = View::of(&snapshot, &reach);
    idle(model, &places, &snapshot.cluster.pods, &mut diagnostics);
    wide(model, &places, &view.listening, &mut diagnostics);
    blocked_flows::check(model, manifests, &mut diagnostics);
    let mut found = Collector::new(&manifests.objects);
    overly_permissive::check(model, &view, &mut found);
    diagnostics.append(found.found(files, ids));
    diagnostics
}

/// Evaluates the guardrails and the denying assertions of a program for the pods of a snapshot. A violation by a pod is
/// an error, not a warning about selectors that may overlap.
pub fn broken_rules(
    proof: Proof<'_>,
    manifests: &Manifests,
    files: &Files,
    diagnostics: &mut Diagnostics,
) {
    let (cluster, _) = read::cluster(manifests.objects.iter().map(|it| &it.object));
    let mut found = Diagnostics::default();
    proof.check_pods(&cluster.pods, files, &mut found);
    let broken: BTreeSet<_> = found.errors().filter_map(|it| it.span).collect();
    diagnostics
        .retain(|it| it.code != Code::W0505 || it.span.is_none_or(|it| !broken.contains(&it)));
    diagnostics.append(found);
}

/// Returns endpoints without a pod, each with its flows.
fn idle(
    model: &Model,
    places: &Places<'_>,
    pods: &[reachability::Pods],
    diagnostics: &mut Diagnostics,
) {
    let on_host: BTreeSet<&str> =
        pods.iter().filter(|it| it.host_network).map(|it| it.namespace.as_str()).collect();
    let mut ends = BTreeMap::<&Endpoint, Vec<Site>>::new();
    for flow in &model.flows {
        let clients = flow.clients.iter().map(|it| (&it.endpoint, it.site));
        let servers = flow.servers.iter().map(|it| (&it.endpoint, it.site));
        for (end, site) in clients.chain(servers) {
            ends.entry(end).or_default().push(site);
        }
    }
    for (end, sites) in ends {
        let namespace = model.namespace_of(end).map(|it| model.namespace(it));
        // Policies do not apply to pods on the network of their node.
        let Some(namespace) = namespace.filter(|it| !on_host.contains(it.name.as_str())) else {
            continue;
        };
        let is_host = model.is_on_host_network(end);
        if !is_host && places.pods(end).is_empty() {
            diagnostics.push(report::idle(model, end, namespace, &sites));
        }
    }
}

/// Reports servers with ports on which none of their pods listens.
fn wide(model: &Model, places: &Places<'_>, listening: &Listening, diagnostics: &mut Diagnostics) {
    let mut servers = BTreeMap::<(&Endpoint, &[PortRange]), (Vec<PortRange>, Vec<Site>)>::new();
    let all: Vec<(&Server, Vec<PortRange>)> =
        model.flows.iter().flat_map(|it| &it.servers).map(|it| (it, ranges(&it.ports))).collect();
    for (server, ports) in &all {
        let pods = places.pods(&server.endpoint);
        let is_said = !pods.is_empty() && pods.iter().all(|it| !listening.ports(it).is_empty());
        if !is_said || server.endpoint == Endpoint::Dns {
            continue;
        }
        let heard = listening.all(&pods);
        if is_wide(&server.ports, ports, &heard) {
            let key = (&server.endpoint, ports.as_slice());
            servers.entry(key).or_insert_with(|| (heard, Vec::new())).1.push(server.site);
        }
    }
    for ((end, ports), (heard, sites)) in servers {
        let within = |it: &&PortRange| ports.iter().any(|port| port.contains(**it));
        let used: Vec<PortRange> = heard.iter().filter(within).copied().collect();
        diagnostics.push(report::wide(model, end, ports, &heard, &used, &sites));
    }
}

/// Returns whether ports are open on which no pod listens.
fn is_wide(written: &PortSet, ports: &[PortRange], heard: &[PortRange]) -> bool {
    let is_heard = |port: &PortRange| heard.iter().any(|it| it.overlaps(*port));
    let count = |port: &PortRange| heard.iter().filter(|it| port.contains(**it)).count();
    match written {
        PortSet::Any => true,
        PortSet::Some(_) => ports.iter().any(|port| {
            let width = usize::from(port.to - port.from) + 1;
            !is_heard(port) || (width > 1 && count(port) < width)
        }),
    }
}
