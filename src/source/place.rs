//! Places of a source as paths and line numbers, for output that is read without the source.

use std::fmt;

use super::file::Files;
use super::span::{Expansion, Site, Span};

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's path in the project; `stdlib:NAME.mlnet` for a file of the standard library.
    pub path: String,
    /// Line number, from 1.
    pub line: u32,
    /// The columns and the end of the place, if the source text was available.
    pub extent: Option<Extent>,
    /// For a place in the standard library: the user's line that leads to it.
    pub through: Option<Box<Place>>,
}

/// The column at which a place begins, and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extent {
    /// Column of the first character, from 1.
    pub column: u32,
    /// Line number of the end, from 1.
    pub end_line: u32,
    /// Column after the last character, from 1.
    pub end_column: u32,
}

impl Place {
    /// Parses the place of a declaration in the annotation of an object: `PATH:LINE`.
    pub fn remembered(text: &str) -> Option<Self> {
        let (path, line) = text.rsplit_once(':')?;
        let line = line.parse().ok().filter(|it| *it > 0)?;
        (!path.is_empty()).then(|| Self {
            path: path.to_owned(),
            line,
            extent: None,
            through: None,
        })
    }

    /// The place in the user's own files; `None` if it is only in the standard library.
    pub fn own(&self) -> Option<&Self> {
        match &self.through {
            Some(it) => it.own(),
            None => (!self.path.starts_with("stdlib:")).then_some(self),
        }
    }
}

impl Files {
    /// The place of a span.
    pub fn place(&self, span: Span) -> Place {
        let file = self.file(span.file);
        let (start, end) = (file.line_column(span.start), file.line_column(span.end));
        let extent = Extent { column: start.column, end_line: end.line, end_column: end.column };
        Place { path: file.path.clone(), line: start.line, extent: Some(extent), through: None }
    }

    /// The place of a site. For a place in the standard library, it includes the user's line that leads to it.
    pub fn place_through(&self, site: Site, expansions: &[Expansion]) -> Place {
        let mut place = self.place(site.span);
        let mut via = site.via;
        if self.file(site.span.file).is_stdlib() {
            while let Some(it) = via.and_then(|it| expansions.get(it.0 as usize)) {
                if !self.file(it.span.file).is_stdlib() {
                    place.through = Some(Box::new(self.place(it.span)));
                    break;
                }
                via = it.parent;
            }
        }
        place
    }

    /// The place of a site and its first line of text, with the components and profiles that it came through.
    pub fn told(&self, site: Site, expansions: &[Expansion]) -> (Place, String) {
        let line = self.text(site.span).lines().next().unwrap_or("");
        let mut says = line.trim_end_matches(['{', ' ']).to_owned();
        let mut via = site.via;
        while let Some(expansion) = via.and_then(|it| expansions.get(it.0 as usize)) {
            let at = self.path_line(expansion.span);
            let through = [", through ", &expansion.what, " (", &at, ")"].concat();
            says.push_str(&through);
            via = expansion.parent;
        }
        (self.place_through(site, expansions), says)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.path, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_object_remembers_is_a_place_or_nothing() {
        let place = Place::remembered("a/b.mlnet:12").expect("a place");
        assert_eq!((place.path.as_str(), place.line), ("a/b.mlnet", 12));
        assert_eq!(place.to_string(), "a/b.mlnet:12");
        for text in ["", "a.mlnet", ":3", "a.mlnet:x", "a.mlnet:0"] {
            assert_eq!(Place::remembered(text), None, "{text}");
        }
        let library = Place::remembered("stdlib:coredns.mlnet:4").expect("a place");
        assert_eq!(library.own(), None);
        let through = Place { through: Some(Box::new(place.clone())), ..library };
        assert_eq!(through.own(), Some(&place));
    }
}
