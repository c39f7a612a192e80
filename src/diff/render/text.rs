//! Text for a terminal: a summary, the connections with the lines that cause them, each object with only the lines that
//! differ, and the risks.

use anstyle::{AnsiColor, Style};

use super::page::{Page, Screen};
use super::sentences::{
    About, Answer, causes, connection, connections, not_compared, notes, owned, pods, risks,
    summary, whose,
};
use crate::diff::{Action, Comparison, Difference, Line, Sign};
use crate::impact::Fate;
use crate::source::Place;

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Returns the answers as text.
pub fn text(answers: &[Answer<'_>], screen: Screen) -> String {
    let mut page = Page::new(screen);
    for (at, Answer { about, comparison }) in answers.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        answer(&mut page, comparison, *about);
    }
    page.into_text()
}

fn answer(page: &mut Page, comparison: &Comparison, about: About<'_>) {
    head(page, comparison, about);
    lines(page, comparison);
    for action in [Action::Change, Action::Create, Action::Remove] {
        for difference in comparison.differences.iter().filter(|it| it.action == action) {
            object(page, difference);
        }
    }
    for conflict in &comparison.conflicts {
        page.gap();
        let title = format!("! {}", conflict.difference.key);
        titled(page, &title, YELLOW, conflict.difference.source.as_ref());
        page.line(&format!("    {}", owned(conflict)), YELLOW);
        body(page, &conflict.difference);
        if conflict.difference.lines.is_empty() {
            page.line("    both have the same value now", DIM);
        }
    }
    foot(page, comparison);
}

fn head(page: &mut Page, comparison: &Comparison, about: About<'_>) {
    page.sentence(0, &format!("{}: {}", about.title(), summary(comparison)), BOLD);
    page.line(&connections(comparison), BOLD);
    let classes: Vec<String> =
        risks(comparison).into_iter().map(|(class, n)| format!("{n} {}", class.name())).collect();
    if !classes.is_empty() {
        page.sentence(0, &format!("risks: {}", classes.join(", ")), YELLOW);
    }
    match comparison.conflicts.len() {
        0 => {}
        1 => page.line("conflicts: 1 object has another owner (`!`)", YELLOW),
        n => {
            page.line(&format!("conflicts: {n} objects have other owners (`!`)"), YELLOW);
        }
    }
    for note in notes(comparison) {
        page.sentence(0, &note.to_string(), YELLOW);
    }
    for line in not_compared(comparison) {
        page.sentence(0, &format!("not compared: {line}"), DIM);
    }
}

/// Adds the connections that open and close, by owner.
fn lines(page: &mut Page, comparison: &Comparison) {
    let mut owner = None;
    for it in &comparison.connections.lines {
        if owner != Some(&it.owner) {
            page.gap();
            page.line(&format!("connections of {}", whose(it)), BOLD);
            owner = Some(&it.owner);
        }
        let (sign, style) = match it.fate {
            Fate::Opens => ('+', GREEN),
            Fate::Closes => ('-', RED),
        };
        page.sentence(2, &format!("{sign} {}{}", connection(it), pods(it)), style);
        for line in causes(it) {
            page.sentence(6, &line, DIM);
        }
    }
}

fn object(page: &mut Page, difference: &Difference) {
    let (sign, style) = match difference.action {
        Action::Create => ('+', GREEN),
        Action::Change => ('~', YELLOW),
        Action::Remove => ('-', RED),
    };
    page.gap();
    let title = format!("{sign} {}", difference.key);
    titled(page, &title, style.bold(), difference.source.as_ref());
    body(page, difference);
}

fn body(page: &mut Page, difference: &Difference) {
    for note in &difference.notes {
        page.sentence(4, &note.to_string(), DIM);
    }
    for Line { sign, text } in &difference.lines {
        match sign {
            Sign::Same => page.line(&format!("      {text}"), Style::new()),
            Sign::Removed => page.line(&format!("    - {text}"), RED),
            Sign::Added => page.line(&format!("    + {text}"), GREEN),
        }
    }
}

/// Adds the risks, the worst first.
fn foot(page: &mut Page, comparison: &Comparison) {
    let mut class = None;
    for (risk, key) in comparison.all_risks() {
        if class != Some(risk.class) {
            page.gap();
            page.line(&format!("risks: {}", risk.class.name()), YELLOW.bold());
            class = Some(risk.class);
        }
        let about = key.map(|it| format!("{it}: ")).unwrap_or_default();
        page.sentence(4, &format!("{about}{risk}"), YELLOW);
    }
}

fn titled(page: &mut Page, title: &str, style: Style, source: Option<&Place>) {
    let source = source.map(|it| format!("  ({it})")).unwrap_or_default();
    page.styled(title, style);
    page.line(&source, DIM);
}
