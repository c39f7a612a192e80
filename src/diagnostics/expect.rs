//! Expected warnings: comments such as `# expect W0612: the reason` suppress a warning at their place.

use super::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Files, Span};

/// One code that a comment expects.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The expected code: a warning or a note.
    pub code: Code,
    /// Place of the code in the comment.
    pub span: Span,
    /// The line at which the code is expected; `None` if no source is below the comment.
    pub line: Option<u32>,
    /// The text to delete if the code is not reported there.
    pub rest: Span,
}

impl Expectation {
    fn meets(&self, code: Code, (file, line): (FileId, u32)) -> bool {
        self.code == code && self.span.file == file && self.line == Some(line)
    }

    /// Returns the diagnostic about an expectation that is not met. If its code is reported at another line, that line
    /// is shown.
    fn unmet(&self, elsewhere: Option<Span>) -> Diagnostic {
        let code = self.code;
        let message = match self.line {
            Some(line) => format!("line {line} has no `{code}`"),
            None => format!("this expectation of `{code}` has no line below it"),
        };
        let diagnostic = Diagnostic::new(Code::W0118, self.span, message)
            .note(format!("`{code}` is: {}", code.row().title));
        match elsewhere {
            Some(span) => diagnostic.label(span, format!("`{code}` is reported here")).help(
                "write an expectation directly above the line of the warning, or at the end of that line",
            ),
            None => diagnostic.fix("remove it", vec![(self.rest, String::new())]).safe(),
        }
    }
}

impl Diagnostics {
    /// Suppresses the expected diagnostics. If all checks ran, reports the expectations that are not met.
    pub fn meet(&mut self, files: &Files, expectations: &[Expectation], is_whole: bool) {
        if expectations.is_empty() {
            return;
        }
        let mut met = vec![false; expectations.len()];
        let line = |it: &Diagnostic| {
            let span = it.place(files)?;
            Some((span.file, files.file(span.file).line_column(span.start).line))
        };
        self.retain(|diagnostics| {
            let Some(place) = line(diagnostics) else { return true };
            let mut is_expected = false;
            for (expectation, met) in expectations.iter().zip(&mut met) {
                if expectation.meets(diagnostics.code, place) {
                    (*met, is_expected) = (true, true);
                }
            }
            !is_expected
        });
        if !is_whole || self.has_errors() {
            return;
        }
        let unmet = expectations.iter().zip(met).filter(|(_, met)| !met);
        for (unmet, _) in unmet.filter(|(it, _)| !it.code.needs_snapshot()) {
            let same = |it: &&Diagnostic| it.code == unmet.code;
            let places = self.kept.iter().filter(same).filter_map(|it| it.place(files));
            let elsewhere = places.filter(|it| it.file == unmet.span.file).min();
            self.push(unmet.unmet(elsewhere));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a file of lines `x`, with a warning at the first letter of each of the given lines.
    fn diagnostics(warned: &[u32]) -> (Files, Diagnostics, FileId) {
        let files = Files::new([("a.mlnet".to_owned(), "x\n".repeat(9))]);
        let (file, _) = files.iter().next().expect("a file");
        let mut diagnostics = Diagnostics::default();
        for line in warned {
            let start = (line - 1) * 2;
            let span = Span { file, start, end: start + 1 };
            diagnostics.push(Diagnostic::new(Code::W0612, span, "hidden"));
        }
        (files, diagnostics, file)
    }

    fn expected(file: FileId, line: u32) -> Expectation {
        let span = Span { file, start: 0, end: 1 };
        Expectation { code: Code::W0612, span, line: Some(line), rest: span }
    }

    fn codes(diagnostics: Diagnostics) -> Vec<Code> {
        diagnostics.sorted().iter().map(|it| it.code).collect()
    }

    #[test]
    fn what_is_expected_is_not_said() {
        let (files, mut diagnostics, file) = diagnostics(&[2, 3]);
        diagnostics.meet(&files, &[expected(file, 2)], true);
        assert_eq!(codes(diagnostics), [Code::W0612]);
    }

    #[test]
    fn what_is_not_met_is_said_with_the_place_that_was_meant() {
        let (files, mut diagnostics, file) = diagnostics(&[3]);
        diagnostics.meet(&files, &[expected(file, 2)], true);
        let unmet =
            diagnostics.sorted().into_iter().find(|it| it.code == Code::W0118).expect("unmet");
        assert_eq!(unmet.labels.first().map(|it| it.span.start), Some(4));
        assert!(unmet.fix.is_none(), "to move it is better than to remove it");
    }

    #[test]
    fn nothing_is_missed_where_not_everything_was_looked_at() {
        let (files, mut partial, file) = diagnostics(&[]);
        partial.meet(&files, &[expected(file, 2)], false);
        assert_eq!(codes(partial), []);
        let (files, mut broken, file) = diagnostics(&[]);
        broken.push(Diagnostic::nowhere(Code::E0212, "no cluster"));
        broken.meet(&files, &[expected(file, 2)], true);
        assert_eq!(codes(broken), [Code::E0212]);
    }
}
