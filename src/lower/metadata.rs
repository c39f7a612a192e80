//! What each object says about itself.

use std::borrow::Cow;

use super::Input;
use crate::objects::{Meta, StringMap};
use crate::source::Site;

/// Metadata under construction.
pub(super) struct Metadata {
    labels: StringMap,
    annotations: StringMap,
    name: String,
    namespace: Option<String>,
}

impl Metadata {
    /// The metadata of an object that a declaration made.
    pub(super) fn of(
        input: Input<'_>,
        name: &str,
        namespace: Option<&str>,
        site: Site,
        description: Option<&str>,
    ) -> Self {
        let label = ("app.kubernetes.io/managed-by".into(), "mlnetc".to_owned());
        let source = ("mlnet.dev/source".into(), input.files.path_line(site.span));
        let mut annotations = vec![source];
        if let Some(text) = description.map(one_line).filter(|it| !it.is_empty()) {
            annotations.push(("mlnet.dev/description".into(), text));
        }
        Self {
            labels: StringMap(vec![label]),
            annotations: StringMap(annotations),
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    /// Adds labels; one that is there already gets the new value.
    pub(super) fn labels<'a>(
        mut self,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        for (key, value) in labels {
            match self.labels.0.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => value.clone_into(known),
                None => self.labels.0.push((key.to_owned().into(), value.to_owned())),
            }
        }
        self
    }

    /// Adds annotations that something reads: they stand before the ones for people.
    pub(super) fn annotations(mut self, annotations: Vec<(Cow<'static, str>, String)>) -> Self {
        self.annotations.0.splice(0..0, annotations);
        self
    }

    /// The metadata.
    pub(super) fn done(self) -> Meta {
        Meta {
            name: self.name,
            namespace: self.namespace,
            labels: self.labels,
            annotations: self.annotations,
        }
    }
}

/// A text of several lines as one.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
