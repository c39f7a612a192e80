//! Desired objects compared with live ones, one by one: creations, changes, removals and conflicts, with the risks and
//! notes of each object. Connections are compared elsewhere (`sides`).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::declared::{declaration, remembered_source};
use super::difference::{Action, Comparison, Conflict, Difference, FieldChange, Skipped};
use super::kind::{Kind, ObjectKey, emitted};
use super::lines::{self, Sign};
use super::live::{Live, LiveObject};
use super::{flatten, leaving, normalize, object_risks, pools, stored, tried, values};
use crate::diagnostics::{Code, Message};
use crate::manifests::owner;
use crate::origin::Traced;
use crate::scalar::Segment;
use crate::source::{Place, Site};

/// Compares the objects of one cluster with the live objects. `place` returns the place of a part in the source.
pub fn compare(
    desired: &[Traced],
    place: &(dyn Fn(Site) -> Place + Sync),
    live: &Live,
) -> Comparison {
    let wanted = desired.iter().map(|it| Desired::Traced(it, place));
    compared(&wanted.collect::<Vec<_>>(), live)
}

/// A desired object.
#[derive(Clone, Copy)]
pub(super) enum Desired<'w> {
    /// An object of a source.
    Traced(&'w Traced, &'w (dyn Fn(Site) -> Place + Sync)),
    /// An object of manifests.
    Found(&'w LiveObject),
}

impl Desired<'_> {
    /// Returns the key and the value of the object; `None` for a document that is not an object.
    fn object(&self) -> Option<(ObjectKey, Value)> {
        match self {
            Self::Traced(it, _) => emitted(it),
            Self::Found(it) => Some((it.key.clone(), it.object.clone())),
        }
    }

    /// Returns the place in the source that a part of the object comes from.
    fn source(&self, path: &[Segment]) -> Option<Place> {
        match self {
            Self::Traced(it, place) => it.origins.at(path).first().map(|site| place(*site)),
            Self::Found(_) => None,
        }
    }
}

