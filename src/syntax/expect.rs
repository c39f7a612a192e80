//! Comments that expect a warning: `# expect W0612: reason`, above the line of the warning, or at its end.

use super::report;
use super::split::{end_of_line, end_of_string};
use crate::diagnostics::{Code, Diagnostics, Expectation, Severity};
use crate::source::{FileId, Span};

/// Finds the expectations of a text. Errors in an expectation are reported here.
pub(super) fn find(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Vec<Expectation> {
    let mut found = Vec::new();
    if !text.contains("expect") {
        return found;
    }
    // Index of the first expectation that waits for the next line of source.
    let mut open = 0;
    let (mut start, mut number) = (0, 1);
    while start < text.len() {
        let end = end_of_line(text.as_bytes(), start);
        let line = Line::of(text, start, end);
        if line.has_source {
            for it in found.iter_mut().skip(open) {
                let it: &mut Expectation = it;
                it.line = Some(number);
            }
        }
        let own = line.has_source.then_some(number);
        let comment = Comment { file, text, line: &line };
        comment.expectations(own, &mut found, diagnostics);
        if line.has_source {
            open = found.len();
        }
        (start, number) = (end + 1, number + 1);
    }
    found
}

/// Offsets in a line.
struct Line {
    start: usize,
    /// One past its last character, without the line break.
    end: usize,
    /// Start of its comment.
    comment: usize,
    /// Whether it contains source text.
    has_source: bool,
}

impl Line {
    fn of(text: &str, start: usize, end: usize) -> Self {
        let bytes = text.as_bytes();
        let mut comment = start;
        while comment < end && bytes[comment] != b'#' {
            let is_string = bytes[comment] == b'"';
            comment = if is_string { end_of_string(bytes, comment).0 } else { comment + 1 };
        }
        let blank = |it: char| it.is_whitespace() || it == '\u{feff}';
        let has_source = !text.get(start..comment).unwrap_or("").chars().all(blank);
        Self { start, end, comment, has_source }
    }
}

/// A comment that may contain an expectation.
struct Comment<'a> {
    file: FileId,
    text: &'a str,
    line: &'a Line,
}

