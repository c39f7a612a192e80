//! Makes the edits that are safe, and keeps those after which the compiler agrees: what they repair is
//! gone, and nothing is said that they brought about.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Code, Diagnostic, Fix, Severity};
use crate::source::{Files, Span};

/// No chain of repairs is as long as this.
const ROUNDS: usize = 1000;

/// (path, text) of each source, in the order of their paths.
pub type Texts = Vec<(String, String)>;

/// A source, and everything that is said about it.
pub struct Judged {
    /// Every text, those of the project first.
    pub files: Files,
    /// What is said, in order.
    pub said: Vec<Diagnostic>,
}

/// Something that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The file.
    pub path: String,
    /// The line, as it was when the edit was made.
    pub line: u32,
    /// What was wrong.
    pub code: Code,
    /// The same in words.
    pub message: String,
}

/// A source after its repairs.
pub struct Repaired {
    /// Its texts.
    pub texts: Texts,
    /// What was repaired, in the order of the places.
    pub repairs: Vec<Repair>,
    /// What is said about it now.
    pub judged: Judged,
}

/// Repairs a source as far as that is safe. `judge` compiles texts; it sees them several times.
pub fn repair<E>(
    texts: Texts,
    mut judge: impl FnMut(&Texts) -> Result<Judged, E>,
) -> Result<Repaired, E> {
    let judged = judge(&texts)?;
    let mut now = Repaired { texts, repairs: Vec::new(), judged };
    for _ in 0..ROUNDS {
        let edits = Edits::of(&now.judged);
        let together = edits.0.len() > 1 && now.accept(&edits, &mut judge)?;
        let mut any = together;
        if !together {
            // From the back, so that the places of those before stay what they are.
            for one in edits.0.into_iter().rev() {
                any |= now.accept(&Edits(vec![one]), &mut judge)?;
            }
        }
        if !any {
            break;
        }
    }
    now.repairs.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    Ok(now)
}

/// Edits of own files that do not overlap, each with what it repairs, in the order of their places.
struct Edits(Vec<(Diagnostic, Fix)>);

impl Repaired {
    /// Makes edits, unless they do more than to repair what they are for. Whether they were made.
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
        self.repairs.extend(edits.0.iter().map(|(said, fix)| repair_of(files, said, fix)));
        (self.texts, self.judged) = (texts, judged);
        Ok(true)
    }
}

fn repair_of(files: &Files, said: &Diagnostic, fix: &Fix) -> Repair {
    let place = said.span.or_else(|| fix.edits.first().map(|it| it.0));
    let place = place.expect("INVARIANT: an edit has a place");
    let file = files.file(place.file);
    Repair {
        path: file.path.clone(),
        line: file.line_column(place.start).line,
        code: said.code,
        message: said.message.clone(),
    }
}

impl Edits {
    /// The safe edits of what is said, the first of those that overlap.
    fn of(judged: &Judged) -> Self {
        let mut taken: Vec<Span> = Vec::new();
        let mut edits = Vec::new();
        for said in &judged.said {
            let Some(fix) = said.safe_edit() else { continue };
            let spans = fix.edits.iter().map(|(span, _)| *span);
            let apart = |one: Span, other: &Span| {
                one.file != other.file || one.end < other.start || other.end < one.start
            };
            let is_free = spans.clone().all(|one| taken.iter().all(|other| apart(one, other)));
            if is_free && spans.clone().all(|it| !judged.files.file(it.file).is_stdlib()) {
                taken.extend(spans);
                edits.push((said.clone(), fix.clone()));
            }
        }
        Self(edits)
    }

    /// Each replacement of a file, in the order of their places.
    fn of_file(&self, files: &Files, path: &str) -> Vec<(Span, &str)> {
        let edits = self.0.iter().flat_map(|(_, fix)| &fix.edits);
        let here = edits.filter(|(span, _)| files.file(span.file).path == path);
        let mut here: Vec<_> = here.map(|(span, text)| (*span, text.as_str())).collect();
        here.sort_unstable();
        here
    }

    /// The texts with these edits made; none if one of them is in no source.
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

    /// Whether what these edits are for is gone, and they make nothing worse.
    fn repair(&self, before: &Judged, after: &Judged) -> bool {
        let (files, moves) = (&before.files, self.moves(&before.files));
        let moved = |it: &Diagnostic| {
            let place = it.span.map(|it| moved(&moves, &files.file(it.file).path, it.start));
            (it.code, place)
        };
        let mut known: BTreeSet<Key> = before.said.iter().map(moved).collect();
        for (said, _) in &self.0 {
            known.remove(&moved(said));
        }
        let is_new = |it: &&Diagnostic| {
            let start = |it: Span| (after.files.file(it.file).path.clone(), it.start);
            !known.contains(&(it.code, it.span.map(start)))
        };
        // An error hides what later passes would say, and what is wrong behind it. That such a thing
        // shows is not the edit's doing, unless it is an error at its text.
        let hidden = before.said.iter().any(is_error);
        let is_caused = |it: &Diagnostic| {
            let places = it.span.into_iter().chain(it.labels.iter().map(|it| it.span));
            let starts = places.map(|it| (&after.files.file(it.file).path, it.start));
            !hidden
                || is_error(it) && starts.into_iter().any(|(path, at)| is_edited(&moves, path, at))
        };
        let syntax = |it: &Judged| it.said.iter().filter(|it| is_syntax(it.code)).count();
        syntax(after) <= syntax(before) && !after.said.iter().filter(is_new).any(is_caused)
    }

    /// What moves: for each replacement, its file, where it was, and how long its text is now.
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

/// What tells messages apart: the code, and where it is said.
type Key = (Code, Option<(String, u32)>);

/// One replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Move<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    length: u32,
}

/// Where an offset is after the replacements.
fn moved(moves: &[Move<'_>], path: &str, offset: u32) -> (String, u32) {
    let before = moves.iter().filter(|it| it.path == path && it.end <= offset && it.start < offset);
    let at = before.fold(offset, |at, it| at + it.length - (it.end - it.start));
    (path.to_owned(), at)
}

/// Whether a place of the new text is in what was replaced.
fn is_edited(moves: &[Move<'_>], path: &str, offset: u32) -> bool {
    moves.iter().filter(|it| it.path == path).any(|it| {
        let (_, start) = moved(moves, path, it.start);
        start <= offset && offset < start + it.length.max(1)
    })
}

fn is_error(said: &Diagnostic) -> bool {
    said.severity() == Severity::Error
}

/// Whether it says that a text is not the language.
fn is_syntax(code: Code) -> bool {
    code.as_str().starts_with("E01")
}
