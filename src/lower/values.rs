//! Helm values documents, with addresses of the lock filled in.

use serde_json::{Map, Value};

use super::files::Wish;
use super::{Input, files, metallb, report};
use crate::diagnostics::Diagnostics;
use crate::model::{Leaf, Part, Values, WorkloadId};
use crate::objects::{HelmValues, Object};
use crate::origin::{Origins, Traced};
use crate::scalar::{FieldPath, Segment};
use crate::source::Site;

/// Makes the documents, sorted by file.
pub(super) fn documents(input: Input<'_>, diagnostics: &mut Diagnostics) -> Vec<Traced> {
    let model = input.model;
    let namespace = |it: &Values| it.namespace.map(|id| model.namespace(id).name.as_str());
    let wishes: Vec<Wish<'_>> = model
        .values
        .iter()
        .map(|it| Wish { name: &it.release, namespace: namespace(it), path: &it.path })
        .collect();
    let names = files::distinct(&wishes);
    let mut documents: Vec<Traced> = model
        .values
        .iter()
        .zip(names)
        .map(|(values, name)| {
            let (document, origins) = document(input, values, diagnostics);
            let helm = HelmValues {
                release: values.release.clone(),
                chart: values.chart.clone(),
                version: values.version.clone(),
                namespace: namespace(values).map(str::to_owned),
                description: values.description.clone(),
                values: document,
            };
            let file = format!("helm/{name}.values.yaml");
            Traced { file, object: Object::HelmValues(helm), origins }
        })
        .collect();
    documents.sort_by(|left, right| left.file.cmp(&right.file));
    documents
}

fn document(
    input: Input<'_>,
    values: &Values,
    diagnostics: &mut Diagnostics,
) -> (Map<String, Value>, Origins) {
    let mut document = Map::new();
    let mut origins = Origins::of(&[values.site]);
    for setting in &values.settings {
        let path: FieldPath = setting.path.iter().cloned().map(Segment::from).collect();
        origins.part(&path, &[setting.site]);
        if let Some(value) = value(input, &setting.value, diagnostics) {
            put(&mut document, &setting.path, value);
        }
    }
    (document, origins)
}

/// Inserts a value at a path. No path of a document is the prefix of another.
fn put(map: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            map.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

/// Returns a value; `None` if it is unknown, which is reported.
pub(super) fn value(input: Input<'_>, leaf: &Leaf, diagnostics: &mut Diagnostics) -> Option<Value> {
    Some(match leaf {
        Leaf::Text(text) => Value::String(text.clone()),
        Leaf::Int(number) => Value::from(*number),
        Leaf::Bool(truth) => Value::Bool(*truth),
        Leaf::List(items) => {
            let items = items.iter().map(|it| value(input, it, diagnostics));
            Value::Array(items.collect::<Option<_>>()?)
        }
        Leaf::Map(entries) => {
            let entries =
                entries.iter().map(|(key, it)| Some((key.clone(), value(input, it, diagnostics)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
        Leaf::Pieces(parts) => Value::String(text(input, parts, diagnostics)?),
        Leaf::Address(id, site) => Value::String(address(input, *id, *site, diagnostics)?),
        Leaf::Annotations(id, _) => {
            let annotations = metallb::annotations(input, *id);
            let entry =
                |(key, text, _): (&str, String, Site)| (key.to_owned(), Value::String(text));
            let entries = annotations.into_iter().map(entry);
            Value::Object(entries.collect())
        }
    })
}

fn text(input: Input<'_>, parts: &[Part], diagnostics: &mut Diagnostics) -> Option<String> {
    let part = |it: &Part| match it {
        Part::Plain(text) => Some(text.clone()),
        Part::Address(id, site) => address(input, *id, *site, diagnostics),
    };
    parts.iter().map(part).collect::<Option<Vec<String>>>().map(|it| it.concat())
}

fn address(
    input: Input<'_>,
    id: WorkloadId,
    site: Site,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let address = input.allocated.address(id);
    if address.is_none() {
        diagnostics.push(report::no_address(input.model, input.model.workload(id), site));
    }
    address.map(|it| it.to_string())
}
