//! Reads the resources of a cluster: first the API groups, then every list, page by page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use ureq::http::StatusCode;

use super::client::{Client, Reply};
use super::threads;
use super::trouble::Trouble;
use super::wanted::{Resource, wanted};
use crate::scalar::percent_encoded;

/// Number of objects in a page.
const PAGE: usize = 500;

/// Progress of the reading.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) lists: AtomicUsize,
    pub(super) objects: AtomicUsize,
    pub(super) of: AtomicUsize,
}

/// Result of the reading.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The lists, by the names of their resources.
    pub(super) lists: Vec<(Resource, Value)>,
    /// The version in which the cluster serves each resource.
    pub(super) served: BTreeMap<Resource, String>,
    /// Resources without permission to read, each with the reason: `forbidden`.
    pub(super) forbidden: BTreeMap<Resource, String>,
    /// Resources that could not be read because their API group fails, each with the reason.
    pub(super) failing: BTreeMap<Resource, String>,
    /// Resources that mlnetc writes and that the cluster does not have.
    pub(super) absent: BTreeSet<Resource>,
}

/// One list, or the reason why it cannot be read.
enum List {
    Whole(Value),
    Forbidden(String),
    Failing(String),
    Absent,
}

/// Reads everything; stops at the first trouble that is not a failure of a single API group.
pub(super) fn read(client: &Client, progress: &Arc<Progress>) -> Result<Found, Trouble> {
    let mut found = Found::default();
    let groups = groups(client)?;
    let served = discover(client, &groups, &mut found)?;
    progress.of.store(served.len(), Ordering::Relaxed);
    let lists = {
        let (client, progress) = (client.clone(), Arc::clone(progress));
        threads::each(served.clone().into_iter().collect(), move |(resource, version)| {
            let list = match list(&client, resource, &version, &progress) {
                // A failing API group does not stop the reading of the others.
                Err(Trouble::Failing(status, why)) if !resource.group.is_empty() => {
                    Ok(List::Failing(format!("{status}: {why}")))
                }
                other => other,
            };
            progress.lists.fetch_add(1, Ordering::Relaxed);
            Ok((resource, list?))
        })?
    };
    found.served = served;
    for (resource, list) in lists {
        match list {
            List::Whole(list) => found.lists.push((resource, list)),
            List::Forbidden(why) => drop(found.forbidden.insert(resource, why)),
            List::Failing(why) => drop(found.failing.insert(resource, why)),
            List::Absent => found.lose(resource),
        }
    }
    found.lists.sort_by_key(|(resource, _)| *resource);
    Ok(found)
}

impl Found {
    fn lose(&mut self, resource: Resource) {
        if !resource.is_optional {
            self.absent.insert(resource);
        }
    }
}

/// Returns the versions of each API group of the cluster, the preferred version first.
fn groups(client: &Client) -> Result<BTreeMap<String, Vec<String>>, Trouble> {
    let reply = client.get("/apis")?;
    let text =
        |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).map(str::to_owned);
    let Some(list) = reply.body.get("groups").and_then(Value::as_array) else {
        if reply.status == StatusCode::FORBIDDEN {
            return Err(Trouble::Credentials(reply.message()));
        }
        let why = "the response to `/apis` is not a list of API groups: is this an API server?";
        return Err(Trouble::Broken(why.to_owned()));
    };
    let mut groups = BTreeMap::from([(String::new(), vec!["v1".to_owned()])]);
    for group in list {
        let versions = group.get("versions").and_then(Value::as_array).into_iter().flatten();
        let preferred = text(group, "/preferredVersion/version");
        let versions = versions.filter_map(|it| text(it, "/version"));
        let versions = preferred.into_iter().chain(versions).collect();
        groups.insert(text(group, "/name").unwrap_or_default(), versions);
    }
    Ok(groups)
}

