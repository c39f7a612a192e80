//! Output formats of an answer: terminal text, JSON document, comment for a merge request, annotations.

mod annotations;
mod json;
mod markdown;
mod page;
mod sentences;
mod text;

pub use annotations::{Annotation, Beside, Level, annotations};
pub use json::{VERSION, json};
pub use markdown::markdown;
pub use page::Screen;
pub use sentences::{About, Answer};
pub use text::text;
