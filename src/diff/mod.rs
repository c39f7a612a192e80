//! Desired objects against the objects of a cluster: what an apply would create, change and remove,
//! what somebody else owns, and what is risky about it. Nothing here reads a disk or a cluster.

mod allowed;
mod compare;
#[cfg(test)]
mod emitted_for_tests;
mod exposure;
mod flatten;
mod helm;
mod kind;
mod leaving;
mod lines;
mod live;
mod normalize;
mod pending_addresses;
pub mod render;
mod risk;
mod stored;
#[cfg(test)]
mod tests;
mod tried;
mod unmodelled;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

pub use allowed::{
    Cluster, Differing, FieldConflict, Output, between, differing, with_cluster, with_live,
};
pub use kind::{Key, Kind};
pub use lines::{Line, Sign};
pub use live::{Live, LiveObject};
pub use risk::{Class, Risk};

use crate::impact::Changes;
use crate::manifests::owner;
use crate::objects::Object;
use crate::origin::Traced;
use crate::source::{Place, Site};

/// What an apply would do with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The cluster does not have it.
    Create,
    /// Both have it, and it differs.
    Change,
    /// mlnetc made it, and the source does not ask for it any more.
    Remove,
}

/// An object that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Which object.
    pub key: Key,
    /// What an apply would do.
    pub action: Action,
    /// Its declaration; for a removal, what the live object remembers of it.
    pub source: Option<Place>,
    /// What differs, part by part.
    pub changes: Vec<FieldChange>,
    /// What differs, as a person reads it.
    pub lines: Vec<Line>,
    /// What may go wrong.
    pub risks: Vec<Risk>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// A part of an object that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where: a JSON pointer into the desired object, or into the live one where only that has it.
    pub pointer: String,
    /// What the cluster has.
    pub before: Option<Value>,
    /// What the source asks for.
    pub after: Option<Value>,
    /// The place in the source that asks for it.
    pub source: Option<Place>,
}

/// An object that mlnetc writes and somebody else owns: two that would overwrite each other.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Who, in words.
    pub owner: String,
    /// What would differ; nothing changes where both happen to say the same.
    pub difference: Difference,
}

/// What was not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    /// How many live objects there are of each kind that mlnetc does not write.
    pub other_kinds: BTreeMap<String, usize>,
    /// How many documents are no Kubernetes objects.
    pub no_objects: usize,
    /// How many Helm values documents the source has: no object of a cluster says them.
    pub helm_values: usize,
    /// How many objects of the source are of a kind that could not be read.
    pub of_unread: BTreeMap<Kind, usize>,
    /// What else could not be read, and what follows, in words.
    pub unread: Vec<String>,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Objects that differ: in the order of the output, then those that go.
    pub differences: Vec<Difference>,
    /// Objects that somebody else owns.
    pub conflicts: Vec<Conflict>,
    /// How many objects are the same.
    pub same: usize,
    /// Policies of others in namespaces for which the source has policies: what they open stays open.
    pub other_policies: Vec<Key>,
    /// Kinds that the source has and the live side does not have at all.
    pub absent_kinds: Vec<Kind>,
    /// What was not compared.
    pub skipped: Skipped,
    /// The Helm releases whose values differ; only of two sides that both have values.
    pub helm_values: Vec<String>,
    /// What opens and what closes.
    pub connections: Changes,
    /// What could not be read and decides about connections: then nothing is said of them.
    pub connections_need: Vec<String>,
    /// What is risky about that, and what was not analysed; the worst first.
    pub risks: Vec<Risk>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// Compares the objects of one cluster with what it has. `place` says where a part of them came from.
pub fn compare(
    desired: &[Traced],
    place: &(dyn Fn(Site) -> Place + Sync),
    live: &Live,
) -> Comparison {
    let wanted = desired.iter().map(|it| Wanted::Traced(it, place));
    compared(&wanted.collect::<Vec<_>>(), live)
}

/// An object that is asked for.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    /// A source made it.
    Traced(&'w Traced, &'w (dyn Fn(Site) -> Place + Sync)),
    /// It stands in manifests.
    Found(&'w LiveObject),
}

impl Wanted<'_> {
    /// Which object, and all of it; nothing for a document that is none.
    fn object(&self) -> Option<(Key, Value)> {
        match self {
            Self::Traced(it, _) => read(it),
            Self::Found(it) => Some((it.key.clone(), it.object.clone())),
        }
    }

    /// What asks for a part.
    fn source(&self, pointer: &str) -> Option<Place> {
        match self {
            Self::Traced(it, place) => it.origins.at(pointer).first().map(|site| place(*site)),
            Self::Found(_) => None,
        }
    }
}

