//! The whole compiler, texts in, objects and messages out: the passes called in order. Read this first.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::check::{self, Checked};
use crate::diagnostics::Diagnostics;
use crate::lock::Lock;
use crate::origin::Traced;
use crate::resolve;
use crate::scalar::Date;
use crate::source::{Expansion, FileId, Files, Name, Spanned};
use crate::stdlib;
use crate::syntax::{self, ast};

/// A parsed project: its own files, and the components of the standard library that it uses.
pub struct Program {
    /// Every text.
    pub files: Files,
    /// Every tree, in the order of the files.
    pub asts: Vec<ast::File>,
    /// What parsing said.
    pub said: Diagnostics,
}

/// One cluster's network.
pub struct Built {
    /// Every object with its file and its origins.
    pub objects: Vec<Traced>,
    /// The components and profiles that the origins speak of.
    pub expansions: Vec<Expansion>,
    /// The lock as it is after this build.
    pub lock: Lock,
    /// How many assertions the source has.
    pub assertions: usize,
}

impl Program {
    /// Reads (path, text) pairs in any order.
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = Files::new(texts);
        let mut program = Self { files, asts: Vec::new(), said: Diagnostics::default() };
        let own: Vec<FileId> = program.files.iter().map(|(id, _)| id).collect();
        program.parse(&own);
        program.add_used_components();
        program
    }

    /// The clusters, in the order of their names.
    pub fn clusters(&self) -> Vec<Spanned<Name>> {
        resolve::clusters(&self.asts)
    }

    /// Parses files, each by itself.
    fn parse(&mut self, ids: &[FileId]) {
        let files = &self.files;
        let parsed: Vec<(ast::File, Diagnostics)> = ids
            .par_iter()
            .map(|id| {
                let mut said = Diagnostics::default();
                let file = syntax::parse(files, *id, &mut said);
                (file, said)
            })
            .collect();
        for (file, said) in parsed {
            self.asts.push(file);
            self.said.append(said);
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
    today: Date,
    said: &mut Diagnostics,
) -> Option<Checked> {
    let mut mine = Diagnostics::default();
    let checked = match resolve::program(&program.files, &program.asts, cluster, &mut mine) {
        Some(model) => check::model(&program.files, model, today, &mut mine),
        None => {
            mine.push(resolve::unknown_cluster(cluster, &program.clusters()));
            None
        }
    };
    let fine = !program.said.has_errors() && !mine.has_errors();
    said.append(mine);
    checked.filter(|_| fine)
}
