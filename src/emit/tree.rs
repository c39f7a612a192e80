//! The whole output of a cluster in memory: its files, and the one stream of its manifests.

use std::fmt;
use std::ops::Range;

use rayon::prelude::*;

use super::{header, index, kustomization, order, schema, yaml};
use crate::objects::Object;
use crate::origin::{Origins, Traced};
use crate::source::{Expansion, Files, Site};

/// What emission must know beside the objects.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The `cluster NAME { … }`.
    pub site: Site,
    /// The sources that the origins refer to.
    pub files: &'a Files,
    /// The model's table of expansions that the origins refer to.
    pub expansions: &'a [Expansion],
}

/// The files of a cluster's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Path and content, in the order in which a person reads them.
    pub files: Vec<(String, Vec<u8>)>,
    documents: Vec<Document>,
}

/// A document that `kubectl apply` takes: when, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Document {
    apply: u8,
    file: usize,
    bytes: Range<usize>,
}

/// Something that no source can cause: the compiler is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bug {
    /// An object does not meet the schema of its kind.
    Schema {
        /// The object, as a person calls it.
        object: String,
        /// What is wrong.
        violation: schema::Violation,
    },
    /// An object cannot be written.
    Yaml {
        /// The object, as a person calls it.
        object: String,
        /// Why.
        why: String,
    },
    /// An object is there twice.
    Twice {
        /// The object, as a person calls it.
        object: String,
        /// The file of the one.
        first: String,
        /// The file of the other.
        second: String,
    },
    /// A path that is none of the output's.
    Path(String),
}

/// What one file became.
struct Written {
    bytes: Vec<u8>,
    rows: Vec<u8>,
    documents: Vec<(Option<u8>, Range<usize>)>,
}

/// All files of a cluster's folder.
pub fn tree(traced: &[Traced], target: &Target<'_>) -> Result<Tree, Bug> {
    let mut sorted: Vec<_> = traced
        .par_iter()
        .map(|it| ((order::of_file(&it.file), order::of_object(&it.object)), it))
        .collect();
    sorted.par_sort_by(|(left, _), (right, _)| left.cmp(right));
    let sorted: Vec<&Traced> = sorted.into_iter().map(|(_, it)| it).collect();
    let groups: Vec<&[&Traced]> = sorted.chunk_by(|left, right| left.file == right.file).collect();
    if let Some([first, ..]) =
        groups.iter().find(|it| it.first().is_some_and(|it| !index::is_output_path(&it.file)))
    {
        return Err(Bug::Path(first.file.clone()));
    }
    each_once(&sorted)?;

    let written: Vec<Result<Written, Bug>> =
        groups.par_iter().map(|group| file(group, target)).collect();
    let written = written.into_iter().collect::<Result<Vec<Written>, Bug>>()?;

    let paths: Vec<&str> =
        groups.iter().filter_map(|it| it.first()).map(|it| it.file.as_str()).collect();
    let mut resources: Vec<(u8, &str)> = groups
        .iter()
        .zip(&paths)
        .filter_map(|(group, path)| order::of_apply_file(group).map(|apply| (apply, *path)))
        .collect();
    resources.sort_by_key(|(apply, _)| *apply);
    let resources: Vec<&str> = resources.into_iter().map(|(_, path)| path).collect();
    let kustomization = kustomization::write(target.cluster, &resources).into_bytes();

    let mut documents = Vec::with_capacity(traced.len());
    let mut rows = Vec::with_capacity(written.len() + 1);
    let mut files = Vec::with_capacity(written.len() + 2);
    rows.push(kustomization_row(&kustomization, target));
    files.push((kustomization::FILE.to_owned(), kustomization));
    for (path, it) in paths.iter().zip(written) {
        let file = files.len();
        let applied = it.documents.into_iter().filter_map(|(apply, bytes)| Some((apply?, bytes)));
        documents.extend(applied.map(|(apply, bytes)| Document { apply, file, bytes }));
        rows.push(it.rows);
        files.push(((*path).to_owned(), it.bytes));
    }
    documents.sort_by_key(|it| it.apply);
    let all: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let index = index::whole(target.cluster, &all, &rows);
    files.push((index::FILE.to_owned(), index));
    Ok(Tree { files, documents })
}

