//! Results of the compiler passes for a program, each computed on first use and kept.
//!
//! A `Session` holds the texts of a project and gives an `Analysis` of their current state. Commands and editors query
//! the analysis; it does no I/O, and knows neither arguments nor terminals.

mod question;
mod session;
#[cfg(test)]
mod tests;

pub use question::BoundQuestion;
pub use session::Session;

use std::sync::{Arc, OnceLock};

use crate::check;
use crate::compile::{self, Bound, Bug, Built, Front, Lowering, Program, Validation};
use crate::diagnostics::{Code, Diagnostics, Expectation};
use crate::lock::Lock;
use crate::model::Model;
use crate::origin::Traced;
use crate::report;
use crate::resolve;
use crate::scalar::Date;
use crate::source::{Files, Name, Spanned};
use crate::syntax::ast;

/// Codes that a guardrail or an assertion may have in each cluster: one error is reported once.
const OF_RULES: &[Code] = &[Code::E0501, Code::E0503, Code::W0505, Code::W0506];

/// The results for a program: its trees, and for each cluster the names, the model, the objects and their validation.
///
/// The texts are parsed already. The names of a cluster are bound and its rules checked on first use; objects are made
/// and validated on first use. Each result is computed once.
#[derive(Debug)]
pub struct Analysis {
    program: Program,
    /// The lock before the build.
    lock: Lock,
    /// Diagnostics of the lock.
    lock_diagnostics: Diagnostics,
    today: Date,
    clusters: Vec<Cluster>,
}

/// The results for one cluster.
#[derive(Debug)]
struct Cluster {
    name: Spanned<Name>,
    front: OnceLock<Front>,
    lowering: OnceLock<Option<Result<Lowering, Bug>>>,
    validation: OnceLock<Option<Result<Validation, Bug>>>,
}

impl Cluster {
    fn new(name: Spanned<Name>) -> Self {
        Self {
            name,
            front: OnceLock::new(),
            lowering: OnceLock::new(),
            validation: OnceLock::new(),
        }
    }
}

impl Analysis {
    fn new(program: Program, lock: Lock, lock_diagnostics: Diagnostics, today: Date) -> Self {
        let clusters = program.clusters().into_iter().map(Cluster::new).collect();
        Self { program, lock, lock_diagnostics, today, clusters }
    }

    /// Returns every text: those of the project, the standard library that it uses, and the lock.
    pub fn files(&self) -> &Files {
        &self.program.files
    }

    /// Returns every tree: those of the project, then those of the standard library that it uses.
    pub fn trees(&self) -> &[Arc<ast::File>] {
        &self.program.trees
    }

    /// Returns the names of the clusters, in their order.
    pub fn clusters(&self) -> impl Iterator<Item = &Spanned<Name>> {
        self.clusters.iter().map(|it| &it.name)
    }

    /// Returns the warnings that comments of the project expect.
    pub fn expectations(&self) -> Vec<Expectation> {
        self.program.expectations()
    }

    /// Suppresses the warnings that comments of the project expect.
    pub fn suppress_expected(&self, diagnostics: &mut Diagnostics) {
        diagnostics.meet(&self.program.files, &self.expectations(), false);
    }

    /// Returns the diagnostics of all passes before objects are made: parsing, binding, checking and allocating.
    pub fn diagnostics(&self) -> Diagnostics {
        let mut all = self.parsed();
        let mut models = Vec::new();
        for it in self.selected(None, &mut all) {
            let front = self.front(it);
            all.append(front.diagnostics.clone());
            models.extend(front.bound.as_ref().map(|it| it.checked.model()));
        }
        if !all.has_errors() {
            check::clusters(self.files(), models.into_iter(), &mut all);
        }
        self.suppress_expected(&mut all);
        all
    }

    /// Returns one cluster with names bound and rules checked; `None` if the cluster does not exist or an error stops
    /// the build.
    pub fn bound(&self, cluster: &Name) -> Option<&Bound> {
        self.front(self.cluster(cluster)?).bound.as_ref()
    }

