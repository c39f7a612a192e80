//! The texts of a project in memory, and places in them.
//!
//! Nothing here reads a disk: `cli` provides the texts, every later stage borrows them.

mod file;
mod name;
mod place;
mod span;

pub use file::{File, Files, LineColumn};
pub use name::{Name, is_reserved};
pub use place::{Extent, Place};
pub use span::{Expansion, ExpansionId, FileId, Site, Span, Spanned};
