//! Texts to trees: one file, one `ast::File`. A text that does not parse still gives a tree: each error is reported
//! once, and everything around it is in the tree.

pub mod ast;
pub mod build;
mod comments;
mod docs;
mod expect;
mod explain;
mod literal;
mod names;
mod parser;
mod places;
mod print;
mod recover;
mod repair;
mod report;
mod split;
mod text;
mod tokens;

#[cfg(test)]
mod tests;

use crate::diagnostics::{Code, Diagnostics};
use crate::source::{FileId, Files};
pub use comments::{Comment, Position, comments};
use parser::Reader;
pub use parser::tokens;
pub use print::print;
use split::Split;
pub use tokens::{Token, TokenKind, Tokens};

/// Parses one file. Large files are parsed on every core; the order stays.
pub fn parse(files: &Files, id: FileId, diagnostics: &mut Diagnostics) -> ast::File {
    let text = &files.file(id).text;
    let split = Split::of(text);
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader::new(id, text);
    let mut items = Vec::new();
    if !split.is_cut {
        recover::items(&mut reader, &split, start..text.len(), &mut items);
    }
    let mut own = Diagnostics::default();
    report::faults(id, text, &split, &mut own);
    own.append(reader.diagnostics);
    own.take_back_tails(files, &[Code::E0101, Code::E0102, Code::E0103]);
    diagnostics.append(own);
    let expectations = expect::find(id, text, diagnostics);
    ast::File { id, items, expectations, torn: split.is_cut || split.is_torn(text) }
}
