//! The whole compiler, texts in, objects and messages out: the passes called in order. Read this first.

mod cascade;
pub mod fix;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ipnet::IpNet;
use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diagnostics::{Code, Diagnostics, Expectation};
use crate::dialect;
use crate::emit::{self, Target, Tree};
use crate::lock::{self, Lock};
use crate::lower;
use crate::model::{Endpoint, Model};
use crate::origin::Traced;
use crate::report;
use crate::resolve;
use crate::scalar::Date;
use crate::source::{FileId, Files, Name, Site, Spanned};
use crate::stdlib;
use crate::syntax::{self, ast};
use crate::validate::Proof;
use cascade::Cascade;

/// So many mistakes are said of one cluster.
const MISTAKES: usize = 10_000;

/// What the proof of each cluster says about guardrails and assertions.
const OF_RULES: &[Code] = &[Code::E0501, Code::E0503, Code::W0505, Code::W0506];

/// A parsed project: its own files, and the components of the standard library that it uses.
pub struct Program {
    /// Every text.
    pub files: Files,
    /// Every tree, in the order of the files.
    pub asts: Vec<ast::File>,
    /// The JSON Schemas that `values` name, as the caller read them.
    pub schemas: lower::Schemas,
    /// What parsing said.
    pub diagnostics: Diagnostics,
    /// The warnings that comments of the project expect.
    pub expectations: Vec<Expectation>,
}

/// One cluster's network.
#[derive(Clone)]
pub struct Built {
    /// Its name.
    pub cluster: Spanned<Name>,
    /// Every object with its file and its origins.
    pub objects: Vec<Traced>,
    /// What they were made of.
    pub model: Model,
    /// The lock as it is after this build.
    pub lock: Lock,
    /// How many assertions of the source hold.
    pub assertions: usize,
}

impl Built {
    /// The files of the cluster's folder.
    pub fn into_tree(self, files: &Files) -> Tree {
        // The rest of a large model is let go of before anything is written.
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
        let tree = emit::tree(self.objects, &target);
        tree.unwrap_or_else(|bug| panic!("INVARIANT: what is lowered can be emitted: {bug}"))
    }
}

impl Program {
    /// Reads (path, text) pairs in any order.
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = Files::new(texts);
        let mut program = Self {
            files,
            asts: Vec::new(),
            schemas: lower::Schemas::new(),
            diagnostics: Diagnostics::default(),
            expectations: Vec::new(),
        };
        let own: Vec<FileId> = program.files.iter().map(|(id, _)| id).collect();
        program.parse(&own);
        program.add_used_components();
        program
    }

    /// The clusters, in the order of their names.
    pub fn clusters(&self) -> Vec<Spanned<Name>> {
        resolve::clusters(&self.asts)
    }

    /// The JSON Schemas that `values` name: paths relative to the project's root. Whoever calls reads
    /// them into `schemas` before building.
    pub fn schema_paths(&self) -> BTreeSet<String> {
        self.asts.iter().flat_map(resolve::schema_paths).collect()
    }

    /// Parses files, each by itself.
    fn parse(&mut self, ids: &[FileId]) {
        let files = &self.files;
        let parsed: Vec<(ast::File, Diagnostics)> = ids
            .par_iter()
            .map(|id| {
                let mut diagnostics = Diagnostics::default();
                let file = syntax::parse(files, *id, &mut diagnostics);
                (file, diagnostics)
            })
            .collect();
        for (mut file, diagnostics) in parsed {
            self.expectations.append(&mut file.expectations);
            self.asts.push(file);
            self.diagnostics.append(diagnostics);
        }
    }

    /// Adds the components of the standard library that are used and that the project does not have.
    fn add_used_components(&mut self) {
        let mut present: BTreeSet<Name> =
            self.asts.iter().flat_map(resolve::declared_components).collect();
        let mut unread = 0;
        while unread < self.asts.len() {
            let mut wanted: BTreeSet<Name> =
                self.asts[unread..].iter().flat_map(resolve::used_components).collect();
            wanted.retain(|it| !present.contains(it));
            unread = self.asts.len();
            let mut ids = Vec::new();
            for name in wanted {
                if let Some(text) = stdlib::text(name.as_str()) {
                    ids.push(self.files.add(stdlib::path(name.as_str()), text.to_owned()));
                }
                present.insert(name);
            }
            self.parse(&ids);
        }
    }
}

