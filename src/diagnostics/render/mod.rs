//! Formats of diagnostics: typed diagnostics and the texts they point into go in, text comes out. The only user of the
//! snippet library.

mod github;
mod human;
mod json;
mod krm;
mod sarif;
mod screen;
mod short;

#[cfg(test)]
mod tests;
mod words;

pub use github::{Remark, remark};
pub use krm::result;
pub use screen::Screen;

use super::Diagnostic;
use crate::source::Files;
use screen::{below, from_root, visible};
use words::{applicability, severity, whole_message};

/// The format of diagnostics.
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
    /// Returns whether all diagnostics are one document, which is written even if there are none.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Sarif)
    }
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
