//! Model in, `Checked` out: every rule that a model must meet before anything is made of it, one file
//! per rule. Later passes take `Checked` only, so they cannot be handed a model that nobody checked.

mod across;
mod addresses;
mod anyone;
mod bgp;
mod consent;
mod covered;
mod effect;
mod expiry;
mod forbid;
mod hosted;
mod hosts;
mod names;
mod networks;
mod node_ports;
mod objects;
mod overlap;
mod pools;
mod report_bgp;
mod routes;
mod shared_pools;
mod sharing;

pub use across::clusters;

use crate::diagnostics::Diagnostics;
use crate::model::Model;
use crate::scalar::Date;
use crate::source::Files;

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

    /// The same, to keep.
    pub fn into_model(self) -> Model {
        self.model
    }
}

/// Checks a model as of a day; nothing if something stops the build.
///
/// What says that something is missing is only said of a `whole` program: one that parses.
pub fn model(
    files: &Files,
    model: Model,
    today: Date,
    whole: bool,
    said: &mut Diagnostics,
) -> Option<Checked> {
    networks::check(&model, said);
    addresses::check(&model, said);
    bgp::check(&model, said);
    sharing::check(&model, said);
    node_ports::check(&model, said);
    objects::check(&model, said);
    expiry::check(&model, today, said);
    forbid::check(&model, said);
    consent::check(files, &model, whole, said);
    if whole && !said.has_errors() {
        consent::unused(&model, said);
        effect::check(files, &model, said);
        bgp::effects(&model, said);
        hosts::check(files, &model, said);
        hosted::check(&model, said);
        routes::check(&model, said);
        anyone::check(files, &model, said);
    }
    (!said.has_errors()).then_some(Checked { model })
}
