//! How diagnostics look: typed diagnostics and the texts they point into go in, text comes out. The
//! only user of the snippet library.

mod human;
mod short;

#[cfg(test)]
mod tests;

use super::Diagnostic;
use crate::source::Files;

/// For whom diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: the source lines, underlined and labelled.
    #[default]
    Human,
    /// One line each, for editors and grep: `path:line:column: error[E0201]: message`.
    Short,
}

/// What the reader's screen can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Whether it shows colors.
    pub color: bool,
    /// How many characters fit into a line.
    pub width: usize,
}

impl Screen {
    /// A screen that is the same everywhere: no color, 100 characters.
    pub const PLAIN: Self = Self { color: false, width: 100 };
}

/// Writes diagnostics, in the order given. Ends with a newline unless there are none.
pub fn render(files: &Files, said: &[Diagnostic], format: Format, screen: Screen) -> String {
    match format {
        Format::Human => {
            let reports = said.iter().map(|it| human::render(files, it, screen) + "\n");
            reports.collect::<Vec<_>>().join("\n")
        }
        Format::Short => said.iter().map(|it| short::render(files, it) + "\n").collect(),
    }
}

/// User text on a terminal: characters that would move the cursor, color or reorder the line stand
/// as U+FFFD.
fn visible(text: &str) -> String {
    let moves = |it: char| it.is_control() && it != '\n';
    // https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    let reorders = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|it| moves(it) || reorders(it), "\u{fffd}")
}
