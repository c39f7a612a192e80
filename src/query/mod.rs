//! Answers questions about connections, based on the objects that a source builds or on a snapshot alone. An
//! answer has the verdict, and the deciding policy and rule of both sides. It must not access a disk or a
//! cluster.

mod answer;
mod candidates;
mod context;
mod explain;
mod groups;
mod json;
mod names;
mod output;
mod parse;
mod snapshot;
mod source;
mod text;
mod words;

pub use answer::{Answer, Output, Unclear};
pub use parse::{End, Question, parse};
pub use snapshot::{Applied, Snapshot, answer as of_snapshot};
pub use source::{FILE, answer as of_source, statement};
pub use words::in_words;