/// Returns the version in which the cluster serves each resource. Resources of Kubernetes itself are always served.
fn discover(
    client: &Client,
    groups: &BTreeMap<String, Vec<String>>,
    found: &mut Found,
) -> Result<BTreeMap<Resource, String>, Trouble> {
    let mut served = BTreeMap::new();
    let mut known: BTreeMap<(&str, String), Result<Vec<String>, String>> = BTreeMap::new();
    let has_crds = groups.contains_key("crd.projectcalico.org");
    for resource in wanted() {
        let Some(versions) = groups.get(resource.group) else {
            found.lose(resource);
            continue;
        };
        // Calico's own API server serves the same policies a second time.
        if resource.group == "projectcalico.org" && has_crds {
            continue;
        }
        let own = versions.iter().find(|it| *it == resource.version).or(versions.first());
        let version = own.cloned().unwrap_or_else(|| resource.version.to_owned());
        if matches!(resource.group, "" | "apps" | "networking.k8s.io") {
            served.insert(resource, version);
            continue;
        }
        let at = (resource.group, version.clone());
        if !known.contains_key(&at) {
            let names = match client.get(&format!("/apis/{}/{version}", resource.group)) {
                Ok(reply) => Ok(names(&reply)),
                Err(Trouble::Failing(status, why)) => Err(format!("{status}: {why}")),
                Err(trouble) => return Err(trouble),
            };
            known.insert(at.clone(), names);
        }
        match known.get(&at) {
            Some(Ok(names)) if names.iter().any(|it| it == resource.plural) => {
                served.insert(resource, version);
            }
            Some(Err(why)) => drop(found.failing.insert(resource, why.clone())),
            Some(Ok(_)) | None => found.lose(resource),
        }
    }
    Ok(served)
}

fn names(reply: &Reply) -> Vec<String> {
    let list = reply.body.get("resources").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|it| Some(it.get("name")?.as_str()?.to_owned())).collect()
}

/// The path of a resource, in all namespaces.
pub(super) fn path(resource: &Resource, version: &str) -> String {
    match resource.group {
        "" => format!("/api/{version}/{}", resource.plural),
        group => format!("/apis/{group}/{version}/{}", resource.plural),
    }
}

fn list(
    client: &Client,
    resource: Resource,
    version: &str,
    progress: &Progress,
) -> Result<List, Trouble> {
    let path = path(&resource, version);
    let (mut items, mut next, mut is_again) = (Vec::new(), String::new(), false);
    loop {
        let page = if next.is_empty() { String::new() } else { format!("&continue={next}") };
        let mut reply = client.get(&format!("{path}?limit={PAGE}{page}"))?;
        match reply.status {
            StatusCode::FORBIDDEN => return Ok(List::Forbidden(reply.message())),
            StatusCode::NOT_FOUND => return Ok(List::Absent),
            // The server no longer knows the position in the list: the whole list is read again, once.
            StatusCode::GONE if !is_again => {
                (items, next, is_again) = (Vec::new(), String::new(), true);
                continue;
            }
            status if !status.is_success() => {
                return Err(Trouble::Failing(status.as_u16(), reply.message()));
            }
            _ => {}
        }
        let Some(Value::Array(mut list)) = reply.body.get_mut("items").map(Value::take) else {
            return Err(Trouble::Broken(format!("the response to `{path}` is not a list")));
        };
        progress.objects.fetch_add(list.len(), Ordering::Relaxed);
        list.iter_mut().for_each(forget);
        items.append(&mut list);
        let token = reply.body.pointer("/metadata/continue").and_then(Value::as_str);
        match token.filter(|it| !it.is_empty()) {
            Some(token) => next = percent_encoded(token, b""),
            None => break,
        }
    }
    let api = reply_version(&resource, version);
    Ok(List::Whole(
        json!({"apiVersion": api, "kind": format!("{}List", resource.kind), "items": items}),
    ))
}

fn reply_version(resource: &Resource, version: &str) -> String {
    match resource.group {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    }
}

/// Drops `managedFields` except those of mlnetc: they are half of an object.
fn forget(object: &mut Value) {
    let managers = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut);
    if let Some(managers) = managers {
        managers.retain(|it| it.get("manager").is_some_and(|it| it == "mlnetc"));
    }
}