fn compared(desired: &[Wanted<'_>], live: &Live) -> Comparison {
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
        // Of a large cluster only what is looked at again is kept.
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
    risk::stranded_addresses(&mut comparison, &wanted, live);
    risk::overlapping_pools(&mut comparison, &wanted, live);
    comparison
}

/// Policies add up: one that mlnetc did not make opens what it opens, whatever the source says.
fn other_policies(wanted: &BTreeMap<Key, Value>, live: &Live) -> Vec<Key> {
    let is_policy = |key: &&Key| key.kind == Kind::NetworkPolicy;
    let namespaces: BTreeSet<_> = wanted.keys().filter(is_policy).map(|it| &it.namespace).collect();
    let others = live.objects.values().filter(|it| {
        is_policy(&&it.key) && namespaces.contains(&it.key.namespace) && !owner::is_ours(&it.object)
    });
    others.map(|it| it.key.clone()).filter(|it| !wanted.contains_key(it)).collect()
}

/// Which object a source made, and all of it as an API server gets it; nothing for a document that is none.
fn read(traced: &Traced) -> Option<(Key, Value)> {
    Some((key(&traced.object)?, serde_json::to_value(&traced.object).ok()?))
}

fn key(object: &Object) -> Option<Key> {
    let (kind, namespace, name) = object.key();
    Some(Key::new(Kind::of(object.api_version()?, kind)?, namespace, name))
}

impl Comparison {
    /// Whether the cluster is what the source asks for.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.conflicts.is_empty() && self.helm_values.is_empty()
    }

    /// Whether something that the source asks for could not be compared.
    pub fn is_partial(&self) -> bool {
        let unread = [&self.skipped.unread, &self.connections_need];
        !self.skipped.of_unread.is_empty() || unread.iter().any(|it| !it.is_empty())
    }

    /// Every risk, the worst first, with the object that it is about if it is about one.
    pub fn all_risks(&self) -> Vec<(&Risk, Option<&Key>)> {
        let differences =
            self.differences.iter().chain(self.conflicts.iter().map(|it| &it.difference));
        let of_objects =
            differences.flat_map(|it| it.risks.iter().map(|risk| (risk, Some(&it.key))));
        let mut all: Vec<_> = self.risks.iter().map(|it| (it, None)).chain(of_objects).collect();
        all.sort_by_key(|(it, _)| it.class);
        all
    }

    /// How many differences an apply would treat so.
    pub fn count(&self, action: Action) -> usize {
        self.differences.iter().filter(|it| it.action == action).count()
    }
}

/// What there is to say about one object.
enum Verdict {
    NotCompared(Kind),
    Same,
    Differs(Box<Difference>),
    InConflict(Box<Conflict>),
}

/// Compares one object; nothing for a document that is none.
fn one(wanted: &Wanted<'_>, live: &Live) -> Option<(Key, Value, Verdict)> {
    let (key, object) = wanted.object()?;
    let verdict = verdict(wanted, &key, &object, live);
    Some((key, object, verdict))
}

fn verdict(wanted: &Wanted<'_>, key: &Key, object: &Value, live: &Live) -> Verdict {
    let source = |pointer: &str| wanted.source(pointer);
    let mut difference = Difference {
        key: key.clone(),
        action: Action::Create,
        source: declaration(object, source("")),
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
            difference.notes.push(
                    "the workload is not there yet: its chart or operator makes it, and these variables \
                     are set afterwards"
                        .to_owned(),
                );
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
    let node = compare::difference(key.kind, &after, &before);
    let has_owner = !live.is_output && !key.kind.is_patched();
    let owner = owner::somebody_else(&it.object).filter(|_| has_owner);
    let is_taken_over = has_owner && owner.is_none() && !owner::is_ours(&it.object);
    if let Some(node) = &node {
        difference.lines = lines::changed(node);
        difference.changes = flatten::changes(node, source);
        difference.notes = tried::notes(key, &it.object, live);
        risk::of_change(&mut difference, object, &it.object);
    }
    if is_taken_over {
        // Beside the note, the label says nothing to a person.
        let unlabelled = compare::difference(key.kind, &owner::without_label(after), &before);
        difference.lines = unlabelled.as_ref().map(lines::changed).unwrap_or_default();
    }
    match (owner, node) {
        (Some(owner), _) => Verdict::InConflict(Box::new(Conflict { owner, difference })),
        (None, Some(_)) => {
            if is_taken_over {
                difference.notes.push("made by hand so far: mlnetc takes it over".to_owned());
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
    risk::of_removal(&mut difference, &it.object);
    difference
}

fn remembered_source(object: &Value) -> Option<Place> {
    let source = object.pointer("/metadata/annotations/mlnet.dev~1source")?;
    Place::remembered(source.as_str()?)
}

/// Where an object is declared: what it says itself counts, and the source knows more of that place.
fn declaration(object: &Value, known: Option<Place>) -> Option<Place> {
    let Some(comparison) = remembered_source(object) else { return known };
    known.filter(|it| it.to_string() == comparison.to_string()).or(Some(comparison))
}
