//! The two sides: what a source asks for, what somebody else made, and the second with the first applied to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::Model;
use crate::objects::Object;
use crate::origin::Traced;
use crate::policy::Policy;
use crate::reachability::{Cluster, Namespace};
use crate::read::{self, Invalid, Read};
use crate::source::{Files, Place, Site};

/// What a source makes of one cluster.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// What it means.
    pub model: &'s Model,
    /// What it became.
    pub objects: &'s [Traced],
    /// Its texts.
    pub files: &'s Files,
}

impl<'s> Source<'s> {
    /// The names of the namespaces that are there without it.
    pub fn unmanaged(&self) -> impl Iterator<Item = String> + 's {
        let unmanaged = self.model.namespaces.iter().filter(|it| !it.managed);
        unmanaged.map(|it| it.name.clone())
    }

    /// A place in it, in words.
    pub fn place(&self, site: Site) -> Place {
        self.files.place_through(site, &self.model.expansions)
    }
}

/// A policy that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose it is, in words; none for mlnetc's own.
    pub owner: Option<String>,
    /// The place in a source that it remembers.
    pub source: Option<Place>,
}

/// Where a policy comes from.
#[derive(Debug, Clone)]
pub enum Whose<'s> {
    /// The source of the side.
    Source(&'s Traced),
    /// Somebody made it.
    Found(Found),
}

/// A policy, and whose it is.
#[derive(Debug, Clone)]
pub struct Known<'s> {
    /// What it says.
    pub policy: Policy,
    /// Where it comes from.
    pub whose: Whose<'s>,
}

/// One side.
#[derive(Debug, Clone, Default)]
pub struct Side<'s> {
    /// Its policies.
    pub policies: Vec<Known<'s>>,
    /// Its namespaces with their labels.
    pub namespaces: Vec<Namespace>,
    /// The names of all namespaces that there are, also of those that nothing says more about.
    pub present: BTreeSet<String>,
    /// What asks for it, if that is a source.
    pub source: Option<Source<'s>>,
}

impl<'s> Side<'s> {
    /// What a source asks for, and nothing else.
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

    /// Takes an object that somebody made; what is no policy and no namespace only shows that its namespace
    /// is there. Returns the reason if no API server accepts the object.
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

    /// This side after what another asks for is applied to it, and what it made before and does not ask for any
    /// more is removed: `NAMESPACE/NAME` of policies, and names of namespaces.
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
                // An apply leaves the labels of others alone.
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

/// What the engine reads, without pods.
pub(super) fn cluster(side: &Side<'_>) -> Cluster {
    Cluster {
        namespaces: side.namespaces.clone(),
        policies: side.policies.iter().map(|it| it.policy.clone()).collect(),
        ..Cluster::default()
    }
}

/// Reads an object of a source if it is a policy or a namespace.
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
