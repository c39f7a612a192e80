//! A parsed project: texts in, trees out. Only changed texts are parsed again.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostics::{Diagnostics, Expectation};
use crate::lower::Schemas;
use crate::resolve;
use crate::source::{FileId, Files, Name, Spanned};
use crate::stdlib;
use crate::syntax::{self, ast};

/// A parsed project: its own files, and the components of the standard library that it uses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Program {
    /// Every text.
    pub files: Files,
    /// Every tree, in the order of the files.
    pub trees: Vec<Arc<ast::File>>,
    /// The JSON Schemas that `values` name, by path, as the caller read them.
    pub schemas: Schemas,
    /// Diagnostics of the parser, by tree.
    diagnostics: Vec<Diagnostics>,
    /// The warnings that comments of dropped trees expect.
    expected: Vec<Expectation>,
    /// Number of files of the project; those of the standard library follow them.
    own: usize,
}

impl Program {
    /// Parses (path, text) pairs, given in any order.
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = Files::new(texts);
        let own: Vec<FileId> = files.iter().map(|(id, _)| id).collect();
        let mut program = Self {
            files,
            trees: Vec::new(),
            schemas: Schemas::new(),
            diagnostics: Vec::new(),
            expected: Vec::new(),
            own: own.len(),
        };
        program.parse(&own);
        program.add_used_components();
        program
    }

    /// Replaces the texts of the project. Parses the changed files only, unless a file is added or removed or another
    /// component of the standard library is used. Returns whether anything changed.
    pub fn update(&mut self, texts: impl IntoIterator<Item = (String, String)>) -> bool {
        let mut texts: Vec<(String, String)> = texts.into_iter().collect();
        texts.sort();
        let paths = self.files.iter().take(self.own).map(|(_, it)| it.path.as_str());
        if !paths.eq(texts.iter().map(|(path, _)| path.as_str())) {
            self.read_again(texts);
            return true;
        }
        let mut changed = Vec::new();
        for ((id, file), (_, text)) in self.files.iter().zip(&texts) {
            if file.text != *text {
                changed.push(id);
            }
        }
        if changed.is_empty() {
            return false;
        }
        let mut texts = texts.into_iter();
        let own: Vec<FileId> = self.files.iter().take(self.own).map(|(id, _)| id).collect();
        let mut is_same_library = true;
        for (at, id) in own.into_iter().enumerate() {
            let Some((_, text)) = texts.next() else { break };
            if !changed.contains(&id) {
                continue;
            }
            self.files.replace(id, text);
            let (tree, diagnostics) = parsed(&self.files, id);
            is_same_library &= components(&self.trees[at]) == components(&tree);
            self.trees[at] = Arc::new(tree);
            self.diagnostics[at] = diagnostics;
        }
        if !is_same_library {
            self.parse_again();
        }
        true
    }

    /// Parses every file of the project again. Other files, such as a lock, are dropped.
    pub fn parse_again(&mut self) {
        let own = self.files.iter().take(self.own);
        let texts = own.map(|(_, it)| (it.path.clone(), it.text.clone())).collect();
        self.read_again(texts);
    }

    fn read_again(&mut self, texts: Vec<(String, String)>) {
        let schemas = std::mem::take(&mut self.schemas);
        *self = Self { schemas, ..Self::read(texts) };
    }

    /// Drops the trees, when they are no longer needed. The diagnostics of the parser stay.
    pub fn forget_trees(&mut self) {
        self.expected = self.expectations();
        self.trees = Vec::new();
    }

    /// Returns the diagnostics of the parser.
    pub fn diagnostics(&self) -> Diagnostics {
        let mut all = Diagnostics::default();
        for it in &self.diagnostics {
            all.append(it.clone());
        }
        all
    }

    /// Returns whether a file has a syntax error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostics::has_errors)
    }

    /// Returns the warnings that comments of the project expect.
    pub fn expectations(&self) -> Vec<Expectation> {
        let expected = self.trees.iter().flat_map(|it| &it.expectations);
        self.expected.iter().chain(expected).cloned().collect()
    }

    /// Returns the clusters, in the order of their names.
    pub fn clusters(&self) -> Vec<Spanned<Name>> {
        resolve::clusters(&self.trees)
    }

    /// Returns the paths of the JSON Schemas that `values` name, relative to the project's root. The caller reads them
    /// into `schemas` before building.
    pub fn schema_paths(&self) -> BTreeSet<String> {
        self.trees.iter().flat_map(|it| resolve::schema_paths(it)).collect()
    }

    /// Parses files, in parallel.
    fn parse(&mut self, ids: &[FileId]) {
        let files = &self.files;
        let parsed: Vec<_> = ids.par_iter().map(|id| parsed(files, *id)).collect();
        for (tree, diagnostics) in parsed {
            self.trees.push(Arc::new(tree));
            self.diagnostics.push(diagnostics);
        }
    }

    /// Adds the components of the standard library that are used and that the project does not define.
    fn add_used_components(&mut self) {
        let mut present: BTreeSet<Name> =
            self.trees.iter().flat_map(|it| resolve::declared_components(it)).collect();
        let mut unread = 0;
        while unread < self.trees.len() {
            let mut wanted: BTreeSet<Name> =
                self.trees[unread..].iter().flat_map(|it| resolve::used_components(it)).collect();
            wanted.retain(|it| !present.contains(it));
            unread = self.trees.len();
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

fn parsed(files: &Files, id: FileId) -> (ast::File, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse(files, id, &mut diagnostics);
    (tree, diagnostics)
}

/// Returns the components that a file declares, and those that it uses.
fn components(tree: &ast::File) -> (BTreeSet<Name>, BTreeSet<Name>) {
    (resolve::declared_components(tree), resolve::used_components(tree))
}
