//! Writes `index.json`: one line for each file and for each object. Each line can be read on its own, so that a
//! small change of the source changes few lines.

use std::ops::Range;

use serde::Serialize;
use twox_hash::XxHash3_64;

use super::{FILE, VERSION};
use crate::objects::Object;
use crate::origin::Origins;
use crate::source::{Expansion, ExpansionId, FileId, Files, Site, Span};

/// The content of a row.
pub(crate) struct Entry<'a> {
    /// The file that contains the document.
    pub(crate) file: &'a str,
    /// `apiVersion`
    pub(crate) api_version: Option<&'a str>,
    /// `kind`
    pub(crate) kind: &'a str,
    /// The namespace.
    pub(crate) namespace: Option<&'a str>,
    /// The name.
    pub(crate) name: &'a str,
    /// The document as it was written.
    pub(crate) bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Returns the entry of an object.
    pub(crate) fn of(object: &'a Object, file: &'a str, bytes: &'a [u8]) -> Self {
        let (kind, namespace, name) = object.key();
        Self { file, api_version: object.api_version(), kind, namespace, name, bytes }
    }
}

/// Appends the row of a document.
pub(crate) fn row(
    entry: &Entry<'_>,
    origins: &Origins,
    files: &Files,
    expansions: &[Expansion],
    out: &mut Vec<u8>,
) {
    let (sources, via, written) = (Vec::new(), Vec::new(), Vec::new());
    let mut tables = Tables { files, expansions, sources, via, written };
    let mut parts = Vec::with_capacity(256);
    origins.each(|pointer, sites| {
        separate(&mut parts);
        json(&mut parts, &pointer);
        parts.push(b':');
        tables.sites(sites, &mut parts);
    });
    out.push(b'{');
    field(out, "file", &entry.file);
    if let Some(version) = entry.api_version {
        field(out, "apiVersion", &version);
    }
    field(out, "kind", &entry.kind);
    if let Some(namespace) = entry.namespace {
        field(out, "namespace", &namespace);
    }
    field(out, "name", &entry.name);
    field(out, "hash", &hash(entry.bytes));
    tables.write(out);
    out.extend_from_slice(b",\"origins\":{");
    out.extend_from_slice(&parts);
    out.extend_from_slice(b"}}");
}

/// Returns the whole file. Paths must be sorted, and rows are joined by a comma and a line break.
pub(crate) fn whole(cluster: &str, paths: &[&str], rows: Vec<Vec<u8>>) -> Vec<u8> {
    let size = rows.iter().map(|it| it.len() + 2).sum::<usize>();
    let mut out =
        Vec::with_capacity(size + paths.iter().map(|it| it.len() + 4).sum::<usize>() + 128);
    out.extend_from_slice(format!("{{\"version\":{VERSION},\n\"cluster\":").as_bytes());
    json(&mut out, &cluster);
    out.extend_from_slice(b",\n\"files\":[");
    for (at, path) in paths.iter().chain([&FILE]).enumerate() {
        out.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        json(&mut out, path);
    }
    out.extend_from_slice(b"\n],\n\"objects\":[");
    for (at, rows) in rows.into_iter().filter(|it| !it.is_empty()).enumerate() {
        out.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        out.extend_from_slice(&rows);
    }
    out.extend_from_slice(b"\n]}\n");
    out
}

/// Inserts the project into an index that `whole` wrote, as a line below the line of the cluster.
pub fn with_project(index: &[u8], project: &str) -> Vec<u8> {
    let is_end = |it: &(usize, &u8)| *it.1 == b'\n';
    let at = index.iter().enumerate().filter(is_end).nth(1).map_or(0, |(at, _)| at + 1);
    let (head, rest) = index.split_at(at);
    let mut out = Vec::with_capacity(index.len() + project.len() + 16);
    out.extend_from_slice(head);
    out.extend_from_slice(b"\"project\":");
    json(&mut out, &project);
    out.extend_from_slice(b",\n");
    out.extend_from_slice(rest);
    out
}

