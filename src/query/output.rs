//! Formats the answer to a question as text or JSON.

use super::answer::{Answer, Output};
use super::context::{Asked, Context};
use super::{json, text};

/// Formats the answer.
pub(super) fn answer(context: &Context<'_>, asked: &Asked, output: Output) -> Answer {
    match output {
        Output::Text => text::answer(context, asked),
        Output::Json => json::answer(context, asked),
    }
}
