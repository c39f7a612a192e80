//! Reads the text of a lock to a `Lock`. An inconsistent lock is rejected, and never overwritten.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};

use super::file::{Entry, Lock, VERSION};
use super::report;
use crate::diagnostics::Diagnostics;
use crate::source::{FileId, Files, Span};

/// The document as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    #[serde(default)]
    clusters: Pairs<Pairs<String>>,
}

/// A map with every entry that was written: a duplicate key makes two entries.
struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Pairs<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Pairs(entries))
            }
        }
        from.deserialize_map(Entries(std::marker::PhantomData))
    }
}

/// Reads a lock. Returns `None` if a part of it is invalid; then the file must not be overwritten.
pub fn read(files: &Files, file: FileId, diagnostics: &mut Diagnostics) -> Option<Lock> {
    let text = files.file(file).text.as_str();
    let lines = Lines::new(file, text);
    if let Some(span) = lines.conflict() {
        diagnostics.push(report::conflict(span));
        return None;
    }
    let document: Document = match serde_yaml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let line = error.location().map_or(0, |it| it.line().saturating_sub(1));
            diagnostics.push(report::unreadable(lines.nth(line), &error.to_string()));
            return None;
        }
    };
    if document.version != VERSION {
        diagnostics.push(report::foreign_version(lines.first("", "version"), document.version));
        return None;
    }
    let mut lock = Lock::default();
    let mut sound = true;
    for (cluster, entries) in document.clusters.0 {
        let known = lock.clusters.entry(cluster.clone()).or_default();
        for (path, value) in entries.0 {
            let span = lines.first(&cluster, &path);
            let Ok(address) = value.parse::<IpAddr>() else {
                diagnostics.push(report::no_address(span, &path, &value));
                sound = false;
                continue;
            };
            if known.insert(path.clone(), Entry { address, span: Some(span) }).is_some() {
                diagnostics.push(report::twice(lines.last(&cluster, &path), &path, span));
                sound = false;
            }
        }
    }
    sound.then_some(lock)
}

/// The places of a lock's lines. Each entry is one line, so that a line is found by its key.
struct Lines<'t> {
    file: FileId,
    rows: Vec<(&'t str, Span)>,
    /// The lines of each (cluster, key); the cluster is empty for lines that are no entry of a cluster.
    keys: BTreeMap<(&'t str, &'t str), Vec<Span>>,
}

impl<'t> Lines<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        let mut start = 0;
        let mut rows = Vec::new();
        for line in text.split('\n') {
            let indent = line.len() - line.trim_start().len();
            rows.push((line, span(file, start + indent, start + line.trim_end().len())));
            start += line.len() + 1;
        }
        let mut keys = BTreeMap::<_, Vec<Span>>::new();
        let mut cluster = "";
        for (line, place) in &rows {
            let indent = line.len() - line.trim_start().len();
            let Some((key, _)) = line.split_once(':') else { continue };
            let key = key.trim().trim_matches(['"', '\'']);
            match indent {
                0 => cluster = "",
                2 => cluster = key,
                _ => {}
            }
            let above = if indent > 2 { cluster } else { "" };
            keys.entry((above, key)).or_default().push(*place);
        }
        Self { file, rows, keys }
    }

    fn nth(&self, line: usize) -> Span {
        self.rows.get(line).map_or_else(|| span(self.file, 0, 0), |(_, place)| *place)
    }

    /// Finds a conflict marker of version control.
    fn conflict(&self) -> Option<Span> {
        let marks = ["<<<<<<<", "=======", ">>>>>>>"];
        let marked = |line: &str| marks.iter().any(|it| line.starts_with(it));
        self.rows.iter().find(|(line, _)| marked(line)).map(|(_, place)| *place)
    }

    fn first(&self, cluster: &str, key: &str) -> Span {
        self.all(cluster, key).first().copied().unwrap_or_else(|| self.nth(0))
    }

    fn last(&self, cluster: &str, key: &str) -> Span {
        self.all(cluster, key).last().copied().unwrap_or_else(|| self.nth(0))
    }

    fn all<'a>(&'a self, cluster: &'a str, key: &'a str) -> &'a [Span] {
        self.keys.get(&(cluster, key)).map_or(&[], Vec::as_slice)
    }
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let at = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
    Span { file, start: at(start), end: at(end.max(start)) }
}
