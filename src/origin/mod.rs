//! The places of the source that made each part of an object. They are kept beside the objects, so that objects
//! remain plain structs. `blame` and `index.json` read them.

use std::fmt::Write as _;

use crate::objects::Object;
use crate::scalar::{FieldPath, Pointer, Segment};
use crate::source::Site;

/// The origins of one object's parts. A part without a row of its own has the origin of the nearest part that
/// contains it; the object itself always has a row.
///
/// Large programs have millions of rows. The rows of one object share three allocations, and a row keeps only the end
/// of its pointer: consecutive rows are mostly about neighbors, such as `/spec/ingress/0/from/1` and `…/2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The JSON pointers of all rows, concatenated, each without the start that it shares with the row before.
    pointers: String,
    /// The places of all rows, concatenated.
    sites: Vec<Site>,
    rows: Vec<Row>,
    /// The whole pointer of the last row; empty once the rows are shrunk.
    last: String,
    /// Parts and the texts of their notes, in the order of the object's parts.
    notes: Vec<(FieldPath, String)>,
}

/// The end of a row in `pointers` and in `sites`. A row begins where the row before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    /// Number of bytes at the start of the pointer that the row shares with the row before.
    shared: u32,
    pointer: u32,
    sites: u32,
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
        let rows = vec![Row { sites: length(sites.len()), ..Row::default() }];
        let (pointers, last) = (String::new(), String::new());
        Self { pointers, sites: sites.to_vec(), rows, last, notes: Vec::new() }
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
        let mut pointer = String::with_capacity(self.last.len() + 8);
        write!(pointer, "{}", Pointer(path)).expect("INVARIANT: a string takes every text");
        let shared = shared_start(&self.last, &pointer);
        self.pointers.push_str(pointer.get(shared..).unwrap_or(""));
        self.last = pointer;
        let mut last = None;
        for site in sites {
            if last.replace(site) != Some(site) {
                self.sites.push(*site);
            }
        }
        let (pointer, sites) = (length(self.pointers.len()), length(self.sites.len()));
        self.rows.push(Row { shared: length(shared), pointer, sites });
    }

    /// Frees the memory that rows to come would take. Every object of a large program is kept until it is written.
    pub fn shrink_to_fit(&mut self) {
        self.pointers.shrink_to_fit();
        self.sites.shrink_to_fit();
        self.rows.shrink_to_fit();
        self.last = String::new();
        self.notes.shrink_to_fit();
    }

    /// Returns the places that made a part.
    pub fn at(&self, part: &[Segment]) -> &[Site] {
        self.at_pointer(&Pointer(part).to_string())
    }

    /// Returns the places that made the part at a JSON pointer (RFC 6901).
    pub fn at_pointer(&self, pointer: &str) -> &[Site] {
        let mut nearest: (usize, &[Site]) = (0, &[]);
        self.each(|row, sites| {
            let rest = pointer.strip_prefix(row);
            let is_around = rest.is_some_and(|it| it.is_empty() || it.starts_with('/'));
            if is_around && row.len() >= nearest.0 {
                nearest = (row.len(), sites);
            }
        });
        nearest.1
    }

    /// Returns the places that made the object as a whole.
    pub fn whole(&self) -> &[Site] {
        let end = self.rows.first().map_or(0, |it| it.sites as usize);
        self.sites.get(..end).unwrap_or(&[])
    }

    /// Calls a function with the JSON pointer and the places of every row, in the order in which rows were added; the
    /// row of the object itself comes first.
    pub fn each<'o>(&'o self, mut row: impl FnMut(&str, &'o [Site])) {
        let mut pointer = String::new();
        let mut start = Row::default();
        for end in &self.rows {
            pointer.truncate(end.shared as usize);
            let own = start.pointer as usize..end.pointer as usize;
            pointer.push_str(self.pointers.get(own).unwrap_or(""));
            let sites = start.sites as usize..end.sites as usize;
            row(&pointer, self.sites.get(sites).unwrap_or(&[]));
            start = *end;
        }
    }
}

/// Returns the number of bytes that two texts have in common at their start.
fn shared_start(left: &str, right: &str) -> usize {
    let equal = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    right.floor_char_boundary(equal)
}

fn length(it: usize) -> u32 {
    u32::try_from(it).expect("INVARIANT: the origins of an object are smaller than 4 GiB")
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
        // Both letters begin with the same byte.
        origins.part(&field_path!["metadata", "é".to_owned()], &[site(3)]);
        origins.part(&field_path!["metadata", "è".to_owned()], &[site(4)]);
        origins.shrink_to_fit();
        origins.part(&field_path!["metadata", "name"], &[site(5)]);
        for (pointer, path, start) in [
            ("/metadata/uid", field_path!["metadata", "uid"], 0),
            ("/spec/ingress/10", field_path!["spec", "ingress", 10], 1),
            ("/spec/ingress/1/ports/0", field_path!["spec", "ingress", 1, "ports", 0], 2),
            ("/metadata/é", field_path!["metadata", "é".to_owned()], 3),
            ("/metadata/è", field_path!["metadata", "è".to_owned()], 4),
            ("/metadata/name", field_path!["metadata", "name"], 5),
        ] {
            assert_eq!(origins.at(&path), [site(start)]);
            assert_eq!(origins.at_pointer(pointer), [site(start)]);
        }
    }
}
