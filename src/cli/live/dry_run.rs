//! Server-side dry run of the objects that differ: returns the objects that the API server would store, with its
//! defaults and the changes of its webhooks. A rejection is a diagnostic; without permission for a dry run, the
//! cluster's schemas validate the objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use ureq::http::StatusCode;

use super::client::{Client, Reply};
use super::trouble::Trouble;
use super::wanted::{Resource, wanted};
use super::{Reading, read, report, schemas, threads};
use crate::cli::terminal::Terminal;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::diff::{self, Differing, FieldConflict, ObjectKey};
use crate::impact::Source;
use crate::origin::Traced;
use crate::source::Span;

/// Parameters of an apply that is not stored, and that takes no field from another field manager.
const HOW: &str = "fieldManager=mlnetc&dryRun=All&fieldValidation=Strict";

/// Result of a dry run.
enum Tried {
    /// The object that would be stored, and the fields that other field managers own.
    Stored(Value, Vec<FieldConflict>),
    /// The reason of a rejection, and the rejected parts of the object.
    Refused(String, Vec<String>),
    /// The caller lacks permission.
    Forbidden(String),
}

impl Reading {
    /// Sends a dry run for the objects that differ. An error on the way to the server is returned as a diagnostic.
    pub(in crate::cli) fn try_apply(
        &mut self,
        source: Source<'_>,
        terminal: &mut Terminal,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Box<Diagnostic>> {
        let wanted = diff::differing(source, &self.cluster);
        let ready = wanted.iter().filter(|it| it.is_ready);
        let rows: Vec<(ObjectKey, Value, Resource, String)> = ready
            .filter_map(|it| {
                let (resource, version) = self.served(&it.key)?;
                Some((it.key.clone(), it.object.clone(), resource, version))
            })
            .collect();
        let count = rows.len();
        let client = self.client.clone();
        let tried = threads::watched(
            move || all(&client, rows),
            || terminal.progress(&format!("dry run of {count} objects at the API server")),
        );
        terminal.progress("");
        let tried = tried.map_err(|it| self.trouble(&it))?;
        let traced: BTreeMap<&ObjectKey, &Traced> =
            wanted.iter().map(|it| (&it.key, it.traced)).collect();
        let mut forbidden: BTreeMap<String, String> = BTreeMap::new();
        let mut judged = BTreeSet::new();
        for (key, it) in tried {
            match it {
                Tried::Stored(object, held) => {
                    judged.insert(key.clone());
                    if !held.is_empty() {
                        self.cluster.held.insert(key.clone(), held);
                    }
                    self.cluster.stored.insert(key, object);
                }
                Tried::Refused(why, pointers) => {
                    let asked = wanted.iter().find(|it| it.key == key);
                    let pointers = asked.map_or(Vec::new(), |it| self.asked(it, &pointers));
                    let place = traced.get(&key).and_then(|it| place(it, &pointers));
                    diagnostics.push(report::refused(&key.to_string(), place, &why));
                    judged.insert(key);
                }
                Tried::Forbidden(why) => drop(forbidden.insert(key.kind.qualified(), why)),
            }
        }
        if let Some(why) = forbidden.values().next() {
            let names: Vec<String> = forbidden.keys().cloned().collect();
            diagnostics.push(report::untried(&names, why));
        }
        let is_served = |it: &&Differing<'_>| self.served(&it.key).is_some();
        let unjudged = wanted.iter().filter(|it| !judged.contains(&it.key)).filter(is_served);
        let unjudged: Vec<&Differing<'_>> = unjudged.collect();
        let found = schemas::check(&self.client, &unjudged);
        let found = found.map_err(|it| self.trouble(&it))?;
        for it in found {
            let place = place(it.traced, std::slice::from_ref(&it.pointer));
            diagnostics.push(report::invalid(&it.object, place, &it.pointer, &it.why));
        }
        Ok(())
    }

    /// Converts pointers into the object that would be stored to pointers into the desired object. In a patched
    /// workload, list items have other positions, because the server counts the items of both owners.
    fn asked(&self, it: &Differing<'_>, pointers: &[String]) -> Vec<String> {
        if !it.key.kind.is_patched() {
            return pointers.to_vec();
        }
        let objects = self.cluster.manifests.objects.iter().map(|it| &it.object);
        let live = objects
            .map(|it| (ObjectKey::of(it), it))
            .find(|(key, _)| key.as_ref() == Some(&it.key));
        let Some((_, live)) = live else { return Vec::new() };
        pointers.iter().map(|pointer| moved(pointer, live, &it.object)).collect()
    }

    fn trouble(&self, it: &Trouble) -> Box<Diagnostic> {
        Box::new(report::trouble(it, &self.client.address, self.patience))
    }

    /// Returns the resource of an object's kind, if the cluster serves the version that mlnetc writes.
    fn served(&self, key: &ObjectKey) -> Option<(Resource, String)> {
        let resource = wanted().find(|it| it.name() == key.kind.qualified())?;
        let version = self.found.served.get(&resource)?;
        (version == resource.version).then(|| (resource, version.clone()))
    }
}

/// Returns the place in the source that is nearest to one of the parts of an object, else the place of the object.
fn place(traced: &Traced, pointers: &[String]) -> Option<Span> {
    let at = pointers.first().map_or("", String::as_str);
    traced.origins.at_pointer(at).first().map(|it| it.span)
}

fn all(
    client: &Client,
    rows: Vec<(ObjectKey, Value, Resource, String)>,
) -> Result<Vec<(ObjectKey, Tried)>, Trouble> {
    let client = client.clone();
    let forbidden = Mutex::new(BTreeSet::new());
    let tried = threads::each(rows, move |(key, object, resource, version)| {
        let forbidden = || forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        // One rejection for lack of permission is enough for a kind.
        if forbidden().contains(&key.kind) {
            return Ok(None);
        }
        let tried = one(&client, &key, &object, &resource, &version)?;
        if let Some(Tried::Forbidden(_)) = tried {
            forbidden().insert(key.kind);
        }
        Ok(tried.map(|it| (key, it)))
    })?;
    let mut tried: Vec<(ObjectKey, Tried)> = tried.into_iter().flatten().collect();
    tried.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(tried)
}

/// Sends a dry run for one object; `None` if an object that it needs was removed since the cluster was read.
fn one(
    client: &Client,
    key: &ObjectKey,
    object: &Value,
    resource: &Resource,
    version: &str,
) -> Result<Option<Tried>, Trouble> {
    let all = read::path(resource, version);
    let path = match &key.namespace {
        None => all,
        Some(namespace) => {
            let root = all.trim_end_matches(resource.plural);
            format!("{root}namespaces/{namespace}/{}", resource.plural)
        }
    };
    let path = format!("{path}/{}", key.name);
    let mut reply = client.try_apply(&format!("{path}?{HOW}"), object);
    let mut held = Vec::new();
    if let Ok(first) = &reply
        && first.status == StatusCode::CONFLICT
    {
        held = holders(first);
        reply = client.try_apply(&format!("{path}?{HOW}&force=true"), object);
    }
    let reply = match reply {
        Ok(reply) => reply,
        // A webhook that does not answer causes a rejection.
        Err(Trouble::Failing(500, why)) if why.contains("webhook") => {
            return Ok(Some(Tried::Refused(why, Vec::new())));
        }
        Err(trouble) => return Err(trouble),
    };
    let why = reply.message();
    Ok(match reply.status {
        status if status.is_success() => Some(Tried::Stored(reply.body, held)),
        StatusCode::FORBIDDEN if why.contains(" cannot ") => Some(Tried::Forbidden(why)),
        StatusCode::NOT_FOUND => None,
        _ => Some(Tried::Refused(why, pointers(&reply))),
    })
}

/// Returns the field managers that own fields which an apply would take from them.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts>
fn holders(reply: &Reply) -> Vec<FieldConflict> {
    let causes = reply.body.pointer("/details/causes").and_then(Value::as_array);
    let causes = causes.into_iter().flatten();
    let causes = causes.filter(|it| it["reason"] == "FieldManagerConflict");
    let held = causes.filter_map(|it| {
        let manager = it["message"].as_str()?.split('"').nth(1)?;
        Some(FieldConflict { manager: manager.to_owned(), field: it["field"].as_str()?.to_owned() })
    });
    held.collect()
}

/// Returns the fields that a rejection names, as JSON pointers.
fn pointers(reply: &Reply) -> Vec<String> {
    let causes = reply.body.pointer("/details/causes").and_then(Value::as_array);
    let fields = causes.into_iter().flatten().filter_map(|it| it.get("field")?.as_str());
    fields.map(pointer).collect()
}

/// Converts a pointer into one object to a pointer into another: items of lists are matched by name. The pointer ends
/// before the first part that the other object does not have.
fn moved(pointer: &str, from: &Value, to: &Value) -> String {
    let (mut from, mut to, mut moved) = (Some(from), Some(to), String::new());
    for step in pointer.split('/').skip(1) {
        let item = from.and_then(|it| it.get(step).or_else(|| it.get(step.parse::<usize>().ok()?)));
        let step = match to {
            Some(Value::Array(items)) => {
                let name = item.and_then(|it| it.get("name"));
                let named = |it: &Value| name.is_some() && it.get("name") == name;
                items.iter().position(named).map(|at| at.to_string())
            }
            Some(Value::Object(fields)) => fields.contains_key(step).then(|| step.to_owned()),
            _ => None,
        };
        let Some(step) = step else { break };
        from = item;
        to = to.and_then(|it| it.get(&step).or_else(|| it.get(step.parse::<usize>().ok()?)));
        moved = format!("{moved}/{step}");
    }
    moved
}

/// Converts `spec.ports[0].port` to `/spec/ports/0/port`.
fn pointer(field: &str) -> String {
    let mut pointer = String::new();
    for step in field.split('.') {
        let mut parts = step.split('[');
        for part in parts.by_ref() {
            pointer.push('/');
            pointer.push_str(part.trim_end_matches(']').trim_matches('"'));
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_found_by_the_names_of_items() {
        let spec = |env: Value| json!({"spec": {"containers": [{"name": "manager", "env": env}]}});
        let live = spec(json!([{"name": "LOG_LEVEL"}, {"name": "HOST"}, {"name": "PORT"}]));
        let asked = spec(json!([{"name": "HOST"}, {"name": "PORT"}]));
        let env = "/spec/containers/0/env";
        let found = |at: &str| moved(&format!("{env}/{at}"), &live, &asked);
        assert_eq!(found("1"), format!("{env}/0"));
        assert_eq!(found("2/name"), format!("{env}/1/name"));
        assert_eq!(found("0/value"), env, "of the chart alone");
    }
}
