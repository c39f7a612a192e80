//! How diagnostics look: typed diagnostics and the texts they point into go in, text comes out. The
//! only user of the snippet library.

mod github;
mod human;
mod json;
mod krm;
mod sarif;
mod short;

#[cfg(test)]
mod tests;

pub use github::{Remark, remark};
pub use krm::result;

use super::{Applicability, Diagnostic, Fix, Severity};
use crate::source::{File, Files};

/// For whom diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: the source lines, underlined and labelled.
    #[default]
    Human,
    /// One line each, for editors and grep: `path:line:column: error[E0201]: message`.
    Short,
    /// One JSON document (`docs/diagnostics-json.md`).
    Json,
    /// One SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands, which GitHub Actions shows beside the lines.
    Github,
}

impl Format {
    /// Whether all diagnostics are one document, which is there also when nothing is said.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Sarif)
    }
}

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

/// Writes diagnostics, in the order given. Ends with a newline unless there is nothing to write.
pub fn render(
    files: &Files,
    diagnostics: &[Diagnostic],
    format: Format,
    screen: Screen<'_>,
) -> String {
    match format {
        Format::Human => {
            let reports = diagnostics.iter().map(|it| human::render(files, it, screen) + "\n");
            reports.collect::<Vec<_>>().join("\n")
        }
        Format::Short => diagnostics.iter().map(|it| short::render(files, it) + "\n").collect(),
        Format::Json => json::render(files, diagnostics, screen.root),
        Format::Sarif => sarif::render(files, diagnostics, screen.root),
        Format::Github => {
            diagnostics.iter().map(|it| github::render(files, it, screen.root) + "\n").collect()
        }
    }
}

/// The word for how bad it is.
fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The word for how sure an edit is.
fn applicability(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::NeedsALook => "needs-a-look",
    }
}

/// The message with what stands below the source lines: a reader of one text sees it all.
fn whole_message(diagnostic: &Diagnostic) -> String {
    let notes = diagnostic.notes.iter().map(|it| format!("\nnote: {it}"));
    let helps = diagnostic.helps.iter().map(|it| format!("\nhelp: {it}"));
    let fix = diagnostic.fix.iter().filter(|it| !diagnostic.helps.contains(&it.title));
    let fix = fix.map(|it| format!("\nhelp: {}", it.title));
    let lines: String = notes.chain(helps).chain(fix).collect();
    format!("{}{lines}", diagnostic.message)
}

/// A file's path from where the reader stands.
fn from_root(root: &str, file: &File) -> String {
    if file.is_stdlib() || file.is_beside { file.path.clone() } else { below(root, &file.path) }
}

/// A path in the project from where the reader stands.
fn below(root: &str, path: &str) -> String {
    let root = root.trim_end_matches('/');
    let root = root.strip_prefix("./").unwrap_or(root);
    if root.is_empty() || root == "." { path.to_owned() } else { format!("{root}/{path}") }
}

/// User text on a terminal: characters that would move the cursor, color or reorder the line stand
/// as U+FFFD.
fn visible(text: &str) -> String {
    let moves = |it: char| it.is_control() && it != '\n';
    // https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    let reorders = |it: char| matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|it| moves(it) || reorders(it), "\u{fffd}")
}
