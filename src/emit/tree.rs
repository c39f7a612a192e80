//! The whole output of a cluster in memory: its files, and a single stream of its manifests.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use rayon::prelude::*;

use super::{header, index, kustomization, notes, order, schema, yaml};
use crate::objects::Object;
use crate::origin::{Origins, Traced};
use crate::source::{Expansion, Files, Site};

/// Facts beside the objects that emission needs.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The place of the `cluster NAME { … }` block.
    pub site: Site,
    /// The sources that the origins refer to.
    pub files: &'a Files,
    /// The model's table of expansions that the origins refer to.
    pub expansions: &'a [Expansion],
}

/// The files of a cluster's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Path and content, in reading order.
    pub files: Vec<(String, Vec<u8>)>,
    /// Numbers of objects in the files.
    pub counts: Counts,
    documents: Vec<Document>,
}

/// Numbers of objects in a cluster's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Objects that `kubectl apply -k` applies.
    pub objects: usize,
    /// Helm values documents.
    pub values: usize,
    /// Patches of workloads that a chart or an operator owns.
    pub patches: usize,
}

/// A document that `kubectl apply` applies: its sort key and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Document {
    apply: order::Apply,
    file: usize,
    bytes: Range<usize>,
}

/// An error that no source can cause, that is, a bug of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bug {
    /// An object does not meet the schema of its kind.
    Schema {
        /// Kind, namespace and name.
        object: String,
        /// The violation.
        violation: schema::Violation,
    },
    /// An object cannot be serialized.
    Yaml {
        /// Kind, namespace and name.
        object: String,
        /// The reason.
        why: String,
    },
    /// The output contains an object twice.
    Twice {
        /// Kind, namespace and name.
        object: String,
        /// The first file.
        first: String,
        /// The second file.
        second: String,
    },
    /// A path at which mlnetc must not write.
    Path(String),
}

/// The output of one file.
struct Written {
    path: String,
    bytes: Vec<u8>,
    rows: Vec<u8>,
    documents: Vec<(Option<order::Apply>, Range<usize>)>,
    /// The namespaces of its policies.
    policed: BTreeSet<String>,
}

/// Makes all files of a cluster's folder. Each object is freed as soon as it is written, because the objects of
/// a large program need more memory than their texts.
pub fn tree(traced: Vec<Traced>, target: &Target<'_>) -> Result<Tree, Bug> {
    each_once(&traced)?;
    let counts = Counts::of(&traced);
    let groups = by_file(traced)?;
    let written: Vec<Result<Written, Bug>> =
        groups.into_par_iter().map(|group| file(group, target)).collect();
    let written = written.into_iter().collect::<Result<Vec<Written>, Bug>>()?;

    let places = places(&written);
    let mut resources: Vec<_> = written
        .iter()
        .zip(&places)
        .filter_map(|(it, place)| Some((it.apply()?.at(*place), it.path.as_str())))
        .collect();
    resources.sort_by_key(|(apply, _)| *apply);
    let resources: Vec<&str> = resources.into_iter().map(|(_, path)| path).collect();
    let kustomization = kustomization::write(target.cluster, &resources).into_bytes();

    let mut documents = Vec::with_capacity(counts.objects);
    let mut rows = Vec::with_capacity(written.len() + 1);
    let mut files = Vec::with_capacity(written.len() + 2);
    rows.push(kustomization_row(&kustomization, target));
    files.push((kustomization::FILE.to_owned(), kustomization));
    for (it, place) in written.into_iter().zip(places) {
        let file = files.len();
        let applied = it.documents.into_iter().filter_map(|(apply, bytes)| Some((apply?, bytes)));
        documents.extend(applied.map(|(apply, bytes)| Document {
            apply: apply.at(place),
            file,
            bytes,
        }));
        rows.push(it.rows);
        files.push((it.path, it.bytes));
    }
    documents.sort_by_key(|it| it.apply);
    let all: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let index = index::whole(target.cluster, &all, rows);
    files.push((index::FILE.to_owned(), index));
    Ok(Tree { files, counts, documents })
}

/// Groups the objects by file, in order.
fn by_file(traced: Vec<Traced>) -> Result<Vec<Vec<Traced>>, Bug> {
    let mut order: Vec<_> = traced
        .par_iter()
        .enumerate()
        .map(|(at, it)| ((order::of_file(&it.file), order::of_object(&it.object)), at))
        .collect();
    order.par_sort_by(|(left, _), (right, _)| left.cmp(right));
    let order: Vec<usize> = order.into_iter().map(|(_, at)| at).collect();
    let mut left: Vec<Option<Traced>> = traced.into_iter().map(Some).collect();
    let mut groups: Vec<Vec<Traced>> = Vec::new();
    for traced in order.into_iter().filter_map(|at| left.get_mut(at)?.take()) {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|it| it.file == traced.file) => {
                group.push(traced);
            }
            _first_of_its_file if !index::is_output_path(&traced.file) => {
                return Err(Bug::Path(traced.file));
            }
            _first_of_its_file => groups.push(vec![traced]),
        }
    }
    Ok(groups)
}

