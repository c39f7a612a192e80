//! What each object says about itself.

use super::Input;
use crate::objects::{Meta, StringMap};
use crate::source::Site;

/// Metadata under construction.
pub(super) struct Metadata {
    labels: Vec<(String, String)>,
    annotations: Vec<(String, String)>,
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
        let label = ("app.kubernetes.io/managed-by".to_owned(), "mlnetc".to_owned());
        let source = ("mlnet.dev/source".to_owned(), input.files.path_line(site.span));
        let mut annotations = vec![source];
        if let Some(text) = description.map(one_line).filter(|it| !it.is_empty()) {
            annotations.push(("mlnet.dev/description".to_owned(), text));
        }
        Self {
            labels: vec![label],
            annotations,
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
            match self.labels.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => value.clone_into(known),
                None => self.labels.push((key.to_owned(), value.to_owned())),
            }
        }
        self
    }

    /// Adds annotations that something reads: they stand before the ones for people.
    pub(super) fn annotations(mut self, annotations: Vec<(String, String)>) -> Self {
        self.annotations.splice(0..0, annotations);
        self
    }

    /// The metadata.
    pub(super) fn done(self) -> Meta {
        Meta {
            name: self.name,
            namespace: self.namespace,
            labels: StringMap(self.labels),
            annotations: StringMap(self.annotations),
        }
    }
}

/// A text of several lines as one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
