//! The compiler passes in order: texts in, objects and diagnostics out. Read this module first; `analysis` keeps the
//! results.

mod bug;
mod cascade;
pub mod fix;
mod program;
#[cfg(test)]
mod tests;

pub use bug::Bug;
pub use program::Program;

use std::collections::BTreeSet;

use ipnet::IpNet;
use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diagnostics::Diagnostics;
use crate::dialect;
use crate::emit::{self, Target, Tree};
use crate::lock::{self, Lock};
use crate::lower;
use crate::model::{Endpoint, Model};
use crate::origin::Traced;
use crate::policy::Policy;
use crate::resolve::{self, Resolution, Scopes};
use crate::scalar::Date;
use crate::source::{Files, Name, Site, Spanned};
use crate::validate::Proof;
use cascade::Cascade;

/// Upper bound on the diagnostics of one cluster.
const MISTAKES: usize = 10_000;

/// One cluster's program with every name bound, every rule satisfied, and its addresses allocated.
#[derive(Debug, Clone)]
pub struct Bound {
    /// What the program declares.
    pub checked: Checked,
    /// The names of the program.
    pub scopes: Scopes,
    /// The lock with the entries that this cluster needs.
    pub lock: Lock,
    /// The address of each load balancer.
    pub addresses: lock::Allocated,
}

/// The result of the first half of a compilation, from names to addresses.
#[derive(Debug, Clone)]
pub struct Front {
    /// Diagnostics of the passes.
    pub diagnostics: Diagnostics,
    /// The result; `None` if an error stops the build, including an error of the parser.
    pub bound: Option<Bound>,
}

/// The objects of one cluster, not yet validated.
#[derive(Debug, Clone)]
pub struct Lowering {
    /// Diagnostics of the lowering.
    pub diagnostics: Diagnostics,
    /// Every object with its file and its origins; incomplete if there are errors.
    pub objects: Vec<Traced>,
}

/// The result of validating the objects of one cluster.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Diagnostics of schemas, guardrails and assertions.
    pub diagnostics: Diagnostics,
    /// Number of assertions that hold.
    pub assertions: usize,
}

/// The compiled network of one cluster.
#[derive(Debug, Clone)]
pub struct Built {
    /// Name of the cluster.
    pub cluster: Spanned<Name>,
    /// Every object with its file and its origins.
    pub objects: Vec<Traced>,
    /// The model that the objects were made from.
    pub model: Model,
    /// The lock after this build.
    pub lock: Lock,
    /// Number of assertions of the source that hold.
    pub assertions: usize,
}

impl Built {
    /// Emits the files of the cluster's folder.
    ///
    /// # Errors
    ///
    /// An object that mlnetc's own schema rejects is a bug of mlnetc.
    pub fn into_tree(self, files: &Files) -> Result<Tree, Bug> {
        // To save memory, the rest of a large model is dropped before anything is written.
        let expansions = {
            let model = self.model;
            model.expansions
        };
        let target = Target {
            cluster: self.cluster.node.as_str(),
            site: Site { span: self.cluster.span, via: None },
            files,
            expansions: &expansions,
        };
        emit::tree(self.objects, &target).map_err(|it| Bug::new("an object cannot be emitted", it))
    }
}

/// Binds the names of one cluster's program, checks its rules and allocates its addresses.
pub fn front(program: &Program, cluster: &Name, lock: &Lock, today: Date) -> Front {
    let mut diagnostics = Diagnostics::default();
    let bound = allocated(program, cluster, lock, today, &mut diagnostics);
    Front { diagnostics, bound }
}

