//! Writes the answer to a question, for a person or for a program.

use super::answer::{Answer, Output};
use super::context::{Asked, Context};
use super::{json, text};

/// Writes the answer.
pub(super) fn answer(context: &Context<'_>, asked: &Asked, output: Output) -> Answer {
    match output {
        Output::Text => text::answer(context, asked),
        Output::Json => json::answer(context, asked),
    }
}
