//! What is wrong with the manifests of a cluster, whoever wrote them: diagnostics with places in their
//! texts. Nothing is said that the snapshot does not show: what it lacks is not judged.

mod addresses;
mod backends;
mod covered;
mod cut;
mod dns;
mod installation;
mod isolation;
mod listening;
mod nodes;
mod others;
mod places;
mod ports;
mod report;
mod rights;
mod rules;
mod selectors;
mod services;
mod snapshot;
mod source;
mod wider;

use std::collections::BTreeMap;

use crate::diagnostics::Diagnostics;
use crate::manifests::Manifests;
use crate::source::{FileId, Files};

pub use snapshot::Gap;
pub use source::{beside, broken_rules, cluster};

/// Where the texts of a snapshot are among the files of a run, by the names under which they were read.
pub type Ids = BTreeMap<String, FileId>;

/// What is found in a snapshot.
#[derive(Debug, Default)]
pub struct Findings {
    /// What there is to say.
    pub said: Diagnostics,
    /// What was not judged, because the snapshot does not show it.
    pub gaps: Vec<Gap>,
}

/// Says everything there is to say about a snapshot.
pub fn check(manifests: &Manifests, files: &Files, ids: &Ids) -> Findings {
    let mut said = places::Said::new(&manifests.objects);
    let snapshot = snapshot::Snapshot::of(&manifests.objects, &mut said);
    let reach = snapshot.reach();
    let view = snapshot::View::of(&snapshot, &reach);
    selectors::check(&view, &mut said);
    rules::check(&view, &mut said);
    let judged = ports::check(&view, &mut said);
    dns::check(&view, &mut said);
    rights::check(&view, &mut said);
    isolation::check(&view, &judged.unheard, &mut said);
    covered::check(&view, &judged.apiserver, &mut said);
    services::check(&view, &mut said);
    backends::check(&view, &mut said);
    addresses::check(&view, &mut said);
    installation::check(&view, &mut said);
    Findings { said: said.found(files, ids), gaps: snapshot.gaps() }
}
