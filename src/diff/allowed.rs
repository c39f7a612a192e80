//! Both sides of a comparison as `impact` takes them: what is there now, and what is there after an apply.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Action, Comparison, Key, Kind, Live, Risk, Wanted, compare, compared, exposure, helm, leaving,
    pending_addresses, unmodelled,
};
use crate::impact::{self, Found, Side, Source};
use crate::manifests::{Manifests, owner};
use crate::origin::Traced;
use crate::reachability::{self, Pods};

/// All that somebody asks for, without a cluster.
#[derive(Debug, Clone, Copy)]
pub enum Output<'o> {
    /// Nothing: the cluster is new, or goes.
    Nothing,
    /// What a source becomes.
    Source(Source<'o>),
    /// Manifests, whoever wrote them.
    Manifests(&'o Manifests),
}

/// Compares what was asked for with what is: objects and connections. No pod of it lives.
pub fn between(before: &Output<'_>, after: &Output<'_>) -> Comparison {
    let (old, mut new) = (before.live(), after.live());
    let mut comparison = match after {
        Output::Source(it) => compare(it.objects, &|site| it.place(site), &old),
        Output::Nothing | Output::Manifests(_) => {
            let wanted: Vec<Wanted<'_>> = new.objects.values().map(Wanted::Found).collect();
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
    // What is left out on both sides is one remark.
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

/// The pods of both, each once.
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

    fn side(&self, notes: &mut Vec<String>) -> Side<'o> {
        match self {
            Self::Nothing => Side::default(),
            Self::Source(it) => Side::of_source(*it),
            Self::Manifests(it) => {
                let mut side = Side::default();
                for it in &it.objects {
                    notes.extend(side.find(&it.object, || found(&it.object)));
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

/// The pods of manifests, and what no API server would have taken.
fn pods(manifests: &Manifests) -> (Vec<Pods>, Vec<reachability::Invalid>) {
    let others = manifests.objects.iter().map(|it| &it.object);
    let others = others.filter(|it| it["kind"] != "NetworkPolicy" && it["kind"] != "Namespace");
    let (read, invalid) = reachability::read(others);
    (read.pods, invalid)
}

/// What was read of a cluster that can be asked.
#[derive(Debug, Default)]
pub struct Cluster {
    /// Its objects.
    pub manifests: Manifests,
    /// Resources that could not be read, as in `deployments.apps`, with the reason in a few words.
    pub unread: BTreeMap<String, String>,
    /// What the API server would store, where it was asked to try.
    pub stored: BTreeMap<Key, Value>,
    /// What others hold of that.
    pub held: BTreeMap<Key, Vec<FieldConflict>>,
}

/// A field that somebody else set: an apply does not take it without being told to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// The field manager.
    pub manager: String,
    /// The field, as the API server calls it.
    pub field: String,
}

/// An object of a source that differs from what a cluster has.
#[derive(Debug, Clone)]
pub struct Differing<'s> {
    /// Which one.
    pub key: Key,
    /// All of it.
    pub object: Value,
    /// With where it comes from.
    pub traced: &'s Traced,
    /// Whether an API server can be asked to try it: what it lies in is there.
    pub is_ready: bool,
}

/// The objects of a source that differ from what a cluster has, or that it does not have.
pub fn differing<'s>(source: Source<'s>, cluster: &Cluster) -> Vec<Differing<'s>> {
    let live = cluster.live(Live::of(cluster.manifests.clone()));
    let comparison = compare(source.objects, &|site| source.place(site), &live);
    let conflicts = comparison.conflicts.iter().map(|it| &it.difference);
    let differs: BTreeMap<&Key, Action> =
        comparison.differences.iter().chain(conflicts).map(|it| (&it.key, it.action)).collect();
    let is_there = |namespace: &Option<String>| {
        let Some(name) = namespace else { return true };
        let key = Key::new(Kind::Namespace, None, name);
        let stays = live.objects.get(&key).is_some_and(|it| leaving::note(&it.object).is_none());
        stays || live.unread.contains_key(&Kind::Namespace)
    };
    let all = source.objects.iter().filter_map(|traced| {
        let (key, object) = super::read(traced)?;
        let is_ready = match differs.get(&key)? {
            Action::Create => !key.kind.is_patched() && is_there(&key.namespace),
            Action::Change | Action::Remove => true,
        };
        Some(Differing { key, object, traced, is_ready })
    });
    all.collect()
}

/// Compares what a source asks for with what manifests say that a cluster has: objects and connections.
pub fn with_cluster(source: Source<'_>, cluster: Manifests) -> Comparison {
    let (mut comparison, before, after, pods, others) = sides(source, cluster, |live| live);
    comparison.connections = impact::between(&before, &after, pods);
    comparison.risks = exposure::risks(&comparison.connections);
    comparison.risks.extend(others);
    comparison
}

/// Compares what a source asks for with a cluster that was read. Of connections nothing is said where what decides
/// them could not be read.
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

impl Cluster {
    fn live(&self, live: Live) -> Live {
        let unread = |kind: Kind| Some((kind, self.unread.get(&kind.qualified())?.clone()));
        let unread = Kind::ALL.into_iter().filter_map(unread).collect();
        let (stored, held) = (self.stored.clone(), self.held.clone());
        Live { unread, stored, held, is_whole: true, ..live }
    }
}

/// The objects, compared, and what connections follow from: what is there, what is there after an apply, the pods,
/// and the risks that do not come of connections.
fn sides(
    source: Source<'_>,
    cluster: Manifests,
    read: impl FnOnce(Live) -> Live,
) -> (Comparison, Side<'_>, Side<'_>, Vec<Pods>, Vec<Risk>) {
    let mut notes = Vec::new();
    let mut before = Side::default();
    for it in &cluster.objects {
        notes.extend(before.find(&it.object, || found(&it.object)));
    }
    let (pods, invalid) = pods(&cluster);
    notes.extend(invalid.into_iter().map(|it| format!("left out {}: {}", it.object, it.why)));
    let unmodelled = unmodelled::risks(&cluster, &pods, &before.namespaces);
    let live = read(Live::of(cluster));
    let place = |site| source.place(site);
    let mut comparison = compare(source.objects, &place, &live);
    let moves = helm::live_moves(source.objects, &live, &place);
    comparison.helm_values = moves.iter().map(|(release, _)| release.clone()).collect();
    notes.extend(pending_addresses::notes(source.objects, &live, &comparison));
    comparison.notes = notes;
    let asked = Side::of_source(source);
    // What no source declares is there before and after: the cluster brings it.
    before.present.extend(source.unmanaged());
    let after = before.with(
        &asked,
        &removed(&comparison, Kind::NetworkPolicy),
        &removed(&comparison, Kind::Namespace),
    );
    let risks = moves.into_iter().map(|(_, it)| it).chain(unmodelled).collect();
    (comparison, before, after, pods, risks)
}

/// What an apply removes, by its name and namespace.
fn removed(comparison: &Comparison, kind: Kind) -> BTreeSet<String> {
    let gone = comparison.differences.iter();
    let gone = gone.filter(|it| it.action == Action::Remove && it.key.kind == kind);
    let name = |it: &Key| match &it.namespace {
        Some(namespace) => format!("{namespace}/{}", it.name),
        None => it.name.clone(),
    };
    gone.map(|it| name(&it.key)).collect()
}

fn found(object: &Value) -> Found {
    let owner = owner::somebody_else(object).map(|it| format!("of {it}"));
    let by_hand = || Some("made by hand".to_owned()).filter(|_| !owner::is_ours(object));
    Found { owner: owner.or_else(by_hand), source: super::remembered_source(object) }
}
