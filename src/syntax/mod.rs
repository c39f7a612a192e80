//! Texts to trees: one file, one `ast::File`.
pub mod ast;
