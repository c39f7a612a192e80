//! Applies the safe fixes, and keeps a fix only if the compiler then reports neither the fixed diagnostic nor a new one
//! caused by the fix.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Applicability, Code, Diagnostic, Fix, Severity};
use crate::source::{Files, Span};

/// Greatest number of rounds of fixes, each of which may enable the next.
const ROUNDS: usize = 1000;

/// (path, text) of each source, in the order of their paths.
pub type Texts = Vec<(String, String)>;

/// A source with its diagnostics.
pub struct Judged {
    /// Every text, those of the project first.
    pub files: Files,
    /// The diagnostics, in order.
    pub diagnostics: Vec<Diagnostic>,
}

/// A diagnostic that was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The path of the file.
    pub path: String,
    /// The line when the edit was made.
    pub line: u32,
    /// The code of the diagnostic.
    pub code: Code,
    /// The message of the diagnostic.
    pub message: String,
}

/// A source after its fixes.
pub struct Repaired {
    /// Its texts.
    pub texts: Texts,
    /// The fixed diagnostics, in the order of their places.
    pub repairs: Vec<Repair>,
    /// The diagnostics that remain; none of their fixes is safe here.
    pub judged: Judged,
}

/// Fixes a source as far as that is safe. `judge` compiles texts; it is called several times.
pub fn repair<E>(
    texts: Texts,
    mut judge: impl FnMut(&Texts) -> Result<Judged, E>,
) -> Result<Repaired, E> {
    let judged = judge(&texts)?;
    let mut now = Repaired { texts, repairs: Vec::new(), judged };
    for _ in 0..ROUNDS {
        let edits = Edits::of(&now.judged);
        if !now.make(edits, &mut judge)? {
            break;
        }
    }
    for fix in now.judged.diagnostics.iter_mut().filter_map(|it| it.fix.as_mut()) {
        // A fix that remains was tried and rejected.
        fix.applicability = Applicability::NeedsALook;
    }
    now.repairs.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    Ok(now)
}

/// Fixes of the project's files, each with its diagnostic, in the order of their places; they do not overlap.
struct Edits(Vec<(Diagnostic, Fix)>);

impl Repaired {
    /// Applies the fixes; if they cannot all be applied, those that can. Returns whether any was applied.
    fn make<E>(
        &mut self,
        mut edits: Edits,
        judge: &mut impl FnMut(&Texts) -> Result<Judged, E>,
    ) -> Result<bool, E> {
        if edits.0.is_empty() || self.accept(&edits, judge)? {
            return Ok(!edits.0.is_empty());
        }
        if edits.0.len() == 1 {
            return Ok(false);
        }
        // The second half is first, so that the places of the first half stay valid.
        let back = Edits(edits.0.split_off(edits.0.len() / 2));
        let in_back = self.make(back, judge)?;
        Ok(self.make(edits, judge)? || in_back)
    }

    /// Applies the fixes, unless they cause new diagnostics. Returns whether they were applied.
    fn accept<E>(
        &mut self,
        edits: &Edits,
        judge: &mut impl FnMut(&Texts) -> Result<Judged, E>,
    ) -> Result<bool, E> {
        let Some(texts) = edits.apply(&self.judged.files, &self.texts) else { return Ok(false) };
        let judged = judge(&texts)?;
        if !edits.repair(&self.judged, &judged) {
            return Ok(false);
        }
        let files = &self.judged.files;
        self.repairs
            .extend(edits.0.iter().map(|(diagnostic, fix)| repair_of(files, diagnostic, fix)));
        (self.texts, self.judged) = (texts, judged);
        Ok(true)
    }
}

fn repair_of(files: &Files, diagnostic: &Diagnostic, fix: &Fix) -> Repair {
    let place = diagnostic.span.or_else(|| fix.edits.first().map(|it| it.0));
    let place = place.expect("INVARIANT: an edit has a place");
    let file = files.file(place.file);
    Repair {
        path: file.path.clone(),
        line: file.line_column(place.start).line,
        code: diagnostic.code,
        message: diagnostic.message.clone(),
    }
}