/// The sources and the expansions to which the sites of a row refer by number.
struct Tables<'a> {
    files: &'a Files,
    expansions: &'a [Expansion],
    sources: Vec<FileId>,
    via: Vec<ExpansionId>,
    /// The first sites, and where they are written: most parts repeat sites of other parts.
    written: Vec<(Site, Range<usize>)>,
}

/// Greatest number of sites that a row remembers. They are searched one by one.
const REMEMBERED: usize = 64;

impl Tables<'_> {
    fn sites(&mut self, sites: &[Site], out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, site) in sites.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if let Some((_, known)) = self.written.iter().find(|(it, _)| it == site) {
                out.extend_from_within(known.clone());
                continue;
            }
            let start = out.len();
            let (source, line, column) = self.place(site.span);
            match site.via {
                None => json(out, &(source, line, column)),
                Some(id) => json(out, &(source, line, column, self.expansion(id))),
            }
            if self.written.len() < REMEMBERED {
                self.written.push((*site, start..out.len()));
            }
        }
        out.push(b']');
    }

    fn place(&mut self, span: Span) -> (usize, u32, u32) {
        let known = self.sources.iter().position(|it| *it == span.file);
        let source = known.unwrap_or_else(|| {
            self.sources.push(span.file);
            self.sources.len() - 1
        });
        let at = self.files.file(span.file).line_column(span.start);
        (source, at.line, at.column)
    }

    /// Returns the number of an expansion. The expansions around it get numbers too.
    fn expansion(&mut self, id: ExpansionId) -> usize {
        if let Some(known) = self.via.iter().position(|it| *it == id) {
            return known;
        }
        self.via.push(id);
        let number = self.via.len() - 1;
        if let Some(parent) = self.of(id).and_then(|it| it.parent) {
            self.expansion(parent);
        }
        number
    }

    fn of(&self, id: ExpansionId) -> Option<&Expansion> {
        self.expansions.get(id.0 as usize)
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        let mut rows = Vec::new();
        for at in 0..self.via.len() {
            let Some(id) = self.via.get(at).copied() else { break };
            let Some(Expansion { what, span, parent }) = self.of(id).cloned() else { continue };
            let (source, line, column) = self.place(span);
            rows.push((what, source, line, column, parent.map(|it| self.expansion(it))));
        }
        let paths: Vec<&str> =
            self.sources.iter().map(|it| self.files.file(*it).path.as_str()).collect();
        field(out, "sources", &paths);
        if !rows.is_empty() {
            field(out, "via", &rows);
        }
    }
}

/// Returns the XXH3 hash (64 bits, no seed) as 16 hexadecimal digits. It is the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(bytes))
}

/// Returns a hash that differs for nearly every other kind, namespace and name.
pub(crate) fn number((kind, namespace, name): (&str, Option<&str>, &str)) -> u64 {
    let namespace = namespace.unwrap_or("").as_bytes();
    let hash = |seed, bytes: &[u8]| XxHash3_64::oneshot_with_seed(seed, bytes);
    hash(hash(hash(0, kind.as_bytes()), namespace), name.as_bytes())
}

fn field(out: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    json(out, &name);
    out.push(b':');
    json(out, value);
}

fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b',');
    }
}

fn json(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("INVARIANT: strings, numbers and lists are JSON");
}

#[cfg(test)]
mod tests {
    use super::super::header;
    use super::*;

    #[test]
    fn a_project_is_a_line_of_its_own() {
        let index =
            with_project(&whole("lab", &["kustomization.yaml"], Vec::new()), "../net \"x\"");
        let text = String::from_utf8(index).expect("text");
        let start = "{\"version\":1,\n\"cluster\":\"lab\",\n\"project\":\"../net \\\"x\\\"\",\n\"files\":[\n";
        assert!(text.starts_with(start), "{text}");
        let header = header(text.as_bytes()).expect("an index");
        assert_eq!(header.project.as_deref(), Some("../net \"x\""));
        assert_eq!((header.cluster.as_str(), header.files.len()), ("lab", 2));
    }
}
