//! The side of the cluster: of its manifests those that mlnetc writes or patches.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{Kind, ObjectKey, emitted};
use crate::manifests::Manifests;
use crate::origin::Traced;

/// An object of the cluster.
#[derive(Debug, Clone)]
pub struct LiveObject {
    /// Its kind, namespace and name.
    pub key: ObjectKey,
    /// All of it.
    pub object: Value,
}

/// A field that somebody else set: an apply does not take it without being told to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// The field manager.
    pub manager: String,
    /// The field, as the API server calls it.
    pub field: String,
}

/// What a cluster has.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The objects of kinds that mlnetc writes.
    pub objects: BTreeMap<ObjectKey, LiveObject>,
    /// How many objects there are of each other kind.
    pub other_kinds: BTreeMap<String, usize>,
    /// How many documents are no objects: Helm values, kustomizations, empty ones.
    pub no_objects: usize,
    /// Kinds that could not be read, with the reason: nothing of them is compared.
    pub unread: BTreeMap<Kind, String>,
    /// What the API server would store for objects of the source, where it was asked to try.
    pub stored: BTreeMap<ObjectKey, Value>,
    /// Fields of these objects that other field managers own.
    pub held: BTreeMap<ObjectKey, Vec<FieldConflict>>,
    /// Whether every kind that is not in `unread` was read whole: what is not there is not in the cluster.
    pub is_whole: bool,
    /// Whether it is not what a cluster has but all that somebody asked for: then what is asked for no more goes,
    /// whoever made it.
    pub is_output: bool,
}

impl Live {
    /// The objects of a source, as the live side of a comparison without a cluster.
    pub fn of_source(objects: &[Traced]) -> Self {
        let mut live = Self { is_output: true, ..Self::default() };
        for it in objects {
            if let Some((key, object)) = emitted(it) {
                live.objects.insert(key.clone(), LiveObject { key, object });
            }
        }
        live
    }

    /// Selects the compared kinds from manifests, and counts the objects of other kinds.
    pub fn of(manifests: Manifests) -> Self {
        let mut live = Self { no_objects: manifests.no_objects, ..Self::default() };
        for it in manifests.objects {
            let Some(key) = ObjectKey::of(&it.object) else {
                let kind = it.object.get("kind").and_then(Value::as_str).unwrap_or_default();
                *live.other_kinds.entry(kind.to_owned()).or_default() += 1;
                continue;
            };
            live.objects.insert(key.clone(), LiveObject { key, object: it.object });
        }
        live
    }

    /// Whether there is an object of this kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.objects.keys().any(|it| it.kind == kind)
    }
}
