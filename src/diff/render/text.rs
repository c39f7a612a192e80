//! For a terminal: the summary first, then each object with only the lines that differ.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{
    About, absent, causes, connection, connections, not_compared, other_policies, pods, risks,
    summary,
};
use crate::connections::{Changes, Fate};
use crate::diff::{Action, Comparison, Difference, Line, Sign};

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// A text that is written with or without colors.
struct Page {
    text: String,
    is_colored: bool,
}

/// The answer as a text; `is_colored` is whether a person looks at a terminal.
pub fn text(said: &Comparison, about: About<'_>, is_colored: bool) -> String {
    let mut page = Page { text: String::new(), is_colored };
    page.head(said, about);
    page.connections(&said.connections);
    for action in [Action::Change, Action::Create, Action::Remove] {
        for difference in said.differences.iter().filter(|it| it.action == action) {
            page.object(difference);
        }
    }
    for conflict in &said.conflicts {
        page.line("", Style::new());
        let title = format!("! {}", conflict.difference.key);
        page.titled(&title, YELLOW, conflict.difference.source.as_deref());
        page.line(&format!("    owned by {}", conflict.owner), YELLOW);
        page.body(&conflict.difference);
        if conflict.difference.lines.is_empty() {
            page.line("    both say the same today", DIM);
        }
    }
    page.text
}

impl Page {
    fn head(&mut self, said: &Comparison, about: About<'_>) {
        let title =
            format!("cluster `{}` against {}: {}", about.cluster, about.against, summary(said));
        self.line(&title, BOLD);
        self.line(&connections(said), BOLD);
        let classes: Vec<String> =
            risks(said).into_iter().map(|(class, n)| format!("{n} {}", class.name())).collect();
        if !classes.is_empty() {
            self.line(&format!("risks: {}", classes.join(", ")), YELLOW);
        }
        match said.conflicts.len() {
            0 => {}
            1 => self.line("conflicts: 1 object belongs to somebody else (`!`)", YELLOW),
            n => {
                let line = format!("conflicts: {n} objects belong to somebody else (`!`)");
                self.line(&line, YELLOW);
            }
        }
        if let Some(line) = absent(said) {
            self.line(&line, YELLOW);
        }
        if let Some(line) = other_policies(said) {
            self.line(&line, YELLOW);
        }
        for line in not_compared(said) {
            self.line(&format!("not compared: {line}"), DIM);
        }
        for line in &said.notes {
            self.line(line, YELLOW);
        }
    }

    /// What opens and closes, by owner.
    fn connections(&mut self, changes: &Changes) {
        let mut owner = None;
        for it in &changes.lines {
            if owner.as_ref() != Some(&it.owner) {
                self.line("", Style::new());
                let whose = it.owner.as_deref().unwrap_or("nobody in the source");
                self.line(&format!("connections of {whose}"), BOLD);
                owner = Some(it.owner.clone());
            }
            let (sign, style) = match it.fate {
                Fate::Opens => ('+', GREEN),
                Fate::Closes => ('-', RED),
            };
            self.styled(&format!("  {sign} {}", connection(it)), style);
            self.line(&pods(it), DIM);
            for line in causes(it) {
                self.line(&format!("      {line}"), DIM);
            }
        }
    }

    fn object(&mut self, difference: &Difference) {
        let (sign, style) = match difference.action {
            Action::Create => ('+', GREEN),
            Action::Change => ('~', YELLOW),
            Action::Remove => ('-', RED),
        };
        self.line("", Style::new());
        self.titled(
            &format!("{sign} {}", difference.key),
            style.bold(),
            difference.source.as_deref(),
        );
        self.body(difference);
    }

    fn body(&mut self, difference: &Difference) {
        for risk in &difference.risks {
            self.line(&format!("    {}: {}", risk.class.name(), risk.why), YELLOW);
        }
        for note in &difference.notes {
            self.line(&format!("    {note}"), DIM);
        }
        for Line { sign, text } in &difference.lines {
            match sign {
                Sign::Same => self.line(&format!("      {text}"), Style::new()),
                Sign::Removed => self.line(&format!("    - {text}"), RED),
                Sign::Added => self.line(&format!("    + {text}"), GREEN),
            }
        }
    }

    fn titled(&mut self, title: &str, style: Style, source: Option<&str>) {
        let source = source.map(|it| format!("  ({it})")).unwrap_or_default();
        self.styled(title, style);
        self.line(&source, DIM);
    }

    fn line(&mut self, text: &str, style: Style) {
        self.styled(text, style);
        self.text.push('\n');
    }

    fn styled(&mut self, text: &str, style: Style) {
        if self.is_colored && !text.is_empty() && style != Style::new() {
            write!(self.text, "{style}{text}{style:#}")
                .expect("INVARIANT: writing to a string does not fail");
        } else {
            self.text.push_str(text);
        }
    }
}
