//! The reader's screen, and texts and paths as they stand on it.

use crate::source::File;

/// What the reader's screen can do, and where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen<'a> {
    /// Whether it shows colors.
    pub color: bool,
    /// How many characters fit into a line.
    pub width: usize,
    /// The project's folder as the reader calls it; empty where the reader stands in it. People
    /// read paths in the project, programs need to find the files.
    pub root: &'a str,
}

impl Screen<'_> {
    /// A screen that is the same everywhere: no color, 100 characters.
    pub const PLAIN: Self = Self { color: false, width: 100, root: "" };
}

/// A file's path from where the reader stands.
pub(super) fn from_root(root: &str, file: &File) -> String {
    if file.is_stdlib() || file.is_beside { file.path.clone() } else { below(root, &file.path) }
}

/// A path in the project from where the reader stands.
pub(super) fn below(root: &str, path: &str) -> String {
    let root = root.trim_end_matches('/');
    let root = root.strip_prefix("./").unwrap_or(root);
    if root.is_empty() || root == "." { path.to_owned() } else { format!("{root}/{path}") }
}

/// User text on a terminal: characters that would move the cursor, color or reorder the line stand
/// as U+FFFD.
pub(super) fn visible(text: &str) -> String {
    let moves = |it: char| it.is_control() && it != '\n';
    // https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    let reorders = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|it| moves(it) || reorders(it), "\u{fffd}")
}
