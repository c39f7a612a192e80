//! The content of `mlnet.lock`, and its text format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use crate::source::Span;

/// The name of the file, beside the project's sources.
pub const FILE_NAME: &str = "mlnet.lock";

/// The format version that this mlnetc writes.
pub(super) const VERSION: u64 = 1;

/// Addresses by cluster and by path of the service.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    pub(super) clusters: BTreeMap<String, BTreeMap<String, Entry>>,
}

/// An entry of the lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) address: IpAddr,
    /// The line of the entry, if the lock was read from a text.
    pub(super) span: Option<Span>,
}

impl Lock {
    /// Whether the lock has no entries.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// Returns (cluster, service, address) of every entry, in order.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, &str, IpAddr)> {
        self.clusters.iter().flat_map(|(cluster, entries)| {
            let rows = entries.iter();
            rows.map(move |(path, entry)| (cluster.as_str(), path.as_str(), entry.address))
        })
    }

    /// Returns the services of a cluster by their addresses.
    pub fn services_of(&self, cluster: &str) -> BTreeMap<IpAddr, String> {
        self.cluster(cluster).map(|(path, entry)| (entry.address, path.to_owned())).collect()
    }

    /// Replaces the entries of one cluster with those of another lock.
    pub fn take_cluster(&mut self, name: &str, from: &Self) {
        match from.clusters.get(name) {
            Some(entries) => self.clusters.insert(name.to_owned(), entries.clone()),
            None => self.clusters.remove(name),
        };
    }

    /// Returns the entries of a cluster, each with the path of its service.
    pub(super) fn cluster(&self, name: &str) -> impl Iterator<Item = (&str, Entry)> {
        self.clusters.get(name).into_iter().flatten().map(|(path, entry)| (path.as_str(), *entry))
    }
}

/// Writes the text of a lock: one line for each service of each cluster.
pub fn write(lock: &Lock) -> String {
    let mut text = format!(
        "# Written by mlnetc: the address of each load balancer. Commit it, or addresses will move.\n\
         version: {VERSION}\n"
    );
    if lock.is_empty() {
        text.push_str("clusters: {}\n");
        return text;
    }
    text.push_str("clusters:\n");
    for (cluster, entries) in &lock.clusters {
        writeln!(text, "  {}:", key(cluster)).expect("INVARIANT: a String takes everything");
        for (path, entry) in entries {
            // An IPv6 address can end with a colon, which has a meaning in YAML.
            let address = match entry.address {
                IpAddr::V4(it) => it.to_string(),
                IpAddr::V6(it) => format!("\"{it}\""),
            };
            writeln!(text, "    {}: {address}", key(path))
                .expect("INVARIANT: a String takes everything");
        }
    }
    text
}

/// Writes a key. Names are plain scalars, except for words that YAML 1.1 reads as booleans or null.
fn key(name: &str) -> String {
    const WORDS: &[&str] = &["n", "no", "null", "off", "on", "y", "yes", "true", "false"];
    if WORDS.contains(&name) { format!("\"{name}\"") } else { name.to_owned() }
}
