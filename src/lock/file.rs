//! What `mlnet.lock` holds, and its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use crate::source::Span;

/// The name of the file, beside the project's sources.
pub const FILE_NAME: &str = "mlnet.lock";

/// The version that this mlnetc writes.
pub(super) const VERSION: u64 = 1;

/// Who has which address, by cluster and by the service's path.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    pub(super) clusters: BTreeMap<String, BTreeMap<String, Entry>>,
}

/// One line of the lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) address: IpAddr,
    /// The line, where the lock was read from a text.
    pub(super) span: Option<Span>,
}

impl Lock {
    /// Whether nothing has an address.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// (cluster, service, address) of every entry, in order.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, &str, IpAddr)> {
        self.clusters.iter().flat_map(|(cluster, entries)| {
            let rows = entries.iter();
            rows.map(move |(path, entry)| (cluster.as_str(), path.as_str(), entry.address))
        })
    }

    /// Which service of a cluster has which address.
    pub fn services_of(&self, cluster: &str) -> BTreeMap<IpAddr, String> {
        self.cluster(cluster).map(|(path, entry)| (entry.address, path.to_owned())).collect()
    }

    /// Replaces the entries of one cluster by those of another lock.
    pub fn take_cluster(&mut self, name: &str, from: &Self) {
        match from.clusters.get(name) {
            Some(entries) => self.clusters.insert(name.to_owned(), entries.clone()),
            None => self.clusters.remove(name),
        };
    }

    /// The entries of a cluster, each with the path of its service.
    pub(super) fn cluster(&self, name: &str) -> impl Iterator<Item = (&str, Entry)> {
        self.clusters.get(name).into_iter().flatten().map(|(path, entry)| (path.as_str(), *entry))
    }
}

/// The text of a lock: one line for each service of each cluster.
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
            // An IPv6 address can end with a colon, which means something in YAML.
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

/// A key; names are plain scalars but for the words that YAML 1.1 reads as something else.
fn key(name: &str) -> String {
    const WORDS: &[&str] = &["n", "no", "null", "off", "on", "y", "yes", "true", "false"];
    if WORDS.contains(&name) { format!("\"{name}\"") } else { name.to_owned() }
}
