//! Errors in the manifests of a cluster, of any origin: diagnostics with places in the texts of the manifests. Parts of
//! the cluster that the snapshot does not contain are not judged.

mod addresses;
mod backends;
mod blocked_flows;
mod dns;
mod installation;
mod isolation;
mod listening;
mod nodes;
mod others;
mod overly_permissive;
mod places;
mod ports;
mod redundant;
mod report;
mod rights;
mod rules;
mod selectors;
mod services;
mod snapshot;
mod source;

use crate::diagnostics::Diagnostics;
use crate::manifests::Manifests;
use crate::source::Files;

pub use places::Ids;
pub use snapshot::Gap;
pub use source::{beside, broken_rules, cluster};

/// Result of the checks of a snapshot.
#[derive(Debug, Default)]
pub struct Findings {
    /// The diagnostics.
    pub diagnostics: Diagnostics,
    /// Parts that were not checked because the snapshot does not contain them.
    pub gaps: Vec<Gap>,
}

/// Checks a snapshot.
pub fn check(manifests: &Manifests, files: &Files, ids: &Ids) -> Findings {
    let mut diagnostics = places::Collector::new(&manifests.objects);
    let snapshot = snapshot::Snapshot::of(&manifests.objects, &mut diagnostics);
    let reach = snapshot.reach();
    let view = snapshot::View::of(&snapshot, &reach);
    selectors::check(&view, &mut diagnostics);
    rules::check(&view, &mut diagnostics);
    let judged = ports::check(&view, &mut diagnostics);
    dns::check(&view, &mut diagnostics);
    rights::check(&view, &mut diagnostics);
    isolation::check(&view, &judged.unheard, &mut diagnostics);
    redundant::check(&view, &judged.apiserver, &mut diagnostics);
    services::check(&view, &mut diagnostics);
    backends::check(&view, &mut diagnostics);
    addresses::check(&view, &mut diagnostics);
    installation::check(&view, &mut diagnostics);
    Findings { diagnostics: diagnostics.found(files, ids), gaps: snapshot.gaps() }
}
