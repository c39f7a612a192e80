//! Both sides of a comparison as inputs of `impact`: the state now, and the state after an apply.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cluster::Cluster;
use super::declared::remembered_source;
use super::difference::{Action, Comparison};
use super::kind::{Kind, ObjectKey};
use super::live::Live;
use super::objects::{Desired, compare, compared};
use super::risk::Risk;
use super::{exposure, helm, pending_addresses, unmodelled};
use crate::diagnostics::Message;
use crate::impact::{self, Found, Side, Source};
use crate::manifests::{Manifests, owner};
use crate::reachability::Pods;
use crate::read;

/// The complete output of a source or of another tool, without a cluster.
#[derive(Debug, Clone, Copy)]
pub enum Output<'o> {
    /// Nothing: the cluster is new or is removed.
    Nothing,
    /// The output of a source.
    Source(Source<'o>),
    /// Manifests of any origin.
    Manifests(&'o Manifests),
}

/// Compares the old output with the new: objects and connections. There are no live pods.
pub fn between(before: &Output<'_>, after: &Output<'_>) -> Comparison {
    let (old, mut new) = (before.live(), after.live());
    let mut comparison = match after {
        Output::Source(it) => compare(it.objects, &|site| it.place(site), &old),
        Output::Nothing | Output::Manifests(_) => {
            let wanted: Vec<Desired<'_>> = new.objects.values().map(Desired::Found).collect();
            compared(&wanted, &old)
        }
    };
    let mut risks = Vec::new();
    if let (Output::Source(was), Output::Source(is)) = (before, after) {
        comparison.helm_values = helm::changed(was.objects, is.objects);
        comparison.skipped.helm_values = 0;
        risks = helm::moves(was.objects, is.objects, &|site| is.place(site));
    }
    for (kind, n) in std::mem::take(&mut new.other_kinds) {
        let known = comparison.skipped.other_kinds.entry(kind).or_default();
        *known = n.max(*known);
    }
    let mut sides = [before.side(&mut comparison.notes), after.side(&mut comparison.notes)];
    // An object that is left out on both sides is noted once.
    let mut noted = BTreeSet::new();
    comparison.notes.retain(|it| noted.insert(it.clone()));
    let sources = sides.iter().filter_map(|it| it.source);
    let unmanaged: BTreeSet<String> =
        sources.flat_map(|it| it.unmanaged().collect::<Vec<_>>()).collect();
    for it in &mut sides {
        it.present.extend(unmanaged.iter().cloned());
    }
    let pods = [before, after].map(Output::pods);
    let [was, is] = &sides;
    comparison.connections = impact::between(was, is, merged(pods));
    for it in &mut comparison.connections.lines {
        it.clients.live.clear();
        it.servers.live.clear();
    }
    comparison.risks = exposure::risks(&comparison.connections);
    comparison.risks.extend(risks);
    comparison
}

/// Returns the pods of both sides, each once.
fn merged([old, new]: [Vec<Pods>; 2]) -> Vec<Pods> {
    let id = |it: &Pods| (it.namespace.clone(), it.name.clone(), it.labels.clone());
    let known: BTreeSet<_> = new.iter().map(id).collect();
    let gone = old.into_iter().filter(|it| !known.contains(&id(it)));
    gone.chain(new.iter().cloned()).collect()
}

impl<'o> Output<'o> {
    fn live(&self) -> Live {
        let live = match self {
            Self::Nothing => Live::default(),
            Self::Source(it) => Live::of_source(it.objects),
            Self::Manifests(it) => Live::of((*it).clone()),
        };
        Live { is_output: true, ..live }
    }

    fn side(&self, notes: &mut Vec<Message>) -> Side<'o> {
        match self {
            Self::Nothing => Side::default(),
            Self::Source(it) => Side::of_source(*it),
            Self::Manifests(it) => {
                let mut side = Side::default();
                for it in &it.objects {
                    notes.extend(side.find(&it.object, || found(&it.object)).map(left_out));
                }
                side
            }
        }
    }

    fn pods(&self) -> Vec<Pods> {
        match self {
            Self::Nothing | Self::Source(_) => Vec::new(),
            Self::Manifests(it) => pods(it).0,
        }
    }
}

