//! Which places of the source made which part of an object: JSON pointers beside the objects, so that
//! those stay plain. `blame` and `index.json` read it.

use std::fmt::{self, Write as _};

use crate::objects::Object;
use crate::source::Site;

/// The origins of one object's parts. A part that has no row of its own came from where the nearest
/// part around it came from; the root (pointer `""`) always has a row.
///
/// Large programs have millions of rows, so those of one object lie together in three allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// Every pointer, one behind the other.
    pointers: String,
    /// The places of every row, one row's behind the other's.
    sites: Vec<Site>,
    rows: Vec<Row>,
    /// Pointer and text, in the order of the object's parts.
    notes: Vec<(String, String)>,
}

/// Where a row ends in the pointers and in the places; it begins where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    pointer: usize,
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
    /// Everything came from these places, until a part says otherwise.
    pub fn of(sites: &[Site]) -> Self {
        let rows = vec![Row { pointer: 0, sites: sites.len() }];
        Self { pointers: String::new(), sites: sites.to_vec(), rows, notes: Vec::new() }
    }

    /// What a person should read above the part at a JSON pointer, in lines. Notes follow the order of
    /// the object's parts.
    pub fn note(&mut self, pointer: impl fmt::Display, text: String) {
        self.notes.push((pointer.to_string(), text));
    }

    /// Every note: the pointer of its part, and its lines.
    pub fn notes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.notes.iter().map(|(pointer, text)| (pointer.as_str(), text.as_str()))
    }

    /// The part at a JSON pointer (RFC 6901) came from these places.
    pub fn part(&mut self, pointer: impl fmt::Display, sites: &[Site]) {
        write!(self.pointers, "{pointer}").expect("INVARIANT: a string takes every text");
        let mut last = None;
        for site in sites {
            if last.replace(site) != Some(site) {
                self.sites.push(*site);
            }
        }
        self.rows.push(Row { pointer: self.pointers.len(), sites: self.sites.len() });
    }

    /// Where the part at a JSON pointer came from.
    pub fn at(&self, pointer: &str) -> &[Site] {
        let covers = |part: &str| {
            pointer.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let nearest =
            self.iter().filter(|(part, _)| covers(part)).max_by_key(|(part, _)| part.len());
        nearest.map_or(&[], |(_, sites)| sites)
    }

    /// Where the object as a whole came from.
    pub fn whole(&self) -> &[Site] {
        self.iter().next().map_or(&[], |(_, sites)| sites)
    }

    /// Every row, in the order of the object's parts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Site])> {
        let starts = std::iter::once(Row::default()).chain(self.rows.iter().copied());
        starts.zip(&self.rows).map(|(start, end)| {
            let pointer = self.pointers.get(start.pointer..end.pointer).unwrap_or("");
            (pointer, self.sites.get(start.sites..end.sites).unwrap_or(&[]))
        })
    }
}

/// Escapes a key for a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Files, Span};

    #[test]
    fn a_part_without_a_row_inherits_the_nearest() {
        let files = Files::new([("a".to_owned(), "x".to_owned())]);
        let file = files.iter().next().expect("one file").0;
        let site = |start| Site { span: Span { file, start, end: start }, via: None };
        let mut origins = Origins::of(&[site(0)]);
        origins.part("/spec", &[site(1)]);
        origins.part("/spec/ingress/1", &[site(2)]);
        assert_eq!(origins.at("/metadata/name"), [site(0)]);
        assert_eq!(origins.at("/spec/ingress/10"), [site(1)]);
        assert_eq!(origins.at("/spec/ingress/1/ports/0"), [site(2)]);
    }
}