impl Tree {
    /// Every manifest as one YAML stream, in apply order: what allows before what denies.
    pub fn stream(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.documents.iter().map(|it| it.bytes.len() + 4).sum());
        for Document { file, bytes, .. } in &self.documents {
            let Some((_, content)) = self.files.get(*file) else { continue };
            if !out.is_empty() {
                out.extend_from_slice(b"---\n");
            }
            out.extend_from_slice(content.get(bytes.clone()).unwrap_or(&[]));
        }
        out
    }

    /// The content of a file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|(it, _)| it == path).map(|(_, bytes)| bytes.as_slice())
    }
}

/// One file: its documents, and their rows of the index.
fn file(group: &[&Traced], target: &Target<'_>) -> Result<Written, Bug> {
    let mut text = String::with_capacity(group.len() * 700);
    let mut rows = Vec::with_capacity(group.len() * 512);
    let mut documents = Vec::with_capacity(group.len());
    for traced in group {
        let Traced { file, object, origins } = traced;
        if let Some(violation) = schema::violation(object) {
            return Err(Bug::Schema { object: title(object), violation });
        }
        if !text.is_empty() {
            text.push_str("---\n");
            rows.extend_from_slice(b",\n");
        }
        let start = text.len();
        header::write(traced, target.files, &mut text);
        yaml::document(object, &mut text)
            .map_err(|yaml::NotYaml(why)| Bug::Yaml { object: title(object), why })?;
        let bytes = text.as_bytes().get(start..).unwrap_or(&[]);
        index::row(
            &index::Entry::of(object, file, bytes),
            origins,
            target.files,
            target.expansions,
            &mut rows,
        );
        documents.push((order::of_apply(object), start..text.len()));
    }
    Ok(Written { bytes: text.into_bytes(), rows, documents })
}

fn kustomization_row(bytes: &[u8], target: &Target<'_>) -> Vec<u8> {
    let entry = index::Entry {
        file: kustomization::FILE,
        api_version: Some("kustomize.config.k8s.io/v1beta1"),
        kind: "Kustomization",
        namespace: None,
        name: target.cluster,
        bytes,
    };
    let mut row = Vec::new();
    index::row(&entry, &Origins::of(vec![target.site]), target.files, target.expansions, &mut row);
    row
}

/// One object is in one place, and a Helm document alone in its file. The objects of others are not
/// counted: several patches may be about one.
fn each_once(sorted: &[&Traced]) -> Result<(), Bug> {
    let is_helm = |it: &Traced| matches!(it.object, Object::HelmValues(_));
    let shared = sorted.windows(2).find_map(|it| match it {
        [left, right] if left.file == right.file && is_helm(left) => Some((*left, *right)),
        _ => None,
    });
    let mut applied: Vec<(u64, &Traced)> = sorted
        .par_iter()
        .filter(|it| order::of_apply(&it.object).is_some())
        .map(|it| (index::number(it.object.key()), *it))
        .collect();
    applied.par_sort_unstable_by(|(left, one), (right, other)| {
        left.cmp(right)
            .then_with(|| one.object.key().cmp(&other.object.key()))
            .then_with(|| one.file.cmp(&other.file))
    });
    let twice = applied.windows(2).find_map(|it| match it {
        [(_, left), (_, right)] if left.object.key() == right.object.key() => Some((*left, *right)),
        _ => None,
    });
    shared.or(twice).map_or(Ok(()), |(left, right)| {
        let (object, first, second) = (title(&left.object), left.file.clone(), right.file.clone());
        Err(Bug::Twice { object, first, second })
    })
}

fn title(object: &Object) -> String {
    match object.key() {
        (kind, Some(namespace), name) => format!("{kind} {namespace}/{name}"),
        (kind, None, name) => format!("{kind} {name}"),
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema { object, violation } => {
                let pointer = if violation.pointer.is_empty() { "/" } else { &violation.pointer };
                write!(out, "{object} does not meet its schema at {pointer}: {}", violation.message)
            }
            Self::Yaml { object, why } => write!(out, "{object} cannot be written: {why}"),
            Self::Twice { object, first, second } => {
                write!(out, "{object} is emitted twice, in {first} and in {second}")
            }
            Self::Path(path) => write!(out, "`{}` is no path of the output", path.escape_debug()),
        }
    }
}
