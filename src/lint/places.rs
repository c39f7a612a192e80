//! Places of a snapshot. A diagnostic gets a placeholder first; the texts with diagnostics are read again at the end,
//! and the placeholders are replaced by places.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use serde_json::Value;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::manifests::{Found, Manifest, Part, locate};
use crate::source::{FileId, Files, Span};

/// Ids of the texts of a snapshot among the files of a run, by the names under which they were read.
pub type Ids = BTreeMap<String, FileId>;

/// Label of a further place with the same cause.
pub(super) const ALSO: &str = "also here";

/// Kinds whose objects are namespaced, even if a manifest names no namespace.
const NAMESPACED: [&str; 16] = [
    "BGPAdvertisement",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Endpoints",
    "IPAddressPool",
    "Ingress",
    "Job",
    "L2Advertisement",
    "NetworkPolicy",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "RoleBinding",
    "Service",
    "StatefulSet",
];

/// The part of a field that a place covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Key,
    Entry,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    manifest: usize,
    pointer: String,
    piece: Piece,
}

/// Collects the diagnostics of a snapshot. Their places are looked up in the texts at the end.
pub(super) struct Collector<'m> {
    manifests: &'m [Manifest],
    spots: Vec<Spot>,
    diagnostics: Vec<Diagnostic>,
}

impl<'m> Collector<'m> {
    /// Returns an empty collector.
    pub(super) fn new(manifests: &'m [Manifest]) -> Self {
        Self { manifests, spots: Vec::new(), diagnostics: Vec::new() }
    }

    /// Adds a diagnostic.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Returns the place of the name of an object: its line `name:`.
    pub(super) fn name(&mut self, manifest: usize) -> Span {
        self.entry(manifest, "/metadata/name")
    }

    /// Returns the place of a field of an object, with its key.
    pub(super) fn entry(&mut self, manifest: usize, pointer: &str) -> Span {
        self.promise(manifest, pointer, Piece::Entry)
    }

    /// Returns the place of the key of a field.
    pub(super) fn key(&mut self, manifest: usize, pointer: &str) -> Span {
        self.promise(manifest, pointer, Piece::Key)
    }

    /// Returns a placeholder: the number of the spot, until its place is looked up.
    fn promise(&mut self, manifest: usize, pointer: &str, piece: Piece) -> Span {
        let number = u32::try_from(self.spots.len()).expect("INVARIANT: under 4 billion places");
        self.spots.push(Spot { manifest, pointer: pointer.to_owned(), piece });
        Span { file: FileId::NONE, start: number, end: number }
    }

    /// Returns the diagnostics with their places in the texts.
    pub(super) fn found(mut self, files: &Files, ids: &Ids) -> Diagnostics {
        let mut by_file = BTreeMap::<FileId, Vec<Part>>::new();
        for spot in &self.spots {
            let Some((file, part)) = self.part(spot, ids) else { continue };
            by_file.entry(file).or_default().push(part);
        }
        let by_file: BTreeMap<FileId, BTreeMap<Part, Found>> = by_file
            .into_par_iter()
            .map(|(file, parts)| (file, locate(&files.file(file).text, parts)))
            .collect();
        let spans: Vec<Option<Span>> = self
            .spots
            .iter()
            .map(|spot| {
                let (file, part) = self.part(spot, ids)?;
                let found = by_file.get(&file)?.get(&part);
                // A field that is not found in the text is reported at the start of the file.
                let range = found.map_or(0..0, |it| match spot.piece {
                    Piece::Entry => it.entry(),
                    Piece::Key => it.key.clone().unwrap_or_else(|| it.value.clone()),
                });
                Some(span(file, &range))
            })
            .collect();
        let place = |promised: Span| spans.get(promised.start as usize).copied().flatten();
        let mut diagnostics = Diagnostics::default();
        for mut diagnostic in std::mem::take(&mut self.diagnostics) {
            self.name_objects(&mut diagnostic);
            diagnostic.span = diagnostic.span.and_then(place);
            for label in &mut diagnostic.labels {
                label.span = place(label.span).or(diagnostic.span).unwrap_or(label.span);
            }
            diagnostic.labels.retain(|it| it.span.file != FileId::NONE);
            diagnostics.push(diagnostic);
        }
        diagnostics
    }

    /// Names the object of the first place in the message, and the object of a further place if it is another object:
    /// in a dump of thousands of lines, a line number is not enough.
    fn name_objects(&self, diagnostic: &mut Diagnostic) {
        let Some(first) = diagnostic.span.and_then(|it| self.manifest(it)) else { return };
        let (kind, name) = title(&first.object);
        let is_named = [format!("{kind} {name}"), format!("{kind} `{name}`")];
        let mut more = "";
        for label in diagnostic.labels.iter_mut().filter(|it| it.text == ALSO) {
            let other = self.manifest(label.span).filter(|it| !std::ptr::eq(*it, first));
            if let Some(other) = other {
                let (kind, name) = title(&other.object);
                label.text = format!("{ALSO}: {kind} {name}");
                more = " and others";
            }
        }
        if !is_named.iter().any(|it| diagnostic.message.contains(it)) {
            diagnostic.message = format!("{kind} {name}{more}: {}", diagnostic.message);
        }
    }

    fn manifest(&self, promised: Span) -> Option<&'m Manifest> {
        let spot = self.spots.get(promised.start as usize)?;
        self.manifests.get(spot.manifest).filter(|_| promised.file == FileId::NONE)
    }

    fn part(&self, spot: &Spot, ids: &Ids) -> Option<(FileId, Part)> {
        let manifest = self.manifests.get(spot.manifest)?;
        let file = ids.get(&manifest.place.file)?;
        let pointer = format!("{}{}", manifest.pointer, spot.pointer);
        Some((*file, Part { document: manifest.place.document, pointer }))
    }
}

/// Returns the kind and the name of an object, with its namespace. A namespaced object without a namespace is in
/// `default`, as for `kubectl`.
fn title(object: &Value) -> (&str, String) {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str);
    let (kind, name) =
        (text("/kind").unwrap_or_default(), text("/metadata/name").unwrap_or_default());
    let default = NAMESPACED.contains(&kind).then_some("default");
    match text("/metadata/namespace").or(default) {
        Some(namespace) => (kind, format!("{namespace}/{name}")),
        None => (kind, name.to_owned()),
    }
}

fn span(file: FileId, range: &Range<usize>) -> Span {
    let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
    Span { file, start: offset(range.start), end: offset(range.end) }
}
