//! Both sides of a comparison as `connections` takes them: what is there now, and what is there after an apply.

use std::collections::BTreeSet;

use super::{
    Action, Comparison, Kind, Live, Wanted, compare, compared, exposure, helm, unmodelled,
};
use crate::connections::{self, Found, Side, Source};
use crate::manifests::{Manifests, owner};
use crate::verify::{self, Pods};

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
    let mut said = match after {
        Output::Source(it) => compare(it.objects, &|site| it.place(site), &old),
        Output::Nothing | Output::Manifests(_) => {
            let wanted: Vec<Wanted<'_>> = new.objects.values().map(Wanted::Found).collect();
            compared(&wanted, &old)
        }
    };
    let mut risks = Vec::new();
    if let (Output::Source(was), Output::Source(is)) = (before, after) {
        said.helm_values = helm::changed(was.objects, is.objects);
        said.skipped.helm_values = 0;
        risks = helm::moves(was.objects, is.objects, &|site| is.place(site));
    }
    for (kind, n) in std::mem::take(&mut new.other_kinds) {
        let known = said.skipped.other_kinds.entry(kind).or_default();
        *known = n.max(*known);
    }
    let mut sides = [before.side(&mut said.notes), after.side(&mut said.notes)];
    let sources = sides.iter().filter_map(|it| it.source);
    let unmanaged: BTreeSet<String> =
        sources.flat_map(|it| it.unmanaged().collect::<Vec<_>>()).collect();
    for it in &mut sides {
        it.present.extend(unmanaged.iter().cloned());
    }
    let pods = [before, after].map(Output::pods);
    let [was, is] = &sides;
    said.connections = connections::between(was, is, merged(pods));
    for it in &mut said.connections.lines {
        it.clients.live.clear();
        it.servers.live.clear();
    }
    said.risks = exposure::risks(&said.connections);
    said.risks.extend(risks);
    said
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
fn pods(manifests: &Manifests) -> (Vec<Pods>, Vec<verify::Invalid>) {
    let others = manifests.objects.iter().map(|it| &it.object);
    let others = others.filter(|it| it["kind"] != "NetworkPolicy" && it["kind"] != "Namespace");
    let (read, invalid) = verify::read(others);
    (read.pods, invalid)
}

/// Compares what a source asks for with what a cluster has: objects and connections.
pub fn with_cluster(source: Source<'_>, cluster: Manifests) -> Comparison {
    let mut notes = Vec::new();
    let mut before = Side::default();
    for it in &cluster.objects {
        notes.extend(before.find(&it.object, || found(&it.object)));
    }
    let (pods, invalid) = pods(&cluster);
    notes.extend(invalid.into_iter().map(|it| format!("left out {}: {}", it.object, it.why)));
    let unmodelled = unmodelled::risks(&cluster, &pods, &before.namespaces);
    let live = Live::of(cluster);
    let place = |site| source.place(site);
    let mut said = compare(source.objects, &place, &live);
    let moves = helm::live_moves(source.objects, &live, &place);
    said.helm_values = moves.iter().map(|(release, _)| release.clone()).collect();
    said.notes = notes;
    let asked = Side::of_source(source);
    // What no source declares is there before and after: the cluster brings it.
    before.present.extend(source.unmanaged());
    let after =
        before.with(&asked, &removed(&said, Kind::NetworkPolicy), &removed(&said, Kind::Namespace));
    said.connections = connections::between(&before, &after, pods);
    said.risks = exposure::risks(&said.connections);
    said.risks.extend(moves.into_iter().map(|(_, it)| it));
    said.risks.extend(unmodelled);
    said
}

/// What an apply removes, by its name and namespace.
fn removed(said: &Comparison, kind: Kind) -> BTreeSet<String> {
    let gone = said.differences.iter();
    let gone = gone.filter(|it| it.action == Action::Remove && it.key.kind == kind);
    let name = |it: &super::Key| match &it.namespace {
        Some(namespace) => format!("{namespace}/{}", it.name),
        None => it.name.clone(),
    };
    gone.map(|it| name(&it.key)).collect()
}

fn found(object: &serde_json::Value) -> Found {
    let owner = owner::somebody_else(object).map(|it| format!("of {it}"));
    let by_hand = || Some("made by hand".to_owned()).filter(|_| !owner::is_ours(object));
    Found { owner: owner.or_else(by_hand), source: super::remembered_source(object) }
}
