//! A cluster that was read through its API server, and the objects of a source for a dry run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::difference::Action;
use super::kind::{Kind, ObjectKey, emitted};
use super::leaving;
use super::live::{FieldConflict, Live};
use super::objects::compare;
use crate::impact::Source;
use crate::manifests::Manifests;
use crate::origin::Traced;

/// Objects that were read from an API server, and its answers to dry runs.
#[derive(Debug, Default)]
pub struct Cluster {
    /// The objects of the cluster.
    pub manifests: Manifests,
    /// Resources that could not be read, as in `deployments.apps`, each with a short reason.
    pub unread: BTreeMap<String, String>,
    /// The objects that the API server would store, from its answers to dry runs.
    pub stored: BTreeMap<ObjectKey, Value>,
    /// Fields of these objects that other field managers own.
    pub held: BTreeMap<ObjectKey, Vec<FieldConflict>>,
}

impl Cluster {
    pub(super) fn live(&self, live: Live) -> Live {
        let unread = |kind: Kind| Some((kind, self.unread.get(&kind.qualified())?.clone()));
        let unread = Kind::ALL.into_iter().filter_map(unread).collect();
        let (stored, held) = (self.stored.clone(), self.held.clone());
        Live { unread, stored, held, is_whole: true, ..live }
    }
}

/// An object of a source that the cluster lacks, or that differs from the object in the cluster.
#[derive(Debug, Clone)]
pub struct Differing<'s> {
    /// Its kind, namespace and name.
    pub key: ObjectKey,
    /// The whole object.
    pub object: Value,
    /// The object with its origins.
    pub traced: &'s Traced,
    /// Whether a dry run is possible: the namespace of the object exists.
    pub is_ready: bool,
}

/// Returns the objects of a source that the cluster does not have, or that differ from those of the cluster.
pub fn differing<'s>(source: Source<'s>, cluster: &Cluster) -> Vec<Differing<'s>> {
    let live = cluster.live(Live::of(cluster.manifests.clone()));
    let comparison = compare(source.objects, &|site| source.place(site), &live);
    let conflicts = comparison.conflicts.iter().map(|it| &it.difference);
    let differs: BTreeMap<&ObjectKey, Action> =
        comparison.differences.iter().chain(conflicts).map(|it| (&it.key, it.action)).collect();
    let is_there = |namespace: &Option<String>| {
        let Some(name) = namespace else { return true };
        let key = ObjectKey::new(Kind::Namespace, None, name);
        let stays = live.objects.get(&key).is_some_and(|it| leaving::note(&it.object).is_none());
        stays || live.unread.contains_key(&Kind::Namespace)
    };
    let all = source.objects.iter().filter_map(|traced| {
        let (key, object) = emitted(traced)?;
        let is_ready = match differs.get(&key)? {
            Action::Create => !key.kind.is_patched() && is_there(&key.namespace),
            Action::Change | Action::Remove => true,
        };
        Some(Differing { key, object, traced, is_ready })
    });
    all.collect()
}
