//! `schema = "…"` of a `values`: validates the Helm document against a JSON Schema, and reports violations at
//! the `set` that wrote the value.

use std::collections::BTreeMap;

use jsonschema::paths::LocationSegment;
use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

use super::report;
use crate::diagnostics::Diagnostics;
use crate::model::{Model, Values};
use crate::objects::{Emitted, Instance, Object, fill};
use crate::origin::{Origins, Traced};
use crate::scalar::{FieldPath, Segment};
use crate::source::Span;

/// The schemas that a project names: by path, the text or the reason why it could not be read.
pub type Schemas = BTreeMap<String, Result<String, String>>;

/// Validates each Helm document that has a schema.
pub fn check(model: &Model, objects: &[Traced], schemas: &Schemas, diagnostics: &mut Diagnostics) {
    let with_schema = model.values.iter().filter_map(|it| Some((it, it.schema.as_ref()?)));
    for (values, path) in with_schema {
        let schema = match read(&path.node, schemas) {
            Ok(schema) => schema,
            Err(why) => {
                diagnostics.push(report::no_schema(path.span, &path.node, &why));
                continue;
            }
        };
        for (document, origins) in documents_of(values, objects) {
            let mut instance = Instance::default();
            fill(&mut instance, document)
                .expect("INVARIANT: a JSON value can be an instance of a schema");
            refuse(&schema, &instance, origins, path.span, diagnostics);
        }
    }
}

fn read(path: &str, schemas: &Schemas) -> Result<Validator<Emitted>, String> {
    let text = match schemas.get(path) {
        Some(Ok(text)) => text,
        Some(Err(why)) => return Err(why.clone()),
        None => return Err("it was not read".to_owned()),
    };
    let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // Matches patterns without backtracking, because a backtracking pattern could hang the build.
    let options =
        jsonschema::options_for::<Emitted>().with_pattern_options(PatternOptions::regex());
    options.build(&schema).map_err(|error| error.to_string())
}

/// Returns the documents that a `values` declaration made.
fn documents_of<'o>(
    values: &Values,
    objects: &'o [Traced],
) -> impl Iterator<Item = (&'o Map<String, Value>, &'o Origins)> {
    let site = values.site;
    objects.iter().filter_map(move |it| {
        let Object::HelmValues(document) = &it.object else { return None };
        let same = it.origins.whole().contains(&site);
        same.then_some((&document.values, &it.origins))
    })
}

/// Reports each place of a document that its schema rejects, once for each `set`.
fn refuse(
    schema: &Validator<Emitted>,
    document: &Instance,
    origins: &Origins,
    schema_span: Span,
    diagnostics: &mut Diagnostics,
) {
    let mut seen = Vec::new();
    for error in schema.iter_errors(document.root()) {
        let segments = error.instance_path().iter().map(|it| match it {
            LocationSegment::Property(name) => Segment::from(name.into_owned()),
            LocationSegment::Index(at) => Segment::from(at),
        });
        let mut path: FieldPath = segments.collect();
        if let jsonschema::error::ValidationErrorKind::AdditionalProperties { unexpected } =
            error.kind()
            && let Some(first) = unexpected.first()
        {
            path = path.child(first.clone());
        }
        let Some(site) = origins.at(&path).first().copied() else { continue };
        if !seen.contains(&site) {
            seen.push(site);
            let field = path.to_string().trim_start_matches('/').replace('/', ".");
            diagnostics.push(report::schema_refuses(
                site.span,
                &field,
                &error.to_string(),
                schema_span,
            ));
        }
    }
}