/// Returns the place of each file among the files with policies. Policies of one namespace are applied
/// together: between the first and the last policy on a pod, connections that only the missing ones allow are
/// blocked.
fn places(written: &[Written]) -> Vec<usize> {
    let mut of_namespace: BTreeMap<&str, usize> = BTreeMap::new();
    let mut widest: Vec<(usize, &Written)> = written.iter().enumerate().collect();
    widest.sort_by_key(|(_, it)| Reverse(it.policed.len()));
    for (at, it) in widest {
        for namespace in &it.policed {
            of_namespace.entry(namespace).or_insert(at);
        }
    }
    let place = |it: &Written| it.policed.first().and_then(|it| of_namespace.get(it.as_str()));
    written.iter().map(|it| place(it).copied().unwrap_or(0)).collect()
}

impl Counts {
    fn of(traced: &[Traced]) -> Self {
        let mut counts = Self::default();
        for it in traced {
            match it.object {
                Object::HelmValues(_) => counts.values += 1,
                Object::WorkloadPatch(_) => counts.patches += 1,
                Object::Namespace(_)
                | Object::NetworkPolicy(_)
                | Object::Service(_)
                | Object::Installation(_)
                | Object::BfdProfile(_)
                | Object::BgpPeer(_)
                | Object::IpAddressPool(_)
                | Object::Advertisement(_) => counts.objects += 1,
            }
        }
        counts
    }
}

impl Written {
    /// Returns the sort key for applying the file, which is that of its last object. So a file with a
    /// default-deny policy is applied after files that only allow. `None` if `kubectl apply -k` applies no
    /// object of the file.
    fn apply(&self) -> Option<order::Apply> {
        self.documents.iter().filter_map(|(apply, _)| *apply).max()
    }
}

impl Tree {
    /// Returns all manifests as one YAML stream, in apply order: policies that allow come before policies that
    /// deny.
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

    /// Returns all manifests in apply order: the file, the number of the document in the file (from 0), and the
    /// text.
    pub fn applied(&self) -> impl Iterator<Item = (&str, usize, &[u8])> {
        let mut starts = BTreeMap::<usize, Vec<usize>>::new();
        for it in &self.documents {
            starts.entry(it.file).or_default().push(it.bytes.start);
        }
        for it in starts.values_mut() {
            it.sort_unstable();
        }
        self.documents.iter().filter_map(move |Document { file, bytes, .. }| {
            let (path, content) = self.files.get(*file)?;
            let index = starts.get(file)?.binary_search(&bytes.start).ok()?;
            Some((path.as_str(), index, content.get(bytes.clone())?))
        })
    }

    /// Returns the content of a file.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|(it, _)| it == path).map(|(_, bytes)| bytes.as_slice())
    }
}

/// Writes one file: its documents, and their rows of the index.
fn file(group: Vec<Traced>, target: &Target<'_>) -> Result<Written, Bug> {
    let path = group.first().map(|it| it.file.clone()).unwrap_or_default();
    let mut text = String::with_capacity(group.len() * 700);
    let mut rows = Vec::with_capacity(group.len() * 512);
    let mut documents = Vec::with_capacity(group.len());
    let mut policed = BTreeSet::new();
    for traced in group {
        let Traced { file, object, origins } = &traced;
        if let Some(violation) = schema::violation(object) {
            return Err(Bug::Schema { object: title(object), violation });
        }
        if !text.is_empty() {
            text.push_str("---\n");
            rows.extend_from_slice(b",\n");
        }
        let start = text.len();
        header::write(&traced, target.files, &mut text);
        let below = text.len();
        yaml::document(object, &mut text)
            .map_err(|yaml::NotYaml(why)| Bug::Yaml { object: title(object), why })?;
        notes::write(origins, below, &mut text);
        let bytes = text.as_bytes().get(start..).unwrap_or(&[]);
        index::row(
            &index::Entry::of(object, file, bytes),
            origins,
            target.files,
            target.expansions,
            &mut rows,
        );
        documents.push((order::of_apply(object), start..text.len()));
        if let Object::NetworkPolicy(it) = object {
            policed.extend(it.metadata.namespace.clone());
        }
    }
    // The texts of all files are kept until the last one is written.
    text.shrink_to_fit();
    rows.shrink_to_fit();
    Ok(Written { path, bytes: text.into_bytes(), rows, documents, policed })
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
    index::row(&entry, &Origins::of(&[target.site]), target.files, target.expansions, &mut row);
    row
}

/// Checks that each object occurs once, and that each Helm document is alone in its file. Patches are not
/// checked, because several patches may apply to one object.
fn each_once(traced: &[Traced]) -> Result<(), Bug> {
    let mut alone: BTreeMap<&str, &Traced> = BTreeMap::new();
    let mut values = traced.iter().filter(|it| matches!(it.object, Object::HelmValues(_)));
    let shared = values.find_map(|it| alone.insert(&it.file, it).map(|first| (first, it)));
    let mut applied: Vec<(u64, &Traced)> = traced
        .par_iter()
        .filter(|it| order::of_apply(&it.object).is_some())
        .map(|it| (index::number(it.object.key()), it))
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
                write!(
                    out,
                    "{object} does not match its schema at {pointer}: {}",
                    violation.message
                )
            }
            Self::Yaml { object, why } => write!(out, "{object} cannot be written: {why}"),
            Self::Twice { object, first, second } => {
                write!(out, "{object} is emitted twice, in {first} and in {second}")
            }
            Self::Path(path) => {
                write!(out, "`{}` is not a path of the output", path.escape_debug())
            }
        }
    }
}
