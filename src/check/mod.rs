//! Model in, `Checked` out: every rule that a model must meet before anything is made of it, one file
//! per rule. Later passes take `Checked` only, so they cannot be handed a model that nobody checked.

use crate::diagnostics::Diagnostics;
use crate::model::Model;

/// A model without errors.
#[derive(Debug, Clone)]
pub struct Checked {
    model: Model,
}

impl Checked {
    /// What was checked.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

/// Checks a model; nothing if something stops the build.
pub fn model(model: Model, said: &mut Diagnostics) -> Option<Checked> {
    (!said.has_errors()).then_some(Checked { model })
}
