//! Both sides of a comparison as `connections` takes them: what is there now, and what is there after an apply.

use std::collections::BTreeSet;

use super::{Action, Comparison, Kind, Live, compare, owner};
use crate::connections::{self, Found, Side, Source};
use crate::manifests::Manifests;
use crate::verify;

/// Compares what a source asks for with what a cluster has: objects and connections.
pub fn with_cluster(source: Source<'_>, cluster: Manifests) -> Comparison {
    let mut notes = Vec::new();
    let mut before = Side::default();
    for it in &cluster.objects {
        notes.extend(before.find(&it.object, || found(&it.object)));
    }
    let others = cluster.objects.iter().map(|it| &it.object);
    let others = others.filter(|it| it["kind"] != "NetworkPolicy" && it["kind"] != "Namespace");
    let (read, invalid) = verify::read(others);
    notes.extend(invalid.into_iter().map(|it| format!("left out {}: {}", it.object, it.why)));
    let mut said = compare(source.objects, source.files, &Live::of(cluster));
    said.notes = notes;
    let asked = Side::of_source(source);
    // What no source declares is there before and after: the cluster brings it.
    let unmanaged = source.model.namespaces.iter().filter(|it| !it.managed);
    before.present.extend(unmanaged.map(|it| it.name.clone()));
    let after =
        before.with(&asked, &removed(&said, Kind::NetworkPolicy), &removed(&said, Kind::Namespace));
    said.connections = connections::between(&before, &after, read.pods);
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
