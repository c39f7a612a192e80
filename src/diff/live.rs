//! The live side: the objects of a cluster's manifests that mlnetc writes or patches.

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
    /// The whole object.
    pub object: Value,
}

/// A field that another field manager owns: an apply overwrites it only if forced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldConflict {
    /// The field manager.
    pub manager: String,
    /// The field, as the API server names it.
    pub field: String,
}

/// The objects of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The objects of kinds that mlnetc writes.
    pub objects: BTreeMap<ObjectKey, LiveObject>,
    /// Number of objects of each other kind.
    pub other_kinds: BTreeMap<String, usize>,
    /// Number of documents that are not objects: Helm values, kustomizations, empty documents.
    pub no_objects: usize,
    /// Kinds that could not be read, each with the reason: their objects are not compared.
    pub unread: BTreeMap<Kind, String>,
    /// The objects that the API server would store, from its answers to dry runs.
    pub stored: BTreeMap<ObjectKey, Value>,
    /// Fields of these objects that other field managers own.
    pub held: BTreeMap<ObjectKey, Vec<FieldConflict>>,
    /// Whether every kind that is not in `unread` was read completely: an object that is missing here is not in the
    /// cluster.
    pub is_whole: bool,
    /// Whether this is a complete output and not a cluster: then objects that are absent from the desired side are
    /// shown as removed, regardless of their owner.
    pub is_output: bool,
}

impl Live {
    /// Returns the objects of a source as the live side of a comparison without a cluster.
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

    /// Returns whether there is an object of a kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.objects.keys().any(|it| it.kind == kind)
    }
}
