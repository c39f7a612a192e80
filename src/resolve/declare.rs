//! The top level: the declarations of all files, and those in the block of the chosen cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lost::Lost;
use super::owners::FileOwners;
use super::report;
use crate::diagnostics::Diagnostics;
use crate::source::{Files, Name, Span, Spanned};
use crate::stdlib;
use crate::syntax::ast::{self, Block, Item};

/// The top-level declarations of one cluster.
pub(super) struct Declared<'a> {
    /// The block of the chosen cluster.
    pub(super) cluster: &'a Block,
    /// The components: those of the project, and those of the standard library that it uses.
    pub(super) components: BTreeMap<Name, &'a ast::Component>,
    /// The profiles.
    pub(super) profiles: BTreeMap<Name, &'a Block>,
    /// The tenants, each with every block that opens it.
    pub(super) tenants: BTreeMap<Name, Vec<&'a Block>>,
    /// Uses, externals, flows and rules.
    pub(super) items: Vec<&'a Item>,
    /// Names whose declaration could not be parsed.
    pub(super) broken: BTreeSet<Name>,
    /// What could not be read.
    pub(super) lost: Lost,
    /// What only other clusters have: `nas`, `financial`, `financial.predictor`.
    pub(super) elsewhere: BTreeMap<String, (Name, Span)>,
    /// The owner of each file.
    pub(super) owners: FileOwners,
}

/// The clusters of a project with the places of their names, sorted by name.
pub fn clusters(trees: &[Arc<ast::File>]) -> Vec<Spanned<Name>> {
    let blocks = trees.iter().flat_map(|file| &file.items).filter_map(|item| match_cluster(item));
    let mut names: Vec<_> = blocks.map(|block| block.name.clone()).collect();
    names.sort();
    names.dedup_by(|a, b| a.node == b.node);
    names
}

fn match_cluster(item: &Item) -> Option<&Block> {
    if let Item::Cluster(block) = item { Some(block) } else { None }
}

/// Sorts the top level by kind and name, and reports duplicate and misplaced declarations.
pub(super) fn declare<'a>(
    files: &Files,
    trees: &'a [Arc<ast::File>],
    cluster: &Name,
    diagnostics: &mut Diagnostics,
) -> Option<Declared<'a>> {
    let all = || trees.iter().flat_map(|file| &file.items);
    let block = all().filter_map(match_cluster).find(|block| block.name.node == *cluster)?;
    let mut declared = Declared {
        cluster: block,
        components: BTreeMap::new(),
        profiles: BTreeMap::new(),
        tenants: BTreeMap::new(),
        items: Vec::new(),
        broken: BTreeSet::new(),
        lost: Lost::of(trees),
        elsewhere: BTreeMap::new(),
        owners: FileOwners::default(),
    };
    let mut names = TopNames::default();
    for file in trees {
        let from_stdlib = files.file(file.id).is_stdlib();
        for item in &file.items {
            declared.add(item, from_stdlib, &mut names, diagnostics);
        }
    }
    for item in &block.items {
        declared.add_local(item, &mut names, diagnostics);
    }
    for other in all().filter_map(match_cluster).filter(|it| !std::ptr::eq(*it, block)) {
        declared.add_elsewhere(other);
    }
    declared.owners = FileOwners::of(files, &declared.tenants, &declared.lost, diagnostics);
    Some(declared)
}

/// The names of the top level, which tenants, uses, externals, profiles, components and clusters
/// share.
#[derive(Default)]
struct TopNames {
    seen: BTreeMap<Name, (&'static str, Span)>,
}

impl TopNames {
    fn declare(
        &mut self,
        what: &'static str,
        name: &Spanned<Name>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if let Some((first_what, first)) = self.seen.get(&name.node) {
            diagnostics.push(report::declared_twice(name, what, first_what, *first));
            return false;
        }
        self.seen.insert(name.node.clone(), (what, name.span));
        true
    }
}

impl<'a> Declared<'a> {
    fn add(
        &mut self,
        item: &'a Item,
        from_stdlib: bool,
        names: &mut TopNames,
        diagnostics: &mut Diagnostics,
    ) {
        match item {
            Item::Cluster(block) => {
                names.declare("cluster", &block.name, diagnostics);
            }
            Item::Component(component) if from_stdlib => {
                self.components.entry(component.block.name.node.clone()).or_insert(component);
            }
            Item::Component(component) => {
                let name = &component.block.name;
                if names.declare("component", name, diagnostics) {
                    if stdlib::text(name.node.as_str()).is_some() {
                        diagnostics.push(report::hides_stdlib(name));
                    }
                    self.components.insert(name.node.clone(), component);
                }
            }
            Item::Profile(block) => {
                if names.declare("profile", &block.name, diagnostics) {
                    self.profiles.insert(block.name.node.clone(), block);
                }
            }
            shared if is_shared(shared) => self.add_shared(shared, names, diagnostics),
            other => diagnostics.push(report::wrong_place(other, "the top level of a file")),
        }
    }