/// Binds the names and checks the rules of one cluster's program; `None` if an error stops the build.
fn checked_of(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<(Checked, Scopes)> {
    let mut mine = Diagnostics::at_most(MISTAKES);
    let locked = lock.services_of(cluster.as_str());
    let parsed = !program.has_errors();
    let resolved = resolve::program(&program.files, &program.trees, cluster, &locked, &mut mine);
    let checked = match resolved {
        Some(Resolution { model, scopes }) => {
            let checked = check::model(&program.files, model, today, parsed, &mut mine);
            checked.map(|it| (it, scopes))
        }
        None => {
            mine.push(resolve::unknown_cluster(cluster, &program.clusters()));
            None
        }
    };
    if !parsed {
        let cascade = Cascade::of(&program.trees);
        mine.retain(|it| !cascade.explains(&program.files, it));
    }
    if mine.has_errors() {
        let cascade = Cascade::by(&program.trees, &mine);
        // Errors that are all consequences of each other, in a circle, are reported all the same.
        if mine.errors().any(|it| !cascade.leads_to(&program.files, it)) {
            mine.retain(|it| !cascade.leads_to(&program.files, it));
        }
    }
    let fine = parsed && !mine.has_errors();
    if !parsed {
        mine.take_back_beside(&program.files, &program.diagnostics());
    }
    diagnostics.append(mine);
    checked.filter(|_| fine)
}

/// Binds, checks, and allocates addresses; `None` if an error stops the build.
fn allocated(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<Bound> {
    let mark = diagnostics.mark();
    let (mut checked, mut scopes) = checked_of(program, cluster, lock, today, diagnostics)?;
    let mut moves = Diagnostics::default();
    let (mut next, mut addresses) = lock::allocate(&checked, lock, &mut moves);
    if names_new_address(checked.model(), lock, &next) {
        // A service has got an address that a flow names: a second pass reports what the next build would report.
        diagnostics.take_back(mark);
        let again = checked_of(program, cluster, &next, today, diagnostics);
        let Some(again) = again else {
            diagnostics.append(moves);
            return None;
        };
        (checked, scopes) = again;
        // Moves were reported by the first allocation; the second moves no address.
        (next, addresses) = lock::allocate(&checked, &next, &mut Diagnostics::default());
    }
    diagnostics.append(moves);
    Some(Bound { checked, scopes, lock: next, addresses })
}

/// Makes the objects of one cluster.
///
/// # Errors
///
/// The same as those of `rendered`.
pub fn lower(files: &Files, bound: &Bound) -> Result<Lowering, Bug> {
    let mut diagnostics = Diagnostics::at_most(MISTAKES);
    let lowered = lower::cluster(&bound.checked, files, &bound.addresses, &mut diagnostics);
    let objects = rendered(bound.checked.model(), lowered)?;
    Ok(Lowering { diagnostics, objects })
}

/// Makes the policies of one cluster, independent of a dialect, in the order in which they are rendered.
pub fn policies(files: &Files, bound: &Bound) -> Vec<Policy> {
    let mut repeated = Diagnostics::default();
    let lowered = lower::cluster(&bound.checked, files, &bound.addresses, &mut repeated);
    lowered.policies.into_iter().map(|it| it.policy).collect()
}

/// Validates the objects of one cluster against the schemas that the project names, and proves that they allow exactly
/// the declared flows and nothing that a guardrail forbids.
///
/// # Errors
///
/// Objects that do not implement the source are a bug of mlnetc.
pub fn validate(program: &Program, bound: &Bound, lowering: &Lowering) -> Result<Validation, Bug> {
    let mut diagnostics = Diagnostics::at_most(MISTAKES);
    let (model, objects) = (bound.checked.model(), lowering.objects.as_slice());
    lower::check_schemas(model, objects, &program.schemas, &mut diagnostics);
    let is_fine = !lowering.diagnostics.has_errors() && !diagnostics.has_errors();
    let assertions = if is_fine {
        let proof = Proof::of(model, objects).with_joint_pods(&program.files);
        let held = proof.check(&program.files, &mut diagnostics);
        held.map_err(|it| Bug::new("the objects do not allow exactly what is declared", it))?
    } else {
        0
    };
    Ok(Validation { diagnostics, assertions })
}

/// Renders the model of a cluster to objects, the policies in the dialect of the cluster.
///
/// # Errors
///
/// A policy that the dialect cannot express is a bug of mlnetc: no source may lead to one.
pub fn rendered(model: &Model, lowered: lower::Lowered) -> Result<Vec<Traced>, Bug> {
    let dialect = dialect::of(model.cluster.dialect);
    let lower::Lowered { network, policies, values } = lowered;
    let render = |it: lower::PlacedPolicy| {
        let rendered = dialect.object(it.policy, it.metadata);
        let (object, origins) = rendered
            .map_err(|it| Bug::new("the dialect of the cluster lacks what a policy needs", it))?;
        Ok(Traced { file: it.file, object, origins })
    };
    let shrunk = |traced: Result<Traced, Bug>| {
        traced.map(|mut it| {
            it.origins.shrink_to_fit();
            it
        })
    };
    let policies = policies.into_par_iter().map(render);
    let objects = network.into_par_iter().map(Ok).chain(policies).map(shrunk);
    let objects: Vec<Result<Traced, Bug>> = objects.chain(values.into_par_iter().map(Ok)).collect();
    objects.into_iter().collect()
}

/// Whether the source names an address that this allocation gives to another service than the lock does.
fn names_new_address(model: &Model, before: &Lock, after: &Lock) -> bool {
    let cluster = model.cluster.name.node.as_str();
    let (old, new) = (before.services_of(cluster), after.services_of(cluster));
    let moved = new.iter().filter(|(address, path)| old.get(*address) != Some(*path));
    let moved: BTreeSet<IpNet> = moved.map(|(address, _)| IpNet::from(*address)).collect();
    if moved.is_empty() {
        return false;
    }
    let named = |it: &Endpoint| {
        let Endpoint::Addresses(addresses) = it else { return false };
        matches!(addresses.0.as_slice(), [one] if moved.contains(one))
    };
    let flows = model.flows.iter().map(|it| (&it.clients, &it.servers));
    let accepts = model.accepts.iter().map(|it| (&it.clients, &it.servers));
    let forbids = model.forbids.iter().map(|it| (&it.clients, &it.servers));
    let asserts = model.asserts.iter().map(|it| (&it.clients, &it.servers));
    let ends = flows.chain(accepts).chain(forbids).chain(asserts);
    let except = model.forbids.iter().flat_map(|it| &it.except);
    ends.flat_map(|(clients, servers)| {
        let clients = clients.iter().map(|it| &it.endpoint);
        clients.chain(servers.iter().map(|it| &it.endpoint))
    })
    .chain(except.map(|it| &it.endpoint))
    .any(named)
}

/// Returns the proof of the built objects, for conditions that other modules find.
pub fn proof<'m>(model: &'m Model, objects: &'m [Traced]) -> Proof<'m> {
    Proof::of(model, objects)
}