    /// Returns the model and the objects of one cluster, not validated; `None` if an error stops the build.
    ///
    /// # Errors
    ///
    /// A policy that the dialect of the cluster cannot express is a bug of mlnetc.
    pub fn objects(
        &self,
        cluster: &Name,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<(&Model, &[Traced])>, Bug> {
        let found = self.front_of(cluster, diagnostics);
        let mut both = None;
        if let Some(it) = found {
            both = self.front(it).bound.as_ref().zip(self.lowering(it)?);
        }
        if let Some((_, lowering)) = both {
            diagnostics.append(lowering.diagnostics.clone());
        }
        self.suppress_expected(diagnostics);
        let Some((bound, lowering)) = both else { return Ok(None) };
        let is_fine = !diagnostics.has_errors();
        Ok(is_fine.then_some((bound.checked.model(), lowering.objects.as_slice())))
    }

    /// Returns the document of one cluster for reports; `None` if an error stops the build.
    pub fn document(
        &self,
        cluster: &Name,
        diagnostics: &mut Diagnostics,
    ) -> Option<report::Document> {
        let found = self.front_of(cluster, diagnostics);
        self.suppress_expected(diagnostics);
        let bound = self.front(found?).bound.as_ref()?;
        Some(report::Document::of(&bound.checked, self.files(), &self.lock, &bound.addresses))
    }

    /// Validates each cluster, or the named cluster, and reports all diagnostics of a build. Returns whether the build
    /// has no errors.
    ///
    /// # Errors
    ///
    /// A contradiction between the source and the objects is a bug of mlnetc.
    pub fn validate(
        &self,
        wanted: Option<&Name>,
        diagnostics: &mut Diagnostics,
    ) -> Result<bool, Bug> {
        diagnostics.append(self.parsed());
        let selected = self.selected(wanted, diagnostics);
        let mut models = Vec::new();
        for it in selected {
            let front = self.front(it);
            diagnostics.append(front.diagnostics.clone());
            let Some(bound) = &front.bound else { continue };
            let (Some(lowering), Some(validation)) = (self.lowering(it)?, self.validation(it)?)
            else {
                continue;
            };
            diagnostics.append(lowering.diagnostics.clone());
            // A rule that is violated in several clusters is one error.
            let mut mine = validation.diagnostics.clone();
            mine.retain(|it| !OF_RULES.contains(&it.code) || !diagnostics.says(it.code, it.span));
            diagnostics.append(mine);
            models.push(bound.checked.model());
        }
        if wanted.is_none() && !diagnostics.has_errors() {
            check::clusters(self.files(), models.into_iter(), diagnostics);
        }
        diagnostics.meet(self.files(), &self.expectations(), wanted.is_none());
        Ok(!diagnostics.has_errors())
    }

    /// Builds each cluster, or the named cluster; `None` if an error stops the build of any cluster. Frees the trees
    /// and the names before objects are made.
    ///
    /// # Errors
    ///
    /// A contradiction between the source and the objects is a bug of mlnetc.
    pub fn into_built(
        mut self,
        wanted: Option<&Name>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Vec<Built>>, Bug> {
        let is_wanted = |it: &Cluster| wanted.is_none_or(|name| it.name.node == *name);
        for it in self.clusters.iter().filter(|it| is_wanted(it)) {
            self.front(it);
        }
        self.program.forget_trees();
        for it in &mut self.clusters {
            if let Some(Front { bound: Some(bound), .. }) = it.front.get_mut() {
                bound.scopes = resolve::Scopes::default();
            }
        }
        if !self.validate(wanted, diagnostics)? {
            return Ok(None);
        }
        let mut lock = self.lock;
        let mut built = Vec::new();
        for it in self.clusters.into_iter().filter(is_wanted) {
            let bound = it.front.into_inner().and_then(|it| it.bound);
            let lowering = it.lowering.into_inner().flatten().transpose()?;
            let validation = it.validation.into_inner().flatten().transpose()?;
            let (Some(bound), Some(lowering), Some(validation)) = (bound, lowering, validation)
            else {
                continue;
            };
            lock.take_cluster(it.name.node.as_str(), &bound.lock);
            built.push(Built {
                cluster: it.name,
                objects: lowering.objects,
                model: bound.checked.into_model(),
                lock: lock.clone(),
                assertions: validation.assertions,
            });
        }
        Ok(Some(built))
    }

    /// Returns the diagnostics of the parser and of the lock.
    fn parsed(&self) -> Diagnostics {
        let mut all = self.lock_diagnostics.clone();
        all.append(self.program.diagnostics());
        all
    }

    fn cluster(&self, name: &Name) -> Option<&Cluster> {
        self.clusters.iter().find(|it| it.name.node == *name)
    }

    /// Returns the requested clusters; reports an error if there are none.
    fn selected(&self, wanted: Option<&Name>, diagnostics: &mut Diagnostics) -> Vec<&Cluster> {
        let is_wanted = |it: &&Cluster| wanted.is_none_or(|name| it.name.node == *name);
        let selected: Vec<&Cluster> = self.clusters.iter().filter(is_wanted).collect();
        // The cluster may be declared in a part of the source that does not parse.
        if selected.is_empty() && !diagnostics.has_errors() {
            let all: Vec<_> = self.clusters().cloned().collect();
            diagnostics.push(match wanted {
                Some(wanted) => resolve::unknown_cluster(wanted, &all),
                None => resolve::no_cluster(),
            });
        }
        selected
    }

    /// Returns a cluster with the diagnostics of the passes before its objects; `None` if the cluster does not exist.
    fn front_of(&self, name: &Name, diagnostics: &mut Diagnostics) -> Option<&Cluster> {
        diagnostics.append(self.parsed());
        let Some(it) = self.cluster(name) else {
            let front = compile::front(&self.program, name, &self.lock, self.today);
            diagnostics.append(front.diagnostics);
            return None;
        };
        diagnostics.append(self.front(it).diagnostics.clone());
        Some(it)
    }

    fn front<'a>(&'a self, it: &'a Cluster) -> &'a Front {
        let front = || {
            let mut front = compile::front(&self.program, &it.name.node, &self.lock, self.today);
            if self.lock_diagnostics.has_errors() {
                // The lock says which service has an address: without it, an edit may name the wrong one.
                front.diagnostics.require_review_of_fixes();
            }
            front
        };
        it.front.get_or_init(front)
    }

    fn lowering<'a>(&'a self, it: &'a Cluster) -> Result<Option<&'a Lowering>, Bug> {
        let bound = self.front(it).bound.as_ref();
        let lowering = || bound.map(|it| compile::lower(self.files(), it));
        kept(&it.lowering, lowering)
    }

    fn validation<'a>(&'a self, it: &'a Cluster) -> Result<Option<&'a Validation>, Bug> {
        let both = self.front(it).bound.as_ref().zip(self.lowering(it)?);
        let validation = || both.map(|(bound, it)| compile::validate(&self.program, bound, it));
        kept(&it.validation, validation)
    }
}

/// A result that is computed once.
fn kept<T>(
    cell: &OnceLock<Option<Result<T, Bug>>>,
    compute: impl FnOnce() -> Option<Result<T, Bug>>,
) -> Result<Option<&T>, Bug> {
    cell.get_or_init(compute).as_ref().map(|it| it.as_ref().map_err(Bug::clone)).transpose()
}