impl Edits {
    /// Collects the safe fixes of the diagnostics; of overlapping ones, the first.
    fn of(judged: &Judged) -> Self {
        let mut taken: Vec<Span> = Vec::new();
        let mut edits = Vec::new();
        for diagnostic in &judged.diagnostics {
            let Some(fix) = diagnostic.safe_edit() else { continue };
            let Some(whole) = whole(fix) else { continue };
            let apart = |other: &Span| {
                other.file != whole.file || other.end < whole.start || whole.end < other.start
            };
            if taken.iter().all(apart) && !judged.files.file(whole.file).is_stdlib() {
                taken.push(whole);
                edits.push((whole, (diagnostic.clone(), fix.clone())));
            }
        }
        edits.sort_by_key(|(whole, _)| *whole);
        Self(edits.into_iter().map(|(_, edit)| edit).collect())
    }

    /// Returns each replacement in a file, in the order of their places.
    fn of_file(&self, files: &Files, path: &str) -> Vec<(Span, &str)> {
        let edits = self.0.iter().flat_map(|(_, fix)| &fix.edits);
        let here = edits.filter(|(span, _)| files.file(span.file).path == path);
        let mut here: Vec<_> = here.map(|(span, text)| (*span, text.as_str())).collect();
        here.sort_unstable();
        here
    }

    /// Returns the texts after the edits; `None` if an edit is in no source.
    fn apply(&self, files: &Files, texts: &Texts) -> Option<Texts> {
        let mut texts: BTreeMap<&str, String> =
            texts.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let paths = self.0.iter().flat_map(|(_, fix)| &fix.edits);
        let paths: BTreeSet<&str> =
            paths.map(|(span, _)| files.file(span.file).path.as_str()).collect();
        for path in paths {
            let text = texts.get_mut(path)?;
            for (span, new) in self.of_file(files, path).into_iter().rev() {
                let range = span.start as usize..span.end as usize;
                text.get(range.clone())?;
                text.replace_range(range, new);
            }
        }
        Some(texts.into_iter().map(|(path, text)| (path.to_owned(), text)).collect())
    }

    /// Returns whether the fixes remove their diagnostics and cause no new ones.
    fn repair(&self, before: &Judged, after: &Judged) -> bool {
        let (files, moves) = (&before.files, self.moves(&before.files));
        let moved = |it: &Diagnostic| {
            let place = it.span.map(|it| moved(&moves, &files.file(it.file).path, it.start));
            (it.code, place)
        };
        let mut known: BTreeSet<DiagnosticKey> = before.diagnostics.iter().map(moved).collect();
        for (diagnostic, _) in &self.0 {
            known.remove(&moved(diagnostic));
        }
        let is_new = |it: &&Diagnostic| {
            let start = |it: Span| (after.files.file(it.file).path.clone(), it.start);
            !known.contains(&(it.code, it.span.map(start)))
        };
        // An error hides the diagnostics of later passes and of the text behind it. A diagnostic that appears after the
        // error is fixed is not caused by the fix, unless it is an error at the edited text.
        let hidden = before.diagnostics.iter().any(is_error);
        let is_caused = |it: &Diagnostic| {
            let places = it.span.into_iter().chain(it.labels.iter().map(|it| it.span));
            let starts = places.map(|it| (&after.files.file(it.file).path, it.start));
            !hidden
                || is_error(it) && starts.into_iter().any(|(path, at)| is_edited(&moves, path, at))
        };
        let syntax = |it: &Judged| it.diagnostics.iter().filter(|it| is_syntax(it.code)).count();
        syntax(after) <= syntax(before) && !after.diagnostics.iter().filter(is_new).any(is_caused)
    }

    /// Returns the replacements with the length of their new texts.
    fn moves<'a>(&self, files: &'a Files) -> Vec<Move<'a>> {
        let edits = self.0.iter().flat_map(|(_, fix)| &fix.edits);
        let moves = edits.map(|(span, text)| Move {
            path: &files.file(span.file).path,
            start: span.start,
            end: span.end,
            length: u32::try_from(text.len()).expect("INVARIANT: edits are short"),
        });
        let mut moves: Vec<Move<'_>> = moves.collect();
        moves.sort_unstable();
        moves
    }
}

/// Returns the place from the first to the last replacement; `None` if they are in several files.
fn whole(fix: &Fix) -> Option<Span> {
    let mut spans = fix.edits.iter().map(|(span, _)| *span);
    let first = spans.next()?;
    spans.try_fold(first, |whole, it| (it.file == whole.file).then(|| whole.to(it)))
}

/// Identity of a diagnostic: its code, and its path and line.
type DiagnosticKey = (Code, Option<(String, u32)>);

/// One replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Move<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    length: u32,
}

