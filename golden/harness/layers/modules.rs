//! The modules of a crate, parsed: the items that each defines and the names that it imports. Paths are resolved
//! through imports and re-exports to the module that defines the item. Items for tests are left out.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree};

/// The path of a module below the root of the crate.
pub(super) type Path = Vec<String>;

/// Greatest length of a chain of re-exports; a longer path counts as foreign.
const REEXPORTS: usize = 16;

/// The modules by their paths.
pub(super) struct Modules(BTreeMap<Path, Module>);

/// One module: a file, or a module inside of a file.
pub(super) struct Module {
    /// The file, relative to the folder of the crate's root.
    pub(super) file: String,
    /// The items, without those for tests.
    pub(super) items: Vec<Item>,
    /// Names of the items.
    defined: BTreeSet<String>,
    /// Imported names with their paths as they are written.
    imported: BTreeMap<String, Path>,
    /// Paths of imports that end with `*`.
    globs: Vec<Path>,
}

/// The target of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A module.
    Module(Path),
    /// An item of this module.
    Item(Path),
}

/// One name of a `use`.
pub(super) struct Import {
    /// The path as it is written, without `*`.
    pub(super) path: Path,
    /// The name in scope; `None` for `_` and `*`.
    name: Option<String>,
    /// Whether the path ends with `*`.
    pub(super) is_glob: bool,
}

impl Modules {
    /// Parses the files of a crate, by their paths relative to the folder of `lib.rs`. Files that no `mod` declares, or
    /// only a `mod` for tests, are left out.
    pub(super) fn of(files: &BTreeMap<String, String>) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.add_file(files, Vec::new(), "lib.rs");
        modules
    }

    /// Each module with its path.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &Module)> {
        self.0.iter()
    }

    /// Whether a module of this name is at the root of the crate.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(std::slice::from_ref(&name.to_owned()))
    }

    /// The file of a module.
    pub(super) fn file(&self, module: &Path) -> &str {
        self.0.get(module).map_or("", |it| &it.file)
    }

    fn add_file(&mut self, files: &BTreeMap<String, String>, path: Path, name: &str) {
        let text = files.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        let parsed = syn::parse_file(text).unwrap_or_else(|it| panic!("{name}: {it}"));
        self.add(files, path, name, parsed.items);
    }

    fn add(&mut self, files: &BTreeMap<String, String>, path: Path, file: &str, items: Vec<Item>) {
        let mut module = Module {
            file: file.to_owned(),
            items: Vec::new(),
            defined: BTreeSet::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
        };
        for item in items.into_iter().filter(|it| !is_for_tests(attributes(it))) {
            let Item::Mod(inner) = item else {
                module.defined.extend(name(&item));
                Imports(&mut module).visit_item(&item);
                module.items.push(item);
                continue;
            };
            let inner_path = joined(&path, &[inner.ident.to_string()]);
            match inner.content {
                Some((_, items)) => self.add(files, inner_path, file, items),
                None => {
                    let stem = inner_path.join("/");
                    let names = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
                    let name = names.iter().find(|it| files.contains_key(*it));
                    let name = name.unwrap_or_else(|| panic!("no file of module {stem}")).clone();
                    self.add_file(files, inner_path, &name);
                }
            }
        }
        self.0.insert(path, module);
    }

    /// Resolves a path that is written in a module; `None` for items of other crates, local variables and generics.
    pub(super) fn resolve(&self, from: &Path, path: &[String]) -> Option<Target> {
        self.resolve_within(from, path, REEXPORTS)
    }

    fn resolve_within(&self, from: &Path, path: &[String], limit: usize) -> Option<Target> {
        let limit = limit.checked_sub(1)?;
        let base = base(from, path);
        let is_relative = base.is_none();
        let (mut at, mut rest) = base.unwrap_or_else(|| (from.clone(), path));
        while let Some((name, more)) = rest.split_first() {
            let module = self.0.get(&at)?;
            let is_named = module.defined.contains(name) || module.imported.contains_key(name);
            let inner = joined(&at, std::slice::from_ref(name));
            // A module and a function may have the same name: only the module has a path behind it.
            if self.0.contains_key(&inner) && !(more.is_empty() && is_named) {
                (at, rest) = (inner, more);
                continue;
            }
            if module.defined.contains(name) {
                return Some(Target::Item(at));
            }
            if let Some(imported) = module.imported.get(name) {
                return self.resolve_within(&at, &joined(imported, more), limit);
            }
            let found = module
                .globs
                .iter()
                .find_map(|it| self.resolve_within(&at, &joined(it, rest), limit));
            // An item that is in no module is defined by a macro.
            let is_foreign = is_relative && at == *from;
            return found.or((!is_foreign).then_some(Target::Item(at)));
        }
        Some(Target::Module(at))
    }
}

/// A path from the root of the crate, if it begins with `crate`, `self` or `super`.
pub(super) fn absolute(from: &Path, path: &[String]) -> Option<Path> {
    base(from, path).map(|(module, rest)| joined(&module, rest))
}

/// The module that `crate`, `self` or `super` names, and the path behind it.
fn base<'a>(from: &Path, path: &'a [String]) -> Option<(Path, &'a [String])> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some((Vec::new(), rest)),
        "self" => Some((from.clone(), rest)),
        "super" => {
            let parent = from.get(..from.len().checked_sub(1)?)?.to_vec();
            match rest.first() {
                Some(next) if next == "super" => base(&parent, rest),
                Some(_) | None => Some((parent, rest)),
            }
        }
        _ => None,
    }
}

/// The names of a `use`.
pub(super) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    collect(&item.tree, &Vec::new(), &mut found);
    found
}

/// Whether an item exists only in tests.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|it| it.path().is_ident("cfg"))
        .any(|it| it.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test"))
}

/// The attributes of an item that may have a `cfg`.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other items are rare, and syn adds more")]
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other items define no name")]
fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Macro(it) => it.ident.as_ref()?,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn joined(front: &[String], back: &[String]) -> Path {
    [front, back].concat()
}

fn collect(tree: &UseTree, front: &Path, found: &mut Vec<Import>) {
    let with = |name: String| joined(front, &[name]);
    match tree {
        UseTree::Path(it) => collect(&it.tree, &with(it.ident.to_string()), found),
        UseTree::Group(it) => it.items.iter().for_each(|it| collect(it, front, found)),
        UseTree::Glob(_) => {
            found.push(Import { path: front.clone(), name: None, is_glob: true });
        }
        UseTree::Name(it) if it.ident == "self" => {
            found.push(Import { path: front.clone(), name: front.last().cloned(), is_glob: false });
        }
        UseTree::Name(it) => {
            let name = it.ident.to_string();
            found.push(Import { path: with(name.clone()), name: Some(name), is_glob: false });
        }
        UseTree::Rename(it) => {
            let path = if it.ident == "self" { front.clone() } else { with(it.ident.to_string()) };
            let name = Some(it.rename.to_string()).filter(|it| it != "_");
            found.push(Import { path, name, is_glob: false });
        }
    }
}

/// Adds the imports of a module and of its functions.
struct Imports<'a>(&'a mut Module);

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for import in imports(item) {
            if import.is_glob {
                self.0.globs.push(import.path);
            } else if let Some(name) = import.name {
                self.0.imported.insert(name, import.path);
            }
        }
        visit::visit_item_use(self, item);
    }
}
