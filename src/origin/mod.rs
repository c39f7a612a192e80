//! The places of the source that made each part of an object. They are kept beside the objects, so that objects
//! remain plain structs. `blame` and `index.json` read them.

use crate::objects::Object;
use crate::scalar::{FieldPath, Pointer, Segment};
use crate::source::Site;

/// The origins of one object's parts. A part without a row of its own has the origin of the nearest part that
/// contains it; the object itself always has a row.
///
/// Large programs have millions of rows. The rows of one object share three allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The paths of all rows, concatenated.
    segments: Vec<Segment>,
    /// The places of all rows, concatenated.
    sites: Vec<Site>,
    rows: Vec<Row>,
    /// Parts and the texts of their notes, in the order of the object's parts.
    notes: Vec<(FieldPath, String)>,
}

/// The end of a row in `segments` and in `sites`. A row begins where the row before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    segments: usize,
    sites: usize,
}

/// An object, its file in the output, and its origins.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Path relative to the cluster's folder: `tenants/financial/policies.yaml`.
    pub file: String,
    /// The emitted object.
    pub object: Object,
    /// The origins of its parts.
    pub origins: Origins,
}

impl Origins {
    /// Creates origins for an object. These places made every part, except for the parts that get a row.
    pub fn of(sites: &[Site]) -> Self {
        let rows = vec![Row { segments: 0, sites: sites.len() }];
        Self { segments: Vec::new(), sites: sites.to_vec(), rows, notes: Vec::new() }
    }

    /// Adds a note above a part, as lines for people who read the object. Notes must be added in the order of
    /// the object's parts.
    pub fn note(&mut self, path: FieldPath, text: String) {
        self.notes.push((path, text));
    }

    /// Returns every note: the part below it, and its lines.
    pub fn notes(&self) -> impl Iterator<Item = (&[Segment], &str)> {
        self.notes.iter().map(|(path, text)| (&**path, text.as_str()))
    }

    /// Adds a row: these places made the part. Adjacent duplicates are dropped.
    pub fn part(&mut self, path: &[Segment], sites: &[Site]) {
        self.segments.extend_from_slice(path);
        let mut last = None;
        for site in sites {
            if last.replace(site) != Some(site) {
                self.sites.push(*site);
            }
        }
        self.rows.push(Row { segments: self.segments.len(), sites: self.sites.len() });
    }

    /// Frees the memory that rows to come would take. Every object of a large program is kept until it is written.
    pub fn shrink_to_fit(&mut self) {
        self.segments.shrink_to_fit();
        self.sites.shrink_to_fit();
        self.rows.shrink_to_fit();
        self.notes.shrink_to_fit();
    }

    /// Returns the places that made a part.
    pub fn at(&self, part: &[Segment]) -> &[Site] {
        self.nearest(|path| part.starts_with(path))
    }

    /// Returns the places that made the part at a JSON pointer (RFC 6901), for pointers from other sources than
    /// mlnetc.
    pub fn at_pointer(&self, pointer: &str) -> &[Site] {
        self.nearest(|path| {
            let rest = pointer.strip_prefix(&Pointer(path).to_string());
            rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        })
    }

    /// Returns the places of the longest path that contains a part.
    fn nearest(&self, is_around: impl Fn(&[Segment]) -> bool) -> &[Site] {
        let rows = self.iter().filter(|(path, _)| is_around(path));
        rows.max_by_key(|(path, _)| path.len()).map_or(&[], |(_, sites)| sites)
    }

    /// Returns the places that made the object as a whole.
    pub fn whole(&self) -> &[Site] {
        self.iter().next().map_or(&[], |(_, sites)| sites)
    }

    /// Returns every row in the order in which they were added; the row of the object itself comes first.
    pub fn iter(&self) -> impl Iterator<Item = (&[Segment], &[Site])> {
        let starts = std::iter::once(Row::default()).chain(self.rows.iter().copied());
        starts.zip(&self.rows).map(|(start, end)| {
            let path = self.segments.get(start.segments..end.segments).unwrap_or(&[]);
            (path, self.sites.get(start.sites..end.sites).unwrap_or(&[]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::field_path;
    use crate::source::{Files, Span};

    #[test]
    fn a_part_without_a_row_inherits_the_nearest() {
        let files = Files::new([("a".to_owned(), "x".to_owned())]);
        let file = files.iter().next().expect("one file").0;
        let site = |start| Site { span: Span { file, start, end: start }, via: None };
        let mut origins = Origins::of(&[site(0)]);
        origins.part(&field_path!["spec"], &[site(1)]);
        origins.part(&field_path!["spec", "ingress", 1], &[site(2)]);
        for (pointer, path, start) in [
            ("/metadata/name", field_path!["metadata", "name"], 0),
            ("/spec/ingress/10", field_path!["spec", "ingress", 10], 1),
            ("/spec/ingress/1/ports/0", field_path!["spec", "ingress", 1, "ports", 0], 2),
        ] {
            assert_eq!(origins.at(&path), [site(start)]);
            assert_eq!(origins.at_pointer(pointer), [site(start)]);
        }
    }
}
