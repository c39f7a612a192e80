//! Metadata of emitted objects.

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
    /// Starts the metadata of an object that a declaration made.
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
        if let Some(text) = description.map(described).filter(|it| !it.is_empty()) {
            annotations.push(("mlnet.dev/description".into(), text));
        }
        Self {
            labels: StringMap(vec![label]),
            annotations: StringMap(annotations),
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    /// Adds labels. An existing label gets the new value.
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

    /// Adds annotations that programs read, before the annotations for people.
    pub(super) fn annotations(mut self, annotations: Vec<(Cow<'static, str>, String)>) -> Self {
        self.annotations.0.splice(0..0, annotations);
        self
    }

    /// Returns the metadata.
    pub(super) fn done(self) -> Meta {
        Meta {
            name: self.name,
            namespace: self.namespace,
            labels: self.labels,
            annotations: self.annotations,
        }
    }
}

/// Upper bound on the length of a description, in bytes. The API server accepts 256 KiB for all annotations
/// (apimachinery, pkg/api/validation/objectmeta.go); the source keeps the full text.
const LONGEST: usize = 4096;

/// Joins the lines of a text, and truncates it to `LONGEST` bytes.
fn described(text: &str) -> String {
    let mut line = one_line(text);
    if line.len() > LONGEST {
        line.truncate(line.floor_char_boundary(LONGEST));
        line.push('…');
    }
    line
}

/// Joins the lines of a text with spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, described};

    #[test]
    fn what_is_longer_than_people_read_is_cut_between_letters() {
        assert_eq!(described(" two\n lines "), "two lines");
        let longest = "a".repeat(LONGEST);
        assert_eq!(described(&longest), longest);
        // Each letter has two bytes: the limit falls into the middle of a letter.
        let cut = described(&format!("a{}", "ä".repeat(LONGEST)));
        assert_eq!(cut.len(), LONGEST - 1 + '…'.len_utf8());
        assert!(cut.ends_with("ä…"), "cut to {cut}");
    }
}
