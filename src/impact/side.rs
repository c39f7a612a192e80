//! The two sides of a comparison: the objects of a source, the objects of a cluster, and the result of applying
//! the first to the second.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::Model;
use crate::objects::Object;
use crate::origin::Traced;
use crate::policy::Policy;
use crate::reachability::{Cluster, Namespace};
use crate::read::{self, Invalid, Read};
use crate::source::{Files, Place, Site};

/// A source, built for one cluster.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// The model of the source.
    pub model: &'s Model,
    /// The objects built from it.
    pub objects: &'s [Traced],
    /// The source texts.
    pub files: &'s Files,
}

impl<'s> Source<'s> {
    /// The names of namespaces that exist without mlnetc.
    pub fn unmanaged(&self) -> impl Iterator<Item = String> + 's {
        let unmanaged = self.model.namespaces.iter().filter(|it| !it.managed);
        unmanaged.map(|it| it.name.clone())
    }

    /// The place of a site in this source.
    pub fn place(&self, site: Site) -> Place {
        self.files.place_through(site, &self.model.expansions)
    }
}

/// The provenance of a policy that is found in a cluster or manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Owner of the policy in words; `None` for policies of mlnetc.
    pub owner: Option<String>,
    /// The source place that the object's annotations name.
    pub source: Option<Place>,
}

/// Provenance of a policy.
#[derive(Debug, Clone)]
pub enum Whose<'s> {
    /// Built from the source of the side.
    Source(&'s Traced),
    /// Found in a cluster or manifest.
    Found(Found),
}

/// A policy with its provenance.
#[derive(Debug, Clone)]
pub struct Known<'s> {
    /// The policy.
    pub policy: Policy,
    /// Its provenance.
    pub whose: Whose<'s>,
}

/// One side of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Side<'s> {
    /// The policies.
    pub policies: Vec<Known<'s>>,
    /// The namespaces with their labels.
    pub namespaces: Vec<Namespace>,
    /// The names of all existing namespaces, including those without further data.
    pub present: BTreeSet<String>,
    /// The source that the side is built from, if any.
    pub source: Option<Source<'s>>,
}

impl<'s> Side<'s> {
    /// The objects of a source, and no others.
    pub fn of_source(source: Source<'s>) -> Self {
        let mut side = Self { source: Some(source), ..Self::default() };
        side.present.extend(source.model.namespaces.iter().map(|it| it.name.clone()));
        for traced in source.objects {
            match read(traced) {
                Some(Read::Policy(policy)) => {
                    side.policies.push(Known { policy, whose: Whose::Source(traced) });
                }
                Some(Read::Namespace(it)) => side.namespaces.push(it),
                Some(Read::Pods(_) | Read::Service(_) | Read::Other) | None => {}
            }
        }
        side
    }

    /// Adds an existing object. Objects other than policies and namespaces only add the name of their
    /// namespace. Returns the reason if an API server would reject the object.
    pub fn find(&mut self, object: &Value, found: impl FnOnce() -> Found) -> Option<Invalid> {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str);
        self.present.extend(text("/metadata/namespace").map(str::to_owned));
        let [api_version, kind] = ["/apiVersion", "/kind"].map(|it| text(it).unwrap_or_default());
        if !read::is_policy(api_version, kind) && kind != "Namespace" {
            return None;
        }
        match read::object(object) {
            Ok(Read::Policy(policy)) => {
                self.present.insert(policy.namespace().to_owned());
                self.policies.push(Known { policy, whose: Whose::Found(found()) });
            }
            Ok(Read::Namespace(it)) => {
                self.present.insert(it.name.clone());
                self.namespaces.push(it);
            }
            Ok(Read::Pods(_) | Read::Service(_) | Read::Other) => {}
            Err(it) => return Some(it),
        }
        None
    }

    /// The result of applying `other` to this side and pruning objects that `other` no longer contains:
    /// `policies` as `NAMESPACE/NAME`, and `spaces`, names of namespaces.
    #[must_use]
    pub fn with(
        &self,
        other: &Side<'s>,
        policies: &BTreeSet<String>,
        spaces: &BTreeSet<String>,
    ) -> Self {
        let id = |it: &Known<'_>| it.policy.path();
        let asked: BTreeSet<String> = other.policies.iter().map(id).collect();
        let stays = |it: &&Known<'_>| {
            let id = id(it);
            !asked.contains(&id)
                && !policies.contains(&id)
                && !spaces.contains(it.policy.namespace())
        };
        let mut side = other.clone();
        side.policies.extend(self.policies.iter().filter(stays).cloned());
        let known: BTreeMap<String, usize> =
            side.namespaces.iter().enumerate().map(|(at, it)| (it.name.clone(), at)).collect();
        for it in &self.namespaces {
            match known.get(&it.name).and_then(|at| side.namespaces.get_mut(*at)) {
                // An apply keeps labels that it does not manage.
                Some(own) => {
                    for (key, value) in &it.labels {
                        own.labels.entry(key.clone()).or_insert_with(|| value.clone());
                    }
                }
                None if !spaces.contains(&it.name) => side.namespaces.push(it.clone()),
                None => {}
            }
        }
        side.present.extend(self.present.iter().filter(|it| !spaces.contains(*it)).cloned());
        side
    }
}

/// The input of the reachability engine, without pods.
pub(super) fn cluster(side: &Side<'_>) -> Cluster {
    Cluster {
        namespaces: side.namespaces.clone(),
        policies: side.policies.iter().map(|it| it.policy.clone()).collect(),
        ..Cluster::default()
    }
}

/// Parses an object of a source if it is a policy or a namespace.
fn read(traced: &Traced) -> Option<Read> {
    let object = &traced.object;
    if !read::is_policy(object.api_version()?, object.key().0)
        && !matches!(object, Object::Namespace(_))
    {
        return None;
    }
    let value = serde_json::to_value(object).ok()?;
    read::object(&value).ok()
}
