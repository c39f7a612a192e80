//! The places of the source that made each part of an object. They lie beside the objects, so that those stay
//! plain. `blame` and `index.json` read them.

use crate::objects::Object;
use crate::scalar::{FieldPath, Pointer, Segment};
use crate::source::Site;

/// The origins of one object's parts. A part without a row of its own has the origin of the nearest part around it;
/// the object itself always has a row.
///
/// Large programs have millions of rows, so those of one object lie together in three allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The path of every row, one behind the other.
    segments: Vec<Segment>,
    /// The places of every row, one row's behind the other's.
    sites: Vec<Site>,
    rows: Vec<Row>,
    /// Parts and texts, in the order of the object's parts.
    notes: Vec<(FieldPath, String)>,
}

/// Where a row ends in the segments and in the places; it begins where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    segments: usize,
    sites: usize,
}

/// An object, the file of the output it lies in, and where it came from.
#[derive(Debug, Clone)]
pub struct Traced {
    /// Relative to the cluster's folder: `tenants/financial/policies.yaml`.
    pub file: String,
    /// What is emitted.
    pub object: Object,
    /// Where each part came from.
    pub origins: Origins,
}

impl Origins {
    /// Everything came from these places, except for the parts that get a row.
    pub fn of(sites: &[Site]) -> Self {
        let rows = vec![Row { segments: 0, sites: sites.len() }];
        Self { segments: Vec::new(), sites: sites.to_vec(), rows, notes: Vec::new() }
    }

    /// Adds a note above a part, in lines, for people who read the object. Notes are added in the order of the
    /// object's parts.
    pub fn note(&mut self, path: FieldPath, text: String) {
        self.notes.push((path, text));
    }

    /// Every note: the part that it is about, and its lines.
    pub fn notes(&self) -> impl Iterator<Item = (&[Segment], &str)> {
        self.notes.iter().map(|(path, text)| (&**path, text.as_str()))
    }

    /// Adds a row: the part came from these places.
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

    /// The places that a part came from.
    pub fn at(&self, part: &[Segment]) -> &[Site] {
        self.nearest(|path| part.starts_with(path))
    }

    /// The places that the part at a JSON pointer (RFC 6901) came from, for pointers that others write.
    pub fn at_pointer(&self, pointer: &str) -> &[Site] {
        self.nearest(|path| {
            let rest = pointer.strip_prefix(&Pointer(path).to_string());
            rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        })
    }

    /// The places of the longest path that is around a part.
    fn nearest(&self, is_around: impl Fn(&[Segment]) -> bool) -> &[Site] {
        let rows = self.iter().filter(|(path, _)| is_around(path));
        rows.max_by_key(|(path, _)| path.len()).map_or(&[], |(_, sites)| sites)
    }

    /// Where the object as a whole came from.
    pub fn whole(&self) -> &[Site] {
        self.iter().next().map_or(&[], |(_, sites)| sites)
    }

    /// Every row, in the order in which they were added; the object itself comes first.
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
