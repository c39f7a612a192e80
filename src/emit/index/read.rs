//! Reads `index.json`. The content is not trusted, because anyone may have written the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::{VERSION, is_output_path};
use crate::scalar::{Pointer, Segment};

/// An `index.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Index {
    /// The cluster's name.
    pub cluster: String,
    /// All written files, including `index.json`.
    pub files: Vec<String>,
    /// All documents, in the order of the files and, within a file, in the order of the file.
    pub objects: Vec<Row>,
}

/// A document, and its origins.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The file that contains the document.
    pub file: String,
    /// `apiVersion`; `None` for a Helm document.
    pub api_version: Option<String>,
    /// `kind`
    pub kind: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The hash of the document as it was written: 16 hexadecimal digits.
    pub hash: String,
    sources: Vec<String>,
    #[serde(default)]
    via: Vec<(String, usize, u32, u32, Option<usize>)>,
    origins: BTreeMap<String, Vec<Numbers>>,
}

/// `[source, line, column]` or `[source, line, column, via]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<u32>")]
struct Numbers {
    source: u32,
    line: u32,
    column: u32,
    via: Option<u32>,
}

/// A place in the source, and the expansions that led to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePlace {
    /// The source, as messages call it.
    pub source: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// The components and profiles that instantiate the place, the innermost first.
    pub via: Vec<Step>,
}

/// A component or a profile that instantiates a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// ``component `mlflow` ``
    pub what: String,
    /// The source that contains the `use`.
    pub source: String,
    /// The line of the `use`, from 1.
    pub line: u32,
}

/// Reasons why a text is not a valid `index.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAnIndex {
    /// The text is not JSON, or has another structure.
    Form(String),
    /// The text has another format version.
    Version(u64),
    /// The text lists a path at which mlnetc never writes.
    Path(String),
}

/// The head of an `index.json`, with the fields that a build needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    version: u64,
    /// The cluster's name.
    #[serde(default)]
    pub cluster: String,
    /// The project that wrote the file, as a path relative to the folder that contains the clusters' folders.
    pub project: Option<String>,
    /// All written files, including `index.json`.
    #[serde(default)]
    pub files: Vec<String>,
}

/// Reads the head of an `index.json`.
pub fn header(json: &[u8]) -> Result<Header, NotAnIndex> {
    let header: Header =
        serde_json::from_slice(json).map_err(|error| NotAnIndex::Form(error.to_string()))?;
    if header.version != VERSION {
        return Err(NotAnIndex::Version(header.version));
    }
    match header.files.iter().find(|it| !is_output_path(it)) {
        Some(path) => Err(NotAnIndex::Path(path.clone())),
        None => Ok(header),
    }
}

/// Reads only the paths that an `index.json` lists.
pub fn written_files(json: &[u8]) -> Result<Vec<String>, NotAnIndex> {
    header(json).map(|it| it.files)
}

impl Index {
    /// Reads a whole `index.json`.
    pub fn read(json: &[u8]) -> Result<Self, NotAnIndex> {
        written_files(json)?;
        serde_json::from_slice(json).map_err(|error| NotAnIndex::Form(error.to_string()))
    }

    /// Returns the documents of a file, in order.
    pub fn documents(&self, file: &str) -> impl Iterator<Item = &Row> {
        self.objects.iter().filter(move |it| it.file == file)
    }
}

impl Row {
    /// The places that made a part: those of the nearest part around it that has some.
    pub fn places(&self, path: &[Segment]) -> Vec<SourcePlace> {
        let pointer = Pointer(path).to_string();
        let mut part = pointer.as_str();
        loop {
            if let Some(sites) = self.origins.get(part) {
                return sites.iter().filter_map(|it| self.place(it)).collect();
            }
            match part.rsplit_once('/') {
                Some((parent, _)) => part = parent,
                None => return Vec::new(),
            }
        }
    }

    /// Returns kind, namespace and name for messages.
    pub fn title(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }

    fn place(&self, site: &Numbers) -> Option<SourcePlace> {
        let source = self.sources.get(site.source as usize)?.clone();
        let mut via = Vec::new();
        let mut next = site.via.map(|it| it as usize);
        while let Some((what, source, line, _, parent)) = next.and_then(|it| self.via.get(it)) {
            if via.len() == self.via.len() {
                break;
            }
            let source = self.sources.get(*source).cloned().unwrap_or_default();
            via.push(Step { what: what.clone(), source, line: *line });
            next = *parent;
        }
        Some(SourcePlace { source, line: site.line, column: site.column, via })
    }
}

impl TryFrom<Vec<u32>> for Numbers {
    type Error = &'static str;

    fn try_from(numbers: Vec<u32>) -> Result<Self, Self::Error> {
        match *numbers {
            [source, line, column] => Ok(Self { source, line, column, via: None }),
            [source, line, column, via] => Ok(Self { source, line, column, via: Some(via) }),
            _ => Err("a place is `[source, line, column]` or `[source, line, column, via]`"),
        }
    }
}

impl fmt::Display for NotAnIndex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(why) => write!(out, "it is not an index of mlnetc: {why}"),
            Self::Version(version) => {
                write!(
                    out,
                    "it has version {version} of the format, and this mlnetc supports version {VERSION}"
                )
            }
            Self::Path(path) => {
                write!(out, "it lists `{}`, a path that mlnetc never writes", path.escape_debug())
            }
        }
    }
}
