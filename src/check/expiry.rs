//! Flows with a last day.

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::Model;
use crate::scalar::Date;

/// Reports flows whose last day is over.
pub(super) fn check(model: &Model, today: Date, diagnostics: &mut Diagnostics) {
    for flow in &model.flows {
        if let Some(until) = &flow.until
            && until.node < today
        {
            diagnostics.push(
                Diagnostic::new(
                    Code::E0502,
                    until.span,
                    format!("this flow ended on {}", until.node),
                )
                .here(format!("its last day; today is {today}"))
                .help("remove the flow, or extend it to another day"),
            );
        }
    }
}
