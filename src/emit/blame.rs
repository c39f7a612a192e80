//! The places of the source that made each line of the output. In: the text of files and their `index.json`;
//! out: lines with origins. It uses public formats only, so that it gives the same result for a folder on disk
//! and for files in memory.

use std::collections::BTreeSet;

use super::index::{self, Index, NotAnIndex, Row, SourcePlace};
use super::lines::{self, Line};
use super::{Tree, kustomization};
use crate::scalar::FieldPath;

/// A line of the output, and its origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOrigin {
    /// The number of the line, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
    /// The object that the line belongs to: `NetworkPolicy financial/allow-dns`.
    pub object: String,
    /// The part of the object.
    pub path: FieldPath,
    /// The places that made it; never empty in what mlnetc wrote.
    pub places: Vec<SourcePlace>,
}

/// The origins of a file's lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOrigins {
    /// Every line, in order.
    pub lines: Vec<LineOrigin>,
    /// Whether the index describes this version of the file; otherwise origins may be wrong.
    pub is_current: bool,
}

/// Returns the origins of the lines of a file. `path` is relative to the cluster's folder.
pub fn of_file(path: &str, content: &str, index: &Index) -> FileOrigins {
    if path == index::FILE {
        return of_index(content, index);
    }
    let rows: Vec<&Row> = index.documents(path).collect();
    let documents = documents(content);
    let is_current = documents.len() == rows.len()
        && documents.iter().zip(&rows).all(|(text, row)| index::hash(text.as_bytes()) == row.hash);
    let lines = lines::of_file(content).into_iter().zip(content.lines()).enumerate();
    let lines = lines.map(|(at, (Line { document, path: part }, text))| {
        let row = rows.get(document);
        let resource = (path == kustomization::FILE).then(|| text.strip_prefix("- ")).flatten();
        let places = match resource {
            Some(resource) => of_whole_file(resource, index),
            None => row.map(|it| it.places(&part)).unwrap_or_default(),
        };
        let object = row.map(|it| it.title()).unwrap_or_default();
        LineOrigin { line: at + 1, text: text.to_owned(), object, path: part, places }
    });
    FileOrigins { lines: lines.collect(), is_current }
}

/// Returns the origins of every line of every file of a tree, in order, each with its file.
pub fn origins_of_lines(tree: &Tree) -> Result<Vec<(&str, Vec<LineOrigin>)>, NotAnIndex> {
    let index = Index::read(tree.file(index::FILE).unwrap_or(b""))?;
    let files = tree.files.iter().map(|(path, bytes)| {
        let content = std::str::from_utf8(bytes).expect("INVARIANT: what is emitted is text");
        (path.as_str(), of_file(path, content, &index).lines)
    });
    Ok(files.collect())
}

/// Returns the origins of the lines of `index.json`: a row has the origins of its object, any other line those
/// of the cluster.
fn of_index(content: &str, index: &Index) -> FileOrigins {
    let cluster = index.documents(kustomization::FILE).next();
    let mut rows = index.objects.iter();
    let lines = content.lines().enumerate().map(|(at, text)| {
        let row = if text.starts_with("{\"file\":") { rows.next() } else { cluster };
        LineOrigin {
            line: at + 1,
            text: text.to_owned(),
            object: row.map(Row::title).unwrap_or_default(),
            path: FieldPath::default(),
            places: row.map(|it| it.places(&[])).unwrap_or_default(),
        }
    });
    FileOrigins { lines: lines.collect(), is_current: true }
}

/// Where the objects of a file came from, each place once.
fn of_whole_file(path: &str, index: &Index) -> Vec<SourcePlace> {
    let places: BTreeSet<SourcePlace> =
        index.documents(path).flat_map(|it| it.places(&[])).collect();
    places.into_iter().collect()
}

/// Splits a file into its documents, as `index.json` hashes them.
fn documents(content: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut rest = content;
    while let Some((document, behind)) = rest.split_once("\n---\n") {
        documents.push(rest.get(..=document.len()).unwrap_or(document));
        rest = behind;
    }
    documents.push(rest);
    documents
}
