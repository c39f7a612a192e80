//! Names of the language from names of a cluster: valid, not reserved, unique.

use std::collections::BTreeSet;

use crate::source::is_reserved;

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Returns names of which some are taken already.
    pub(super) fn without(taken: &[&str]) -> Self {
        Self(taken.iter().map(|it| (*it).to_owned()).collect())
    }

    /// Returns a free name that resembles a text.
    pub(super) fn free(&mut self, text: &str, fallback: &str) -> String {
        let name = valid(text).unwrap_or_else(|| fallback.to_owned());
        let mut free = name.clone();
        let mut number = 2;
        while is_taken(&free) || !self.0.insert(free.clone()) {
            free = format!("{name}-{number}");
            number += 1;
        }
        free
    }
}

/// Returns whether the language reads a name as a word of its own: `service in in main`.
fn is_taken(name: &str) -> bool {
    is_reserved(name) || matches!(name, "as" | "in" | "not")
}

/// Returns the nearest valid name: lower-case letters, digits and `-`, a letter first, at most 40 characters.
fn valid(text: &str) -> Option<String> {
    let mut name = String::new();
    for it in text.to_lowercase().chars() {
        if it.is_ascii_lowercase() || it.is_ascii_digit() && !name.is_empty() {
            name.push(it);
        } else if !name.is_empty() && !name.ends_with('-') && !it.is_ascii_digit() {
            name.push('-');
        }
    }
    let name: String = name.chars().take(40).collect();
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_unique() {
        let mut names = Names::without(&["release"]);
        for (text, name) in [
            ("minio", "minio"),
            ("minio", "minio-2"),
            ("minio", "minio-3"),
            ("release", "release-2"),
            ("9-Bad.Name_x", "bad-name-x"),
            ("???", "part"),
            ("any", "any-2"),
            ("in", "in-2"),
            ("a--b-", "a-b"),
        ] {
            assert_eq!(names.free(text, "part"), name, "{text}");
        }
    }
}
