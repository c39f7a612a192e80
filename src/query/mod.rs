//! Questions about who reaches whom, asked of what a source builds or of a snapshot alone: the verdict,
//! and on both sides the policy and the rule behind it. No disk, no cluster.

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
