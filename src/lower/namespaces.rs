//! Namespaces that mlnetc makes.

use rayon::prelude::*;

use super::metadata::Metadata;
use super::{Input, files};
use crate::objects::{Namespace, Object};
use crate::origin::{Origins, Traced};
use crate::scalar::field_path;

/// Makes the Namespaces, sorted by name.
pub(super) fn all(input: Input<'_>) -> Vec<Traced> {
    let mut managed: Vec<_> = input.model.namespaces.iter().filter(|it| it.managed).collect();
    managed.sort_unstable_by_key(|it| it.name.as_str());
    managed
        .into_par_iter()
        .map(|it| {
            let labels = it.labels.iter().map(|(key, value, _)| (key.as_str(), value.as_str()));
            let description = it.description.as_deref();
            let metadata =
                Metadata::of(input, &it.name, None, it.site, description).labels(labels).done();
            let mut origins = Origins::of(&[it.site]);
            for (key, _, site) in &it.labels {
                origins.part(&field_path!["metadata", "labels", key.clone()], &[*site]);
            }
            Traced {
                file: files::of_owner(input.model, it.owner, "namespaces.yaml"),
                object: Object::Namespace(Namespace::new(metadata)),
                origins,
            }
        })
        .collect()
}