/// Compares desired objects of any origin with the live objects.
pub(super) fn compared(desired: &[Desired<'_>], live: &Live) -> Comparison {
    let mut comparison = Comparison {
        skipped: Skipped {
            other_kinds: live.other_kinds.clone(),
            no_objects: live.no_objects,
            ..Skipped::default()
        },
        ..Comparison::default()
    };
    let mut wanted = BTreeMap::new();
    let compared: Vec<_> = desired.par_iter().map(|it| one(it, live)).collect();
    for compared in compared {
        let Some((key, object, verdict)) = compared else {
            comparison.skipped.helm_values += 1;
            continue;
        };
        // To save memory in a large cluster, only objects that are needed again are kept.
        let is_pool = key.kind == Kind::IpAddressPool;
        wanted.insert(key, if is_pool { object } else { Value::Null });
        match verdict {
            Verdict::NotCompared(kind) => {
                *comparison.skipped.of_unread.entry(kind).or_default() += 1;
            }
            Verdict::Same => comparison.same += 1,
            Verdict::Differs(difference) => comparison.differences.push(*difference),
            Verdict::InConflict(conflict) => comparison.conflicts.push(*conflict),
        }
    }
    for (key, it) in &live.objects {
        let is_ours = owner::is_ours(&it.object) && owner::somebody_else(&it.object).is_none();
        let goes = live.is_output || is_ours && !key.kind.is_patched();
        if goes && !wanted.contains_key(key) {
            comparison.differences.push(removal(it));
        }
    }
    if live.is_whole {
        comparison.skipped.other_kinds.clear();
    }
    if !live.is_output {
        comparison.other_policies = other_policies(&wanted, live);
        let kinds = Kind::ALL.into_iter();
        let kinds = kinds.filter(|kind| wanted.keys().any(|key| key.kind == *kind));
        comparison.absent_kinds = kinds.filter(|kind| !live.is_whole && !live.has(*kind)).collect();
    }
    pools::stranded_addresses(&mut comparison, &wanted, live);
    pools::overlapping_pools(&mut comparison, &wanted, live);
    comparison
}

/// Returns the policies of other owners. Policies are additive: such a policy keeps its connections open, whatever the
/// source declares.
fn other_policies(wanted: &BTreeMap<ObjectKey, Value>, live: &Live) -> Vec<ObjectKey> {
    let is_policy = |key: &&ObjectKey| key.kind == Kind::NetworkPolicy;
    let namespaces: BTreeSet<_> = wanted.keys().filter(is_policy).map(|it| &it.namespace).collect();
    let others = live.objects.values().filter(|it| {
        is_policy(&&it.key) && namespaces.contains(&it.key.namespace) && !owner::is_ours(&it.object)
    });
    others.map(|it| it.key.clone()).filter(|it| !wanted.contains_key(it)).collect()
}

/// Result of the comparison of one object.
enum Verdict {
    NotCompared(Kind),
    Same,
    Differs(Box<Difference>),
    InConflict(Box<Conflict>),
}

/// Compares one object; `None` for a document that is not an object.
fn one(wanted: &Desired<'_>, live: &Live) -> Option<(ObjectKey, Value, Verdict)> {
    let (key, object) = wanted.object()?;
    let verdict = verdict(wanted, &key, &object, live);
    Some((key, object, verdict))
}

fn verdict(wanted: &Desired<'_>, key: &ObjectKey, object: &Value, live: &Live) -> Verdict {
    let source = |path: &[Segment]| wanted.source(path);
    let mut difference = Difference {
        key: key.clone(),
        action: Action::Create,
        source: declaration(object, source(&[])),
        changes: Vec::new(),
        lines: Vec::new(),
        risks: Vec::new(),
        notes: Vec::new(),
    };
    if live.unread.contains_key(&key.kind) {
        return Verdict::NotCompared(key.kind);
    }
    let Some(it) = live.objects.get(key) else {
        let object = normalize::hidden(key.kind, object);
        difference.lines = lines::whole(&normalize::created(&object), Sign::Added);
        difference.changes.push(FieldChange {
            pointer: String::new(),
            before: None,
            after: Some(object),
            source: difference.source.clone(),
        });
        if key.kind.is_patched() && !live.is_output {
            let text = "the workload does not exist yet: its chart or operator creates it; apply \
             these variables afterwards";
            difference.notes.push(Message::new(Code::N1001, text));
        }
        return Verdict::Differs(Box::new(difference));
    };
    let is_leaving_too = leaving::note(object).is_some();
    if let Some(note) = leaving::note(&it.object).filter(|_| !is_leaving_too) {
        difference.notes.push(note);
        return Verdict::Differs(Box::new(difference));
    }
    difference.action = Action::Change;
    let stored = live.stored.get(key).map(|it| stored::overlay(object, it));
    let object = stored.as_ref().unwrap_or(object);
    let (after, before) = normalize::pair(key.kind, object, &it.object);
    let node = values::difference(key.kind, &after, &before);
    let has_owner = !live.is_output && !key.kind.is_patched();
    let owner = owner::somebody_else(&it.object).filter(|_| has_owner);
    let is_taken_over = has_owner && owner.is_none() && !owner::is_ours(&it.object);
    if let Some(node) = &node {
        difference.lines = lines::changed(node);
        difference.changes = flatten::changes(node, source);
        difference.notes = tried::notes(key, &it.object, live);
        object_risks::of_change(&mut difference, object, &it.object);
    }
    if is_taken_over {
        // With the note about the owner, the label adds nothing.
        let unlabelled = values::difference(key.kind, &owner::without_label(after), &before);
        difference.lines = unlabelled.as_ref().map(lines::changed).unwrap_or_default();
    }
    match (owner, node) {
        (Some(owner), _) => Verdict::InConflict(Box::new(Conflict { owner, difference })),
        (None, Some(_)) => {
            if is_taken_over {
                let text = "created manually: mlnetc becomes its owner";
                difference.notes.push(Message::new(Code::N1002, text));
            }
            Verdict::Differs(Box::new(difference))
        }
        (None, None) => Verdict::Same,
    }
}

fn removal(it: &LiveObject) -> Difference {
    let mut difference = Difference {
        key: it.key.clone(),
        action: Action::Remove,
        source: remembered_source(&it.object),
        changes: vec![FieldChange {
            pointer: String::new(),
            before: Some(normalize::removed(it.key.kind, &it.object)),
            after: None,
            source: None,
        }],
        lines: lines::whole(&normalize::removed(it.key.kind, &it.object), Sign::Removed),
        risks: Vec::new(),
        notes: Vec::new(),
    };
    object_risks::of_removal(&mut difference, &it.object);
    difference
}
