//! What no cluster has: one model cannot tell, so this is asked of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{redundant, shared_pools};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Absent, Flow, Model};
use crate::source::{Files, Span};

/// Reports each flow whose two ends are together in no cluster, each that does nothing in any, and pools that two
/// clusters share.
pub fn clusters<'m>(
    files: &Files,
    models: impl Iterator<Item = &'m Model> + Clone,
    diagnostics: &mut Diagnostics,
) {
    redundant::check(files, models.clone(), diagnostics);
    shared_pools::check(models.clone(), diagnostics);
    let lives = |it: &&Flow| !it.clients.is_empty() && !it.servers.is_empty();
    let flows = models.clone().flat_map(|it| &it.flows);
    let alive: BTreeSet<Span> = flows.filter(lives).map(|it| it.site.span).collect();
    let mut dead: BTreeMap<Span, BTreeMap<Span, &Absent>> = BTreeMap::new();
    for model in models {
        for flow in model.flows.iter().filter(|it| !alive.contains(&it.site.span)) {
            let absent = model.absent.iter().filter(|it| flow.site.span.holds(it.span));
            let absent: Vec<&Absent> = absent.collect();
            if !absent.is_empty() && !files.file(flow.site.span.file).is_stdlib() {
                let ends = dead.entry(flow.site.span).or_default();
                ends.extend(absent.into_iter().map(|it| (it.declared, it)));
            }
        }
    }
    for (span, ends) in dead {
        let mut diagnostic = Diagnostic::new(
            Code::W0503,
            span,
            "no cluster has both the client and the server of this flow",
        )
        .here("never applies");
        for end in ends.values() {
            let text = format!("`{}` is in cluster `{}`", end.name, end.cluster);
            diagnostic = diagnostic.label(end.declared, text);
        }
        diagnostics.push(diagnostic.help(
            "remove the flow, or declare the missing client or server for the other cluster, too",
        ));
    }
}