impl Comment<'_> {
    fn expectations(
        &self,
        own: Option<u32>,
        found: &mut Vec<Expectation>,
        diagnostics: &mut Diagnostics,
    ) {
        let Some((words, at)) = self.words() else { return };
        let (codes, reason) = words.split_once(':').unwrap_or((words, ""));
        if reason.trim().is_empty() {
            let end = at + words.trim_end().trim_end_matches(':').len();
            return diagnostics.push(report::expectation_without_reason(self.place(at, end)));
        }
        let several = codes.contains(',');
        let mut next = at;
        for part in codes.split_inclusive(',') {
            let written = part.trim_end_matches(',').trim();
            let start = next + (part.len() - part.trim_start().len());
            let place = self.place(start, start + written.len());
            let code = Code::ALL.iter().copied().find(|it| it.as_str() == written);
            match code {
                None => diagnostics.push(report::unknown_code(written, place)),
                Some(code) if code.severity() == Severity::Error || code.is_beside_result() => {
                    diagnostics.push(report::not_expectable(code, place));
                }
                Some(code) => {
                    let rest = if several { self.part(next, part) } else { self.whole() };
                    found.push(Expectation { code, span: place, line: own, rest });
                }
            }
            next += part.len();
        }
    }

    /// Returns the text behind `expect`, and its offset. Prose that begins with this word contains no code.
    fn words(&self) -> Option<(&str, usize)> {
        let comment = self.text.get(self.line.comment..self.line.end)?;
        let words = comment.strip_prefix('#')?.trim_start().strip_prefix("expect")?;
        let rest = words.trim_start();
        let code = rest.split(|it: char| !it.is_ascii_alphanumeric()).next()?;
        let mut letters = code.chars();
        let is_code = letters.next().is_some_and(|it| it.is_ascii_alphabetic())
            && letters.as_str().len() >= 2
            && letters.all(|it| it.is_ascii_digit());
        (is_code && rest.len() < words.len()).then_some((rest, self.line.end - rest.len()))
    }

    /// Returns the place of the comment with its line, or with the blanks before it.
    fn whole(&self) -> Span {
        let Line { start, end, comment, has_source } = *self.line;
        let before = self.text.get(start..comment).unwrap_or("");
        if has_source {
            let comment = self.text.get(comment..end).unwrap_or("").trim_end();
            let from = start + before.trim_end().len();
            return self.place(from, self.line.comment + comment.len());
        }
        let from = start + (before.len() - before.trim_start_matches('\u{feff}').len());
        self.place(from, (end + 1).min(self.text.len()))
    }

    /// Returns the place of one of several codes, with the comma that separates it from a neighbor.
    fn part(&self, at: usize, part: &str) -> Span {
        let is_last = !part.ends_with(',');
        let blanks = part.len() - part.trim_start().len();
        if is_last {
            return self.place(at - 1, at + part.trim_end().len());
        }
        let after = self.text.get(at + part.len()..self.line.end).unwrap_or("");
        let gap = after.len() - after.trim_start().len();
        self.place(at + blanks, at + part.len() + gap)
    }

    fn place(&self, start: usize, end: usize) -> Span {
        let offset = |it: usize| u32::try_from(it).expect("INVARIANT: files are under 4 GiB");
        Span { file: self.file, start: offset(start), end: offset(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Files;

    /// Returns each expectation of a text: its code, its line, and the text without it.
    fn found(text: &str) -> Vec<(String, Option<u32>, String)> {
        let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
        let (file, _) = files.iter().next().expect("a file");
        let mut diagnostics = Diagnostics::default();
        let found = find(file, text, &mut diagnostics);
        assert_eq!(diagnostics.count(Severity::Error), 0, "{:?}", diagnostics.sorted());
        let without = |rest: Span| {
            let (before, after) = (text.get(..rest.start as usize), text.get(rest.end as usize..));
            before.unwrap_or("?").to_owned() + after.unwrap_or("?")
        };
        let row = |it: &Expectation| (it.code.to_string(), it.line, without(it.rest));
        found.iter().map(row).collect()
    }

    fn row(code: &str, line: u32, rest: &str) -> (String, Option<u32>, String) {
        (code.to_owned(), Some(line), rest.to_owned())
    }

    #[test]
    fn it_points_at_the_next_line_of_source_or_at_its_own() {
        let text = "\u{feff}# expect W0612: why\r\n## doc\r\n\r\nx\r\ny # expect W0501: why\r\n";
        let rows = [
            row("W0612", 4, "\u{feff}## doc\r\n\r\nx\r\ny # expect W0501: why\r\n"),
            row("W0501", 5, "\u{feff}# expect W0612: why\r\n## doc\r\n\r\nx\r\ny\r\n"),
        ];
        assert_eq!(found(text), rows);
    }

    #[test]
    fn several_codes_stand_in_one() {
        let rows = [
            row("W0612", 2, "#expect W0501, N0401: why\nx"),
            row("W0501", 2, "#expect W0612, N0401: why\nx"),
            row("N0401", 2, "#expect W0612, W0501: why\nx"),
        ];
        assert_eq!(found("#expect W0612, W0501, N0401: why\nx"), rows);
    }

    #[test]
    fn prose_and_strings_are_no_expectations() {
        assert_eq!(found("# expect 3 nodes: they come in May\nx\n"), []);
        assert_eq!(found("# expect WAN traffic: no\n## expect W0612: a doc\nx\n"), []);
        assert_eq!(found("x = \"# expect W0612: why\"\n"), []);
        assert_eq!(found("# expected W0612: why\nx\n"), []);
    }
}