/// One cluster's program, every name bound and every rule met; nothing if something stops the build.
pub fn check(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<Checked> {
    let mut mine = Diagnostics::at_most(MISTAKES);
    let locked = lock.services_of(cluster.as_str());
    let model = resolve::program(&program.files, &program.asts, cluster, &locked, &mut mine);
    let checked = match model {
        Some(model) => {
            let whole = !program.diagnostics.has_errors();
            check::model(&program.files, model, today, whole, &mut mine)
        }
        None => {
            mine.push(resolve::unknown_cluster(cluster, &program.clusters()));
            None
        }
    };
    let parsed = !program.diagnostics.has_errors();
    if !parsed {
        let cascade = Cascade::of(&program.asts);
        mine.retain(|it| !cascade.explains(&program.files, it));
    }
    if mine.has_errors() {
        let cascade = Cascade::by(&program.asts, &mine);
        // What leads to itself, in a circle, is said all the same.
        if mine.errors().any(|it| !cascade.leads_to(&program.files, it)) {
            mine.retain(|it| !cascade.leads_to(&program.files, it));
        }
    }
    let fine = parsed && !mine.has_errors();
    mine.take_back_beside(&program.files, &program.diagnostics);
    diagnostics.append(mine);
    checked.filter(|_| fine)
}

/// One cluster's program, the lock after it, and the address of each load balancer; nothing if something
/// stops the build.
fn allocated(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<(Checked, Lock, lock::Allocated)> {
    let mark = diagnostics.mark();
    let mut checked = check(program, cluster, lock, today, diagnostics)?;
    let mut moves = Diagnostics::default();
    let (mut next, mut addresses) = lock::allocate(&checked, lock, &mut moves);
    if names_new_address(checked.model(), lock, &next) {
        // What was an address is a service now: the next build must not see more than this one.
        diagnostics.take_back(mark);
        checked = check(program, cluster, &next, today, diagnostics)?;
        // Who moved was said of the first allocation; the second moves nobody.
        (next, addresses) = lock::allocate(&checked, &next, &mut Diagnostics::default());
    }
    diagnostics.append(moves);
    Some((checked, next, addresses))
}

/// What reports are made of, for one cluster; nothing if something stops the build.
pub fn document(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<report::Document> {
    diagnostics.append(program.diagnostics.clone());
    let allocated = allocated(program, cluster, lock, today, diagnostics);
    diagnostics.meet(&program.files, &program.expectations, false);
    let (checked, _, addresses) = allocated?;
    Some(report::Document::of(&checked, &program.files, lock, &addresses))
}

/// One cluster's program and the objects that it becomes, which nothing has proved; nothing if something
/// stops the build.
pub fn objects(
    program: &Program,
    cluster: &Name,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<(Checked, Vec<Traced>)> {
    diagnostics.append(program.diagnostics.clone());
    let allocated = allocated(program, cluster, lock, today, diagnostics);
    diagnostics.meet(&program.files, &program.expectations, false);
    let (checked, _, addresses) = allocated?;
    let lowered = lower::cluster(&checked, &program.files, &addresses, diagnostics);
    let objects = rendered(checked.model(), lowered);
    (!diagnostics.has_errors()).then_some((checked, objects))
}

/// Compiles one cluster; nothing if something stops the build. If it is the last, nobody reads the trees
/// again: they are let go of before the objects are made.
fn build(
    program: &mut Program,
    cluster: &Spanned<Name>,
    is_last: bool,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<Built> {
    let (checked, next, addresses) = allocated(program, &cluster.node, lock, today, diagnostics)?;
    if is_last {
        program.asts = Vec::new();
    }
    let mut mine = Diagnostics::at_most(MISTAKES);
    let lowered = lower::cluster(&checked, &program.files, &addresses, &mut mine);
    let model = checked.model();
    let objects = rendered(model, lowered);
    lower::check_schemas(model, &objects, &program.schemas, &mut mine);
    let is_fine = !mine.has_errors();
    let assertions = if is_fine { proved(model, &objects, &program.files, &mut mine) } else { 0 };
    // A rule that does not hold in several clusters is one mistake.
    mine.retain(|it| !OF_RULES.contains(&it.code) || !diagnostics.says(it.code, it.span));
    diagnostics.append(mine);
    Some(Built {
        cluster: cluster.clone(),
        objects,
        model: checked.into_model(),
        lock: next,
        assertions,
    })
}

/// Renders what a cluster needs to objects, the policies in the dialect of the cluster.
pub fn rendered(model: &Model, lowered: lower::Lowered) -> Vec<Traced> {
    let dialect = dialect::of(model.cluster.dialect);
    let lower::Lowered { network: mut objects, policies, values } = lowered;
    let render = |it: lower::PlacedPolicy| {
        let (object, origins) = (dialect.render)(&it.policy, it.metadata);
        Traced { file: it.file, object, origins }
    };
    objects.par_extend(policies.into_par_iter().map(render));
    objects.extend(values);
    objects
}

/// Proves that the objects allow what is declared and nothing else, and nothing that a guardrail forbids.
/// How many assertions hold.
fn proved(
    model: &Model,
    objects: &[Traced],
    files: &Files,
    diagnostics: &mut Diagnostics,
) -> usize {
    let proof = Proof::of(model, objects).with_joint_pods(files).check(files, diagnostics);
    proof.unwrap_or_else(|mismatch| {
        panic!("INVARIANT: what is built allows exactly what is declared: {mismatch}")
    })
}

/// The proof of what was built, for what is found elsewhere.
pub fn proof<'m>(model: &'m Model, objects: &'m [Traced]) -> Proof<'m> {
    Proof::of(model, objects)
}

/// Whether a flow names an address that a load balancer has only just got.
fn names_new_address(model: &Model, before: &Lock, after: &Lock) -> bool {
    let cluster = model.cluster.name.node.as_str();
    let (old, new) = (before.services_of(cluster), after.services_of(cluster));
    let given = new.into_keys().filter(|it| !old.contains_key(it));
    let given: BTreeSet<IpNet> = given.map(IpNet::from).collect();
    let named = |it: &Endpoint| {
        let Endpoint::Addresses(addresses) = it else { return false };
        matches!(addresses.0.as_slice(), [one] if given.contains(one))
    };
    let flows = model.flows.iter();
    flows
        .flat_map(|it| {
            let clients = it.clients.iter().map(|it| &it.endpoint);
            clients.chain(it.servers.iter().map(|it| &it.endpoint))
        })
        .any(named)
}

/// Compiles each cluster, or the one that is named; the lock of one is the next one's. What stops one
/// build stops all. The program's trees may be gone afterwards.
pub fn build_all(
    program: &mut Program,
    wanted: Option<&Name>,
    lock: &Lock,
    today: Date,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Built>> {
    diagnostics.append(program.diagnostics.clone());
    let mut clusters = program.clusters();
    if let Some(wanted) = wanted {
        let all = clusters.clone();
        clusters.retain(|it| it.node == *wanted);
        // What does not parse may be what is looked for.
        if clusters.is_empty() && !diagnostics.has_errors() {
            diagnostics.push(resolve::unknown_cluster(wanted, &all));
        }
    } else if clusters.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(resolve::no_cluster());
    }
    let mut built: Vec<Built> = Vec::new();
    for (at, cluster) in clusters.iter().enumerate() {
        let lock = built.last().map_or(lock, |it| &it.lock);
        let is_last = at + 1 == clusters.len();
        built.extend(build(program, cluster, is_last, lock, today, diagnostics));
    }
    if wanted.is_none() && !diagnostics.has_errors() {
        check::clusters(&program.files, built.iter().map(|it| &it.model), diagnostics);
    }
    diagnostics.meet(&program.files, &program.expectations, wanted.is_none());
    (!diagnostics.has_errors()).then_some(built)
}
