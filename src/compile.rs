//! The whole compiler, texts in, objects and messages out: the passes called in order. Read this first.

use crate::diagnostics::Diagnostics;
use crate::source::Files;
use crate::syntax::ast;

/// A parsed project: its own files, and the components of the standard library that it uses.
pub struct Program {
    /// Every text.
    pub files: Files,
    /// Every tree, in the order of the files.
    pub asts: Vec<ast::File>,
    /// What parsing said.
    pub said: Diagnostics,
}

impl Program {
    /// Reads (path, text) pairs in any order.
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { files: Files::new(texts), asts: Vec::new(), said: Diagnostics::default() }
    }
}