/// Returns the pods of manifests, and the objects that an API server would reject.
fn pods(manifests: &Manifests) -> (Vec<Pods>, Vec<read::Invalid>) {
    let others = manifests.objects.iter().map(|it| &it.object);
    let text = |it: &Value, field: &str| it[field].as_str().unwrap_or_default().to_owned();
    let others = others.filter(|it| {
        let kind = text(it, "kind");
        kind != "Namespace" && !read::is_policy(&text(it, "apiVersion"), &kind)
    });
    let (read, invalid) = read::cluster(others);
    (read.pods, invalid)
}

/// Compares the output of a source with the manifests of a cluster: objects and connections.
pub fn with_cluster(source: Source<'_>, cluster: Manifests) -> Comparison {
    let (mut comparison, before, after, pods, others) = sides(source, cluster, |live| live);
    comparison.connections = impact::between(&before, &after, pods);
    comparison.risks = exposure::risks(&comparison.connections);
    comparison.risks.extend(others);
    comparison
}

/// Compares the output of a source with a cluster that was read. If a resource that decides about connections could not
/// be read, connections are not compared.
pub fn with_live(source: Source<'_>, mut cluster: Cluster) -> Comparison {
    let manifests = std::mem::take(&mut cluster.manifests);
    let (mut comparison, before, after, pods, others) =
        sides(source, manifests, |live| cluster.live(live));
    let decides = ["namespaces", "networkpolicies.networking.k8s.io"];
    let hidden = decides.into_iter().filter(|it| cluster.unread.contains_key(*it));
    comparison.connections_need = hidden.map(str::to_owned).collect();
    if comparison.connections_need.is_empty() {
        comparison.connections = impact::between(&before, &after, pods);
        comparison.risks = exposure::risks(&comparison.connections);
    }
    comparison.risks.extend(others);
    let of_ours = |name: &str| Kind::ALL.into_iter().any(|it| it.qualified() == name);
    let others = cluster.unread.iter().filter(|(name, _)| !of_ours(name));
    comparison.skipped.unread.extend(others.map(|(name, why)| format!("{name}: {why}")));
    comparison
}

/// Compares the objects, and returns the inputs for the comparison of connections: the state now, the state after an
/// apply, the pods, and the risks that do not come from connections.
fn sides(
    source: Source<'_>,
    cluster: Manifests,
    read: impl FnOnce(Live) -> Live,
) -> (Comparison, Side<'_>, Side<'_>, Vec<Pods>, Vec<Risk>) {
    let mut notes = Vec::new();
    let mut before = Side::default();
    for it in &cluster.objects {
        notes.extend(before.find(&it.object, || found(&it.object)).map(left_out));
    }
    let (pods, invalid) = pods(&cluster);
    notes.extend(invalid.into_iter().map(left_out));
    let unmodelled = unmodelled::risks(&cluster, &pods, &before.namespaces);
    let live = read(Live::of(cluster));
    let place = |site| source.place(site);
    let mut comparison = compare(source.objects, &place, &live);
    let moves = helm::live_moves(source.objects, &live, &place);
    comparison.helm_values = moves.iter().map(|(release, _)| release.clone()).collect();
    notes.extend(pending_addresses::notes(source.objects, &live, &comparison));
    comparison.notes = notes;
    let asked = Side::of_source(source);
    // Namespaces that mlnetc does not manage exist before and after: the cluster provides them.
    before.present.extend(source.unmanaged());
    let after = before.with(
        &asked,
        &removed(&comparison, Kind::NetworkPolicy),
        &removed(&comparison, Kind::Namespace),
    );
    let risks = moves.into_iter().map(|(_, it)| it).chain(unmodelled).collect();
    (comparison, before, after, pods, risks)
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over")]
fn left_out(it: read::Invalid) -> Message {
    Message::left_out(&it.object, &it.why)
}

/// Returns the names of the objects of a kind that an apply removes.
fn removed(comparison: &Comparison, kind: Kind) -> BTreeSet<String> {
    let gone = comparison.differences.iter();
    let gone = gone.filter(|it| it.action == Action::Remove && it.key.kind == kind);
    let name = |it: &ObjectKey| match &it.namespace {
        Some(namespace) => format!("{namespace}/{}", it.name),
        None => it.name.clone(),
    };
    gone.map(|it| name(&it.key)).collect()
}

fn found(object: &Value) -> Found {
    let owner = owner::somebody_else(object).map(|it| format!("of {it}"));
    let by_hand = || Some("created manually".to_owned()).filter(|_| !owner::is_ours(object));
    Found { owner: owner.or_else(by_hand), source: remembered_source(object) }
}
