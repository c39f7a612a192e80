//! The reader's terminal, and texts and paths as they are shown on it.

use crate::source::File;

/// Capabilities of the reader's terminal, and the reader's working folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen<'a> {
    /// Whether it shows colors.
    pub color: bool,
    /// Number of characters in a line.
    pub width: usize,
    /// Path of the project's folder from the reader's working folder; empty if they are the same. People read paths
    /// relative to the project; programs need paths that they can open.
    pub root: &'a str,
}

impl Screen<'_> {
    /// A terminal that is the same everywhere: no color, 100 characters.
    pub const PLAIN: Self = Self { color: false, width: 100, root: "" };
}

/// Returns the path of a file from the reader's working folder.
pub(super) fn from_root(root: &str, file: &File) -> String {
    if file.is_stdlib() || file.is_beside { file.path.clone() } else { below(root, &file.path) }
}

/// Returns a path in the project from the reader's working folder.
pub(super) fn below(root: &str, path: &str) -> String {
    let root = root.trim_end_matches('/');
    let root = root.strip_prefix("./").unwrap_or(root);
    if root.is_empty() || root == "." { path.to_owned() } else { format!("{root}/{path}") }
}

/// Makes user text safe for a terminal: characters that would move the cursor, change the color or reorder the line
/// become U+FFFD.
pub(super) fn visible(text: &str) -> String {
    let moves = |it: char| it.is_control() && it != '\n';
    // https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    let reorders = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|it| moves(it) || reorders(it), "\u{fffd}")
}
