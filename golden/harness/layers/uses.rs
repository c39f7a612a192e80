//! Uses between modules and between files: each path in a `use`, an expression, a type, a pattern or the arguments of a
//! macro. Method calls contain no path and are not found.

use std::collections::BTreeMap;

use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemUse, Macro, Path as RustPath, TraitItemFn, Visibility};

use super::modules::{Modules, Path, Target, absolute, attributes, imports, is_for_tests};

/// Uses: (user, used) with a path of the use.
pub(super) type Uses = BTreeMap<(String, String), String>;

/// The graph of uses.
#[derive(Default)]
pub(super) struct Graph {
    /// Between modules at the root of the crate, by the paths that are written.
    pub(super) modules: Uses,
    /// Between files, from the path to the file that defines the item.
    pub(super) files: Uses,
}

impl Graph {
    /// The uses in every module.
    pub(super) fn of(modules: &Modules) -> Self {
        let mut graph = Self::default();
        for (path, module) in modules.iter() {
            let mut finder = Finder { modules, at: path, file: &module.file, graph: &mut graph };
            for item in &module.items {
                finder.visit_item(item);
            }
        }
        graph
    }
}

/// Collects the uses in one module.
struct Finder<'a> {
    modules: &'a Modules,
    at: &'a Path,
    file: &'a str,
    graph: &'a mut Graph,
}

impl Finder<'_> {
    /// A path that names a module at the root of the crate uses it.
    fn module(&mut self, path: &[String]) {
        let used = absolute(self.at, path).and_then(|it| it.into_iter().next());
        let Some(used) = used.filter(|it| self.modules.has(it)) else { return };
        let Some(user) = self.at.first().filter(|it| **it != used) else { return };
        self.graph.modules.entry((user.clone(), used)).or_insert_with(|| self.file.to_owned());
    }

    /// A path that names an item uses the file that defines it.
    fn item(&mut self, path: &[String], is_glob: bool) {
        let module = match self.modules.resolve(self.at, path) {
            Some(Target::Item(it)) => it,
            Some(Target::Module(it)) if is_glob => it,
            Some(Target::Module(_)) | None => return,
        };
        let used = self.modules.file(&module);
        if used != self.file {
            let edge = (self.file.to_owned(), used.to_owned());
            self.graph.files.entry(edge).or_insert_with(|| path.join("::"));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_trait_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for import in imports(item) {
            self.module(&import.path);
            // A module does not use the items that it only re-exports.
            if !is_reexport {
                self.item(&import.path, import.is_glob);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast RustPath) {
        let segments: Path = path.segments.iter().map(|it| it.ident.to_string()).collect();
        self.module(&segments);
        self.item(&segments, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        let tokens = TokenBuffer::new2(call.tokens.clone());
        let mut paths = Vec::new();
        collect(tokens.begin(), &mut paths);
        for path in paths {
            self.module(&path);
            self.item(&path, false);
        }
    }

    // `pub(in crate::a)` uses nothing of `a`, and an attribute names no item of the crate.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// The paths of at least two segments in the tokens of a macro.
fn collect(mut at: Cursor<'_>, paths: &mut Vec<Path>) {
    while !at.eof() {
        at = if let Some((inner, _, _, after)) = at.any_group() {
            collect(inner, paths);
            after
        } else if let Some((first, mut after)) = at.ident() {
            let mut path = vec![first.to_string()];
            while let Some((segment, next)) = segment(after) {
                path.push(segment);
                after = next;
            }
            if path.len() > 1 {
                paths.push(path);
            }
            after
        } else if let Some((_, after)) = at.token_tree() {
            after
        } else {
            return;
        };
    }
}

/// Returns the name of `::name`.
fn segment(at: Cursor<'_>) -> Option<(String, Cursor<'_>)> {
    let (first, at) = at.punct()?;
    let (second, at) = at.punct()?;
    let (name, at) = at.ident()?;
    (first.as_char() == ':' && second.as_char() == ':').then(|| (name.to_string(), at))
}