/// Returns the position of an offset after the replacements.
fn moved(moves: &[Move<'_>], path: &str, offset: u32) -> (String, u32) {
    let before = moves.iter().filter(|it| it.path == path && it.end <= offset && it.start < offset);
    let at = before.fold(offset, |at, it| at + it.length - (it.end - it.start));
    (path.to_owned(), at)
}

/// Returns whether an offset of the new text is in a replacement.
fn is_edited(moves: &[Move<'_>], path: &str, offset: u32) -> bool {
    moves.iter().filter(|it| it.path == path).any(|it| {
        let (_, start) = moved(moves, path, it.start);
        start <= offset && offset < start + it.length.max(1)
    })
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity() == Severity::Error
}

/// Returns whether a code is a syntax error.
fn is_syntax(code: Code) -> bool {
    code.as_str().starts_with("E01")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Judges a source of lines. `bad` is an error with the fix `good`; `odd` is a warning with the fix `even`; `worse`
    /// is a warning with the fix `worst`, which is an error; two lines `good` are an error that shows both; while there
    /// is a `bad`, no other diagnostic is reported.
    fn judge(texts: &Texts) -> Judged {
        let files = Files::new(texts.clone());
        let mut diagnostics = Vec::new();
        for (file, it) in files.iter() {
            let mut start = 0;
            let mut first_good = None;
            for line in it.text.split_inclusive('\n') {
                let word = line.trim_end();
                let end = start + u32::try_from(word.len()).expect("small");
                let span = Span { file, start, end };
                let found = match word {
                    "bad" => Some((Code::E0203, Some("good"))),
                    "odd" => Some((Code::W0206, Some("even"))),
                    "worse" => Some((Code::W0206, Some("worst"))),
                    "worst" => Some((Code::E0226, None)),
                    "good" if first_good.is_some() => Some((Code::E0202, None)),
                    _ => None,
                };
                if let Some((code, meant)) = found {
                    let first = first_good.filter(|_| word == "good");
                    let it = Diagnostic::new(code, span, word).label_if(first, "the first");
                    diagnostics.push(match meant {
                        Some(meant) => it.did_you_mean(span, meant).safe(),
                        None => it,
                    });
                }
                first_good = first_good.or((word == "good").then_some(span));
                start += u32::try_from(line.len()).expect("small");
            }
        }
        if diagnostics.iter().any(|it| it.code == Code::E0203) {
            diagnostics.retain(|it| it.code == Code::E0203);
        }
        diagnostics.sort();
        Judged { files, diagnostics }
    }

    fn repaired(text: &str) -> (String, usize) {
        let texts = vec![("a.mlnet".to_owned(), text.to_owned())];
        let Ok(repaired) = repair(texts, |it| Ok::<_, Infallible>(judge(it)));
        (repaired.texts[0].1.clone(), repaired.repairs.len())
    }

    #[test]
    fn what_shows_behind_an_error_is_repaired_too() {
        assert_eq!(repaired("x\nodd\nbad\n"), ("x\neven\ngood\n".to_owned(), 2));
    }

    #[test]
    fn an_edit_that_brings_an_error_about_is_not_made_and_stops_no_other() {
        let (text, count) = repaired("odd\nworse\nodd\nx\nodd\n");
        assert_eq!((text.as_str(), count), ("even\nworse\neven\nx\neven\n", 3));
        assert_eq!(repaired("bad\nbad\n"), ("bad\ngood\n".to_owned(), 1), "two are too many");
    }

    #[test]
    fn what_was_hidden_elsewhere_is_not_held_against_an_edit() {
        assert_eq!(repaired("bad\nworst\n"), ("good\nworst\n".to_owned(), 1));
    }

    #[test]
    fn edits_in_each_others_way_are_made_one_after_the_other() {
        let crowded = |texts: &Texts| {
            let mut judged = judge(texts);
            for it in &mut judged.diagnostics {
                let fix = it.fix.as_mut().expect("an edit");
                let end = fix.edits[0].0.end;
                let behind = Span { start: end + 1, end: end + 1, ..fix.edits[0].0 };
                fix.edits.push((behind, String::new()));
            }
            Ok::<_, Infallible>(judged)
        };
        let texts = vec![("a.mlnet".to_owned(), "odd\nodd\nodd\n".to_owned())];
        let Ok(repaired) = repair(texts, crowded);
        assert_eq!(repaired.texts[0].1, "even\neven\neven\n");
    }
}
