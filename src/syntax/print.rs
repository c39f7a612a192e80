//! Trees to text in the house style, the inverse of parsing: `parse(print(items))` gives the same items at other
//! places. A program may make the trees. `Item::Broken` has no text.
//!
//! A tree has doc comments and no others, no empty lines and no line breaks of the author. Text that a person wrote is
//! formatted from its tokens (`syntax::tokens`), which have all of that, with the tree beside them.

mod items;
#[cfg(test)]
mod tests;
mod values;

use super::ast::Item;
pub(super) use values::is_invisible;

/// Greatest width of a line; a wider list is split, with one entry per line, and a wider block is not written on one
/// line.
const WIDTH: usize = 100;

/// Greatest number of items in a block on one line.
const SHORT: usize = 2;

/// Prints the items of a file.
pub fn print(items: &[Item]) -> String {
    let mut printer = Printer { text: String::new(), depth: 0 };
    printer.items(items);
    printer.text
}

/// Text under construction: whole lines.
struct Printer {
    text: String,
    /// Number of blocks around the next line.
    depth: usize,
}

impl Printer {
    /// Adds a line at the depth of the block; an empty line has no blanks at its end.
    fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&self.indent());
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    fn indent(&self) -> String {
        "  ".repeat(self.depth)
    }

    /// Adds `head {`, the lines that the body adds one level deeper, and `}`.
    fn block(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.line("}");
    }
}
