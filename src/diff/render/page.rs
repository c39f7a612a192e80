//! A text that is written with or without colors, in lines of some width.

use std::fmt::Write;

use anstyle::Style;

/// How a text is shown.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Whether a person looks at a terminal.
    pub is_colored: bool,
    /// Characters in a line; `None`: sentences are not broken.
    pub width: Option<usize>,
}

impl Screen {
    /// No colors, no end of a line.
    pub const PLAIN: Self = Self { is_colored: false, width: None };
}

/// The text so far.
pub(super) struct Page {
    text: String,
    screen: Screen,
}

impl Page {
    /// An empty one.
    pub(super) fn new(screen: Screen) -> Self {
        Self { text: String::new(), screen }
    }

    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str, style: Style) {
        self.styled(text, style);
        self.text.push('\n');
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A sentence, broken between words; what follows stands further in.
    pub(super) fn sentence(&mut self, indent: usize, text: &str, style: Style) {
        let mut line = " ".repeat(indent);
        let mut is_empty = true;
        for word in text.split(' ') {
            let long = line.chars().count() + word.chars().count() + usize::from(!is_empty);
            if !is_empty && self.screen.width.is_some_and(|it| long > it) {
                self.line(&line, style);
                line = " ".repeat(indent + 4);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line, style);
    }

    /// A part of a line.
    pub(super) fn styled(&mut self, text: &str, style: Style) {
        if self.screen.is_colored && !text.is_empty() && style != Style::new() {
            write!(self.text, "{style}{text}{style:#}")
                .expect("INVARIANT: writing to a string does not fail");
        } else {
            self.text.push_str(text);
        }
    }
}
