//! One diagnostic for people, in the style of rustc.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Patch, Renderer, Snippet,
};

use super::{Screen, visible};
use crate::diagnostics::{Diagnostic, Fix, Severity};
use crate::source::{FileId, Files, Span};

/// Returns the report, without a newline at its end.
pub(super) fn render(files: &Files, diagnostic: &Diagnostic, screen: Screen<'_>) -> String {
    let title = level(diagnostic.severity())
        .primary_title(visible(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title).elements(snippets(files, diagnostic));
    let notes = diagnostic.notes.iter().map(|it| Level::NOTE.message(visible(it)));
    let asked = diagnostic.fix.as_ref().and_then(|it| asked(it, &diagnostic.helps));
    let helps = diagnostic.helps.iter().filter(|it| Some(it.as_str()) != asked);
    let helps = helps.map(|it| Level::HELP.message(visible(it)));
    group = group.elements(notes).elements(helps);
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let title = Level::HELP.secondary_title(visible(asked.unwrap_or(&fix.title)));
        Group::with_title(title).elements(patches(files, &fix.edits))
    });
    let report: Vec<Group<'_>> = [Some(group), fix].into_iter().flatten().collect();
    let renderer = if screen.color { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.term_width(screen.width).render(&report);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Returns the help that describes the same edit as a fix: the fix is shown below this help, instead of a second time.
fn asked<'a>(fix: &Fix, helps: &'a [String]) -> Option<&'a str> {
    let [(_, text)] = fix.edits.as_slice() else { return None };
    let question = format!("did you mean `{text}`?");
    helps.iter().map(String::as_str).find(|it| *it == question || *it == fix.title)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// A place, the style of its underline, and its label.
type Mark<'a> = (Span, AnnotationKind, &'a String);

/// Greatest distance of two places in one snippet, in bytes: the library reads all text between them. Places that are
/// farther apart are shown separately.
const FAR: u32 = 1 << 18;

/// Returns a snippet for each file involved, the primary place's file first.
fn snippets<'a>(files: &'a Files, diagnostic: &'a Diagnostic) -> Vec<Element<'a>> {
    let primary = diagnostic.span.map(|span| (span, AnnotationKind::Primary, &diagnostic.label));
    let others = diagnostic.labels.iter().map(|it| (it.span, AnnotationKind::Context, &it.text));
    let marks: Vec<Mark<'a>> = primary.into_iter().chain(others).collect();
    let mut order: Vec<FileId> = Vec::new();
    for (span, ..) in &marks {
        if !order.contains(&span.file) {
            order.push(span.file);
        }
    }
    let snippet = |(file, here): (FileId, Vec<&Mark<'a>>)| {
        let window = Window::around(files, file, here.iter().map(|(span, ..)| *span));
        let annotations = here.into_iter().map(|(span, kind, text)| {
            let label = (!text.is_empty()).then(|| visible(text));
            kind.span(window.first_line(*span)).label(label)
        });
        let snippet = window.snippet::<Annotation<'_>>().annotations(annotations);
        Element::Cause(snippet)
    };
    let parts = order.into_iter().flat_map(|file| {
        let here: Vec<&Mark<'a>> = marks.iter().filter(|(span, ..)| span.file == file).collect();
        let first = here.iter().map(|(span, ..)| span.start).min().unwrap_or(0);
        let last = here.iter().map(|(span, ..)| span.end).max().unwrap_or(0);
        if last - first > FAR {
            here.into_iter().map(|it| (file, vec![it])).collect()
        } else {
            vec![(file, here)]
        }
    });
    parts.map(snippet).collect()
}

/// Returns the edits, with a snippet for each file.
fn patches<'a>(files: &'a Files, edits: &'a [(Span, String)]) -> Vec<Element<'a>> {
    let mut order: Vec<FileId> = edits.iter().map(|(span, _)| span.file).collect();
    order.sort();
    order.dedup();
    let snippet = |file: FileId| {
        let here: Vec<_> = edits.iter().filter(|(span, _)| span.file == file).collect();
        let window = Window::around(files, file, here.iter().map(|(span, _)| *span));
        let patches = here.into_iter().map(|(span, text)| Patch::new(window.range(*span), text));
        Element::Suggestion(window.snippet::<Patch<'_>>().patches(patches))
    };
    order.into_iter().map(snippet).collect()
}

/// The relevant lines of a file: the library reads the whole text that it receives, for every diagnostic.
struct Window<'a> {
    path: &'a str,
    /// The text of the lines. The library would show a carriage return as a symbol; it is replaced by a space.
    text: Cow<'a, str>,
    /// Byte offset of `text` in the file.
    start: usize,
    /// Number of its first line.
    line: usize,
}

impl<'a> Window<'a> {
    fn around(files: &'a Files, file: FileId, spans: impl Iterator<Item = Span> + Clone) -> Self {
        let first = spans.clone().map(|it| it.start).min().unwrap_or(0);
        let last = spans.map(|it| it.end).max().unwrap_or(0);
        let file = files.file(file);
        let clamp = |at: u32| (at as usize).min(file.text.len());
        let before = file.text.get(..clamp(first)).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let rest = file.text.get(clamp(last)..).unwrap_or("");
        let end = clamp(last) + rest.find('\n').unwrap_or(rest.len());
        let text = file.text.get(start..end).unwrap_or("");
        let text =
            if text.contains('\r') { text.replace('\r', " ").into() } else { Cow::Borrowed(text) };
        Self { path: &file.path, text, start, line: file.line_column(first).line as usize }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(self.text.clone()).path(self.path).line_start(self.line)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let within = |at: u32| (at as usize).saturating_sub(self.start).min(self.text.len());
        within(span.start)..within(span.end)
    }

    /// Returns the part of a place on its first line, which is enough to recognize a long declaration.
    fn first_line(&self, span: Span) -> Range<usize> {
        let range = self.range(span);
        let text = self.text.get(range.clone()).unwrap_or("");
        let first = text.lines().next().unwrap_or("").trim_end();
        range.start..range.start + first.len()
    }
}
