//! The cluster of a kubeconfig context, read through its API server into the same manifests as a snapshot. Nothing is
//! stored and nothing is changed; a dry run shows the effect of an apply.

mod client;
mod credentials;
mod dry_run;
mod kubeconfig;
mod plugin;
mod plugin_failure;
mod pod;
mod provider;
mod proxy;
mod read;
mod report;
mod schemas;
mod threads;
mod time;
mod tls;
mod trouble;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::terminal::Terminal;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::diff::{Cluster, Kind};
use crate::manifests;
use crate::origin::Traced;
use client::Client;
use read::{Found, Progress};
use trouble::Trouble;
use wanted::Resource;

pub(super) use wanted::cluster_role;

/// A cluster that was read, with a client for dry runs.
pub(super) struct Reading {
    client: Client,
    patience: Duration,
    found: Found,
    /// The objects of the cluster.
    pub(super) cluster: Cluster,
}

/// Reads the cluster of a context; a failure is returned as a diagnostic.
pub(super) fn read(
    context: Option<&str>,
    patience: Duration,
    terminal: &mut Terminal,
) -> Result<Reading, Box<Diagnostic>> {
    let nowhere = |it: &Trouble| Box::new(report::trouble(it, "the API server", patience));
    let client = Client::connect(context, patience).map_err(|it| nowhere(&it))?;
    let failed = |it: &Trouble| Box::new(report::trouble(it, &client.address, patience));
    let progress = Arc::new(Progress::default());
    let job = {
        let (client, progress) = (client.clone(), Arc::clone(&progress));
        move || read::read(&client, &progress)
    };
    let found = threads::watched(job, || {
        let count = |it: &AtomicUsize| it.load(Ordering::Relaxed);
        let (lists, of) = (count(&progress.lists), count(&progress.of));
        let (context, objects) = (&client.context, count(&progress.objects));
        terminal.progress(&format!("reading {context}: {lists} of {of} kinds, {objects} objects"));
    });
    terminal.progress("");
    let mut found = found.map_err(|it| failed(&it))?;
    let lists = std::mem::take(&mut found.lists).into_iter();
    let manifests = manifests::of_lists(lists.map(|(resource, list)| (resource.name(), list)));
    let manifests =
        manifests.map_err(|it| failed(&Trouble::Broken(format!("{}: {}", it.name, it.message))))?;
    let why = |rows: &BTreeMap<Resource, String>, why: &str| -> BTreeMap<String, String> {
        rows.keys().map(|it| (it.name(), why.to_owned())).collect()
    };
    let mut unread = why(&found.forbidden, "the caller lacks permission");
    unread.extend(why(&found.failing, "its API group fails"));
    let cluster = Cluster { manifests, unread, ..Cluster::default() };
    Ok(Reading { client, patience, found, cluster })
}

impl Reading {
    /// Returns the name of the cluster for messages.
    pub(super) fn called(&self) -> &str {
        &self.client.context
    }

    /// Adds the diagnostics of the reading itself: missing permissions, failing API groups, absent kinds.
    pub(super) fn findings(&self, desired: &[Traced], diagnostics: &mut Diagnostics) {
        let of = |rows: &BTreeMap<Resource, String>| -> Vec<String> {
            rows.keys().map(Resource::name).collect()
        };
        if let Some(why) = self.found.forbidden.values().next() {
            diagnostics.push(report::forbidden(&of(&self.found.forbidden), why));
        }
        if let Some(why) = self.found.failing.values().next() {
            diagnostics.push(report::failing(&of(&self.found.failing), why));
        }
        let wanted = |resource: &Resource| -> Vec<&str> {
            let versions = desired.iter().filter_map(|it| {
                let version = it.object.api_version()?;
                let kind = Kind::of(version, it.object.key().0)?;
                (kind.qualified() == resource.name()).then_some(version)
            });
            versions.collect()
        };
        for resource in &self.found.absent {
            let objects = wanted(resource).len();
            if objects > 0 {
                diagnostics.push(report::absent(&[resource.name()], objects));
            }
        }
        for (resource, served) in &self.found.served {
            let served = format!("{}/{served}", resource.group);
            let served = served.trim_start_matches('/');
            if let Some(version) = wanted(resource).first().filter(|it| **it != served) {
                diagnostics.push(report::version(&resource.name(), version, served));
            }
        }
    }
}
