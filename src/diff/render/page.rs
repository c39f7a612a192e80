//! A text with or without colors, wrapped at a given width.

use std::fmt::Write;

use anstyle::Style;

/// Display settings of a text.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Whether colors are used.
    pub is_colored: bool,
    /// Characters in a line; `None`: lines are not wrapped.
    pub width: Option<usize>,
}

impl Screen {
    /// No colors, no wrapping.
    pub const PLAIN: Self = Self { is_colored: false, width: None };
}

/// A text under construction.
pub(super) struct Page {
    text: String,
    screen: Screen,
}

impl Page {
    /// Returns an empty page.
    pub(super) fn new(screen: Screen) -> Self {
        Self { text: String::new(), screen }
    }

    /// Returns the text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Adds a line without wrapping.
    pub(super) fn line(&mut self, text: &str, style: Style) {
        self.styled(text, style);
        self.text.push('\n');
    }

    /// Adds an empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Adds a sentence, wrapped between words; continuation lines are indented further.
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

    /// Adds a part of a line.
    pub(super) fn styled(&mut self, text: &str, style: Style) {
        if self.screen.is_colored && !text.is_empty() && style != Style::new() {
            write!(self.text, "{style}{text}{style:#}")
                .expect("INVARIANT: writing to a string does not fail");
        } else {
            self.text.push_str(text);
        }
    }
}