    /// Adds an item that is valid both at the top level and in a cluster block.
    fn add_shared(&mut self, item: &'a Item, names: &mut TopNames, diagnostics: &mut Diagnostics) {
        if let Item::Broken(broken) = item {
            self.broken.extend(broken.names.iter().map(|it| it.node.clone()));
        } else if let Item::Tenant(block) = item {
            let opened = self.tenants.entry(block.name.node.clone()).or_default();
            if opened.is_empty() {
                names.declare("tenant", &block.name, diagnostics);
            }
            opened.push(block);
        } else if let Item::External(block) = item {
            if names.declare("external", &block.name, diagnostics) {
                self.items.push(item);
            }
        } else {
            // Two uses with the same name are reported when they are expanded.
            let alias = if let Item::Use(usage) = item { usage.alias.as_ref() } else { None };
            let new = |it: &&Spanned<Name>| names.seen.get(&it.node).is_none_or(|it| it.0 != "use");
            if alias.filter(new).is_none_or(|it| names.declare("use", it, diagnostics)) {
                self.items.push(item);
            }
        }
    }

    /// Adds an item of the chosen cluster's block, except for the cluster's own settings, which `cluster`
    /// reads.
    fn add_local(&mut self, item: &'a Item, names: &mut TopNames, diagnostics: &mut Diagnostics) {
        if is_shared(item) {
            self.add_shared(item, names, diagnostics);
        }
    }

    /// Records the declarations in the block of another cluster.
    fn add_elsewhere(&mut self, other: &'a Block) {
        for item in &other.items {
            let place = |item: &Item| (other.name.node.clone(), item.name_span());
            if let Some(name) = declared_name(item) {
                self.elsewhere.insert(name.to_string(), place(item));
            }
            let Item::Tenant(block) = item else { continue };
            for item in &block.items {
                let Some(name) = declared_name(item) else { continue };
                self.elsewhere.insert(format!("{}.{name}", block.name), place(item));
            }
        }
    }
}

/// Whether an item is valid both at the top level and in a cluster block.
pub(super) fn is_shared(item: &Item) -> bool {
    matches!(
        item,
        Item::Use(_)
            | Item::External(_)
            | Item::Tenant(_)
            | Item::Flow(_)
            | Item::Accept(_)
            | Item::Forbid(_)
            | Item::Assert(_)
            | Item::Broken(_)
    )
}

/// The name that an item declares, if flows can refer to it.
pub(super) fn declared_name(item: &Item) -> Option<&Name> {
    match item {
        Item::Namespace(block) | Item::External(block) | Item::Tenant(block) => {
            Some(&block.name.node)
        }
        Item::Service(placed) | Item::Workload(placed) => Some(&placed.block.name.node),
        Item::Use(it) => Some(&it.alias.as_ref().unwrap_or(&it.component).node),
        Item::Field(_)
        | Item::Cluster(_)
        | Item::Calico(_)
        | Item::Metallb(_)
        | Item::Pool(_)
        | Item::Peer(_)
        | Item::Bfd(_)
        | Item::Address(_)
        | Item::Reserve(_)
        | Item::Component(_)
        | Item::Profile(_)
        | Item::Port(_)
        | Item::Values(_)
        | Item::Env(_)
        | Item::Set(_)
        | Item::Flow(_)
        | Item::Accept(_)
        | Item::Forbid(_)
        | Item::Assert(_)
        | Item::When(_)
        | Item::Say(_)
        | Item::Broken(_) => None,
    }
}
