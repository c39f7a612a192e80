//! The decisions that a user of a component makes.

use super::contents::Contents;
use super::text::{doc, line};
use crate::source::Files;
use crate::syntax::ast::{Component, Parameter};

/// A decision that a user of a component makes.
pub(super) struct Decision {
    /// The parameter, or the services that need flows.
    subject: String,
    /// The default, or that the decision is required.
    state: String,
    /// The meaning.
    meaning: String,
}

impl Decision {
    /// Returns the decision as a line of Markdown.
    pub(super) fn markdown(&self) -> String {
        format!("`{}` ({}): {}", self.subject, self.state, self.meaning)
    }

    /// Returns the decision as a line of text.
    pub(super) fn plain(&self) -> String {
        format!("{} ({}): {}", self.subject, self.state, self.meaning)
    }
}

/// Returns the decisions of a component: parameters without a default, ends of connections, exposure, the version, and
/// the services to which no flow of the component leads.
pub(super) fn decisions(files: &Files, component: &Component) -> Vec<Decision> {
    let is_decision = |it: &&Parameter| {
        it.default.is_none()
            || matches!(it.kind.node.as_str(), "endpoint" | "endpoints" | "version")
            || it.name.node.as_str() == "exposed"
    };
    let (required, optional): (Vec<_>, Vec<_>) =
        component.parameters.iter().filter(is_decision).partition(|it| it.default.is_none());
    let parameters = required.into_iter().chain(optional).map(|it| Decision {
        subject: it.name.to_string(),
        state: it.default.as_ref().map_or_else(
            || "required".to_owned(),
            |it| format!("default {}", line(files, it.span)),
        ),
        meaning: doc(&it.doc).split_whitespace().collect::<Vec<_>>().join(" "),
    });
    let contents = Contents::of(files, component);
    let services = contents.services_without_clients();
    let these = if services.len() == 1 { "this service" } else { "these services" };
    let flows = (!services.is_empty()).then(|| Decision {
        subject: services.join(", "),
        state: "flows".to_owned(),
        meaning: format!("The component has no flow to {these}: write a flow for each client."),
    });
    parameters.chain(flows).collect()
}
