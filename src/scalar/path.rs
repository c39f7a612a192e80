//! Paths to parts of an object: fields and items in, JSON pointers out. It must not know any kind of object.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Deref;

/// One step of a path, from a part of an object to a part inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of an object, or a key of a map; not escaped.
    Field(Cow<'static, str>),
    /// An item of a list, counted from 0.
    Item(usize),
}

/// The path from an object to one of its parts; the empty path is the object itself. Displays as a JSON pointer
/// (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldPath(Vec<Segment>);

/// Displays borrowed segments as a JSON pointer (RFC 6901).
#[derive(Debug, Clone, Copy)]
pub struct Pointer<'p>(pub &'p [Segment]);

/// Makes a `FieldPath` of field names, keys and item numbers: `field_path!["spec", "ports", 0]`.
macro_rules! field_path {
    ($($segment:expr),* $(,)?) => {
        [$($crate::scalar::Segment::from($segment)),*].into_iter().collect::<$crate::scalar::FieldPath>()
    };
}
pub(crate) use field_path;

impl FieldPath {
    /// Returns the path of a part that is directly inside the part of this path.
    #[must_use]
    pub fn child(&self, segment: impl Into<Segment>) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment.into());
        Self(segments)
    }
}

impl Deref for FieldPath {
    type Target = [Segment];

    fn deref(&self) -> &[Segment] {
        &self.0
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl From<&'static str> for Segment {
    fn from(field: &'static str) -> Self {
        Self::Field(Cow::Borrowed(field))
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Field(Cow::Owned(key))
    }
}

impl From<usize> for Segment {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Pointer(self).fmt(out)
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in self.0 {
            out.write_char('/')?;
            match segment {
                Segment::Field(name) => escape(name, out)?,
                Segment::Item(at) => write!(out, "{at}")?,
            }
        }
        Ok(())
    }
}

/// Writes a field name or a key, escaped for JSON pointers.
fn escape(mut name: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    while let Some((before, after)) = name.split_once(['~', '/']) {
        out.write_str(before)?;
        let is_tilde = name.as_bytes().get(before.len()) == Some(&b'~');
        out.write_str(if is_tilde { "~0" } else { "~1" })?;
        name = after;
    }
    out.write_str(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_displays_as_a_pointer() {
        assert_eq!(FieldPath::default().to_string(), "");
        let ports = field_path!["spec", "ports"];
        assert_eq!(ports.child(10).to_string(), "/spec/ports/10");
        assert_eq!(
            field_path!["metadata", "a~/b~1".to_owned(), ""].to_string(),
            "/metadata/a~0~1b~01/"
        );
        assert!(ports.child(0).starts_with(&ports));
    }
}
