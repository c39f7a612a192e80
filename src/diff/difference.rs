//! The result of a comparison: objects that differ, conflicts, connections, risks and notes. Data only; the modules
//! beside this one fill it in, `render` writes it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{Kind, ObjectKey};
use super::lines::Line;
use super::risk::{Class, Risk};
use crate::diagnostics::{Code, Message};
use crate::impact::Changes;
use crate::source::Place;

/// The effect of an apply on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The cluster does not have the object.
    Create,
    /// The source and the cluster have the object, and it differs.
    Change,
    /// mlnetc made the object, and the source no longer declares it.
    Remove,
}

/// An object that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Which object.
    pub key: ObjectKey,
    /// The effect of an apply.
    pub action: Action,
    /// The place of its declaration; for a removal, the place in the annotation of the live object.
    pub source: Option<Place>,
    /// The parts that differ.
    pub changes: Vec<FieldChange>,
    /// The parts that differ, as lines of a YAML diff.
    pub lines: Vec<Line>,
    /// Risks of applying the difference.
    pub risks: Vec<Risk>,
    /// Further notes.
    pub notes: Vec<Message>,
}

/// A part of an object that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// JSON pointer into the desired object, or into the live object if only the live object has the part.
    pub pointer: String,
    /// The value in the cluster.
    pub before: Option<Value>,
    /// The value in the source.
    pub after: Option<Value>,
    /// The place in the source that requests it.
    pub source: Option<Place>,
}

/// An object of the source that another tool owns: the two would overwrite each other.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The owner, as a phrase: ``Helm release `shop` ``.
    pub owner: String,
    /// The difference; without changes if both sides are equal.
    pub difference: Difference,
}

/// Objects that were not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Number of live objects of each kind that mlnetc does not write.
    pub other_kinds: BTreeMap<String, usize>,
    /// Number of documents that are not Kubernetes objects.
    pub no_objects: usize,
    /// Number of Helm values documents of the source: no live object contains them.
    pub helm_values: usize,
    /// Number of objects of the source whose kind could not be read.
    pub of_unread: BTreeMap<Kind, usize>,
    /// Other resources that could not be read, with the consequences, as sentences.
    pub unread: Vec<String>,
}

/// The result of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Objects that differ: in the order of the output, then the objects that are removed.
    pub differences: Vec<Difference>,
    /// Objects with another owner.
    pub conflicts: Vec<Conflict>,
    /// Number of objects that are the same.
    pub same: usize,
    /// Policies of other owners in namespaces for which the source has policies: connections that they open stay open.
    pub other_policies: Vec<ObjectKey>,
    /// Kinds that the source has and the live side does not have at all.
    pub absent_kinds: Vec<Kind>,
    /// Objects that were not compared.
    pub skipped: Skipped,
    /// The Helm releases whose values differ; only of two sides that both have values.
    pub helm_values: Vec<String>,
    /// Connections that open and close.
    pub connections: Changes,
    /// Resources that could not be read and that decide about connections: if there are any, connections are not
    /// compared.
    pub connections_need: Vec<String>,
    /// Risks of the differences, and parts that were not analysed; the worst first.
    pub risks: Vec<Risk>,
    /// Further notes.
    pub notes: Vec<Message>,
}

impl Comparison {
    /// Returns whether the cluster matches the source.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.conflicts.is_empty() && self.helm_values.is_empty()
    }

    /// Returns whether a part of the source could not be compared.
    pub fn is_partial(&self) -> bool {
        let unread = [&self.skipped.unread, &self.connections_need];
        !self.skipped.of_unread.is_empty() || unread.iter().any(|it| !it.is_empty())
    }

    /// Returns every risk, the worst first, with its object if it is about one.
    pub fn all_risks(&self) -> Vec<(&Risk, Option<&ObjectKey>)> {
        let differences =
            self.differences.iter().chain(self.conflicts.iter().map(|it| &it.difference));
        let of_objects =
            differences.flat_map(|it| it.risks.iter().map(|risk| (risk, Some(&it.key))));
        let mut all: Vec<_> = self.risks.iter().map(|it| (it, None)).chain(of_objects).collect();
        all.sort_by_key(|(it, _)| it.class);
        all
    }

    /// Returns the number of differences with an action.
    pub fn count(&self, action: Action) -> usize {
        self.differences.iter().filter(|it| it.action == action).count()
    }
}

impl Difference {
    /// Adds a risk, unless it exists already.
    pub(super) fn add_risk(&mut self, class: Class, code: Code, why: impl Into<String>) {
        let risk = Risk::new(class, code, why);
        if !self.risks.contains(&risk) {
            self.risks.push(risk);
            self.risks.sort();
        }
    }
}
