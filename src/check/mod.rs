//! Model in, `Checked` out: every rule that a model must meet before anything is made of it, one file
//! per rule. Later passes take `Checked` only, so they cannot be handed a model that nobody checked.

mod across;
mod addresses;
mod anyone;
mod bgp;
mod consent;
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
mod redundant;
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
    diagnostics: &mut Diagnostics,
) -> Option<Checked> {
    networks::check(&model, diagnostics);
    addresses::check(&model, diagnostics);
    bgp::check(&model, diagnostics);
    sharing::check(&model, diagnostics);
    node_ports::check(&model, diagnostics);
    objects::check(&model, diagnostics);
    expiry::check(&model, today, diagnostics);
    forbid::check(&model, diagnostics);
    consent::check(files, &model, diagnostics);
    if whole && !diagnostics.has_errors() {
        consent::unused(&model, diagnostics);
        effect::check(files, &model, diagnostics);
        bgp::effects(&model, diagnostics);
        hosts::check(files, &model, diagnostics);
        hosted::check(&model, diagnostics);
        routes::check(&model, diagnostics);
        anyone::check(files, &model, diagnostics);
    }
    (!diagnostics.has_errors()).then_some(Checked { model })
}
