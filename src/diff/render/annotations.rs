//! Annotations for a code review: differences and risks by line of the source, the worst first.

use super::sentences::{Answer, connection, owned, pods};
use crate::diff::{Action, Class, Difference, Risk};
use crate::impact::{Cause, Change, Fate};
use crate::source::Place;

/// Severity of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A risk that the command rejects.
    Error,
    /// A risk.
    Warning,
    /// A difference.
    Notice,
}

/// Location of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A line of a source.
    Line(Place),
    /// A file of a source, in which the line may have moved or was removed.
    File(String),
    /// No location in a source.
    Nothing,
}

/// The differences and risks at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Severity.
    pub level: Level,
    /// Location.
    pub beside: Beside,
    /// Short title.
    pub title: String,
    /// Text, line by line.
    pub lines: Vec<String>,
}

/// Returns an annotation for each line of the source with a difference or risk: reviewers see ten of a kind, and no
/// more. Risks of the classes in `refused` are errors.
pub fn annotations(answers: &[Answer<'_>], refused: &[Class]) -> Vec<Annotation> {
    let mut all = Vec::new();
    for Answer { comparison, about } in answers {
        let cluster = about.cluster.filter(|_| answers.len() > 1);
        let of = cluster.map(|it| format!("{it}: ")).unwrap_or_default();
        let mut say = |level, beside, title: &str, text: &str| {
            add(&mut all, level, beside, title, format!("{of}{text}"));
        };
        let differences = || {
            let conflicts = comparison.conflicts.iter().map(|it| &it.difference);
            comparison.differences.iter().chain(conflicts)
        };
        for (risk, key) in comparison.all_risks() {
            let level = if refused.contains(&risk.class) { Level::Error } else { Level::Warning };
            let about = key.map(|it| format!("{it}: ")).unwrap_or_default();
            let difference = differences().find(|it| Some(&it.key) == key);
            for beside in of_risk(risk, difference) {
                say(level, beside, risk.class.name(), &format!("{about}{risk}"));
            }
        }
        for it in &comparison.connections.lines {
            let (sign, title) = match it.fate {
                Fate::Opens => ('+', "opens"),
                Fate::Closes => ('-', "closes"),
            };
            let text = format!("{sign} {}{}", connection(it), pods(it));
            for beside in of_connection(it) {
                say(Level::Notice, beside, title, &text);
            }
        }
        for conflict in &comparison.conflicts {
            let it = &conflict.difference;
            let text = format!("! {}: {}", it.key, owned(conflict));
            say(Level::Notice, own(it.source.as_ref()), "conflicts", &text);
        }
        for it in &comparison.differences {
            for (beside, text) in of_object(it) {
                say(Level::Notice, beside, "objects", &text);
            }
        }
    }
    all
}

/// Adds a line of text at a location.
fn add(all: &mut Vec<Annotation>, level: Level, beside: Beside, title: &str, line: String) {
    let same = all.iter_mut().find(|it| it.level == level && is_same(&it.beside, &beside));
    let Some(known) = same else {
        all.push(Annotation { level, beside, title: title.to_owned(), lines: vec![line] });
        return;
    };
    if !known.title.split(", ").any(|it| it == title) {
        known.title = format!("{}, {title}", known.title);
    }
    if !known.lines.contains(&line) {
        known.lines.push(line);
    }
}

/// Returns whether two locations are the same line or file.
fn is_same(one: &Beside, other: &Beside) -> bool {
    match (one, other) {
        (Beside::Line(a), Beside::Line(b)) => (&a.path, a.line) == (&b.path, b.line),
        (Beside::Line(_) | Beside::File(_) | Beside::Nothing, _) => one == other,
    }
}

fn own(place: Option<&Place>) -> Beside {
    place.and_then(Place::own).map_or(Beside::Nothing, |it| Beside::Line(it.clone()))
}

/// Returns the file of a place that no longer exists.
fn file(place: Option<&Place>) -> Beside {
    place.and_then(Place::own).map_or(Beside::Nothing, |it| Beside::File(it.path.clone()))
}

/// Returns each location once; without any, `Nothing`.
fn each(places: impl Iterator<Item = Beside>) -> Vec<Beside> {
    let mut found: Vec<Beside> = Vec::new();
    for it in places.filter(|it| *it != Beside::Nothing) {
        if !found.iter().any(|known| is_same(known, &it)) {
            found.push(it);
        }
    }
    if found.is_empty() { vec![Beside::Nothing] } else { found }
}

fn of_risk(risk: &Risk, difference: Option<&Difference>) -> Vec<Beside> {
    let of_object = difference.map(|it| match it.action {
        Action::Remove => file(it.source.as_ref()),
        Action::Create | Action::Change => own(it.source.as_ref()),
    });
    each(risk.at.iter().map(|it| own(Some(it))).chain(of_object))
}

fn of_connection(it: &Change) -> Vec<Beside> {
    let beside = |it: &Cause| if it.is_now { own(it.at.as_ref()) } else { file(it.at.as_ref()) };
    each(it.causes.iter().map(beside))
}

/// Returns the locations of a difference: every line of the source that a changed part comes from.
fn of_object(it: &Difference) -> Vec<(Beside, String)> {
    let sign = match it.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Remove => '-',
    };
    if it.action != Action::Change {
        let whole = if it.action == Action::Remove { file } else { own };
        return vec![(whole(it.source.as_ref()), format!("{sign} {}", it.key))];
    }
    let mut parts: Vec<(Beside, Vec<&str>)> = Vec::new();
    for change in &it.changes {
        let beside = own(change.source.as_ref().or(it.source.as_ref()));
        match parts.iter_mut().find(|(known, _)| is_same(known, &beside)) {
            Some((_, pointers)) => pointers.push(&change.pointer),
            None => parts.push((beside, vec![&change.pointer])),
        }
    }
    let text = |pointers: Vec<&str>| format!("{sign} {}: {}", it.key, pointers.join(", "));
    parts.into_iter().map(|(beside, pointers)| (beside, text(pointers))).collect()
}
