//! Names in a query about connections, bound like those of an assertion.

use super::Analysis;
use crate::diagnostics::Diagnostics;
use crate::model::Assert;
use crate::query::{self, Question};
use crate::resolve;
use crate::source::{Files, Name};
use crate::syntax;

/// A query whose names are bound.
#[derive(Debug)]
pub struct BoundQuestion {
    /// The files of the project, and the text of the query.
    pub files: Files,
    /// Diagnostics of the binding, at places in the text of the query.
    pub diagnostics: Diagnostics,
    /// The ends and ports of the query; `None` if it names nothing of the source, or has an error.
    pub assertion: Option<Assert>,
}

impl Analysis {
    /// Binds the names of a query about a cluster, as a platform file of the project would bind them.
    pub fn bind_question(&self, cluster: &Name, question: &Question) -> BoundQuestion {
        let (mut files, mut diagnostics) = (self.files().clone(), Diagnostics::default());
        let text = query::statement(question);
        let Some((text, bound)) = text.zip(self.bound(cluster)) else {
            return BoundQuestion { files, diagnostics, assertion: None };
        };
        let id = files.add(query::FILE.to_owned(), text);
        let tree = syntax::parse(&files, id, &mut diagnostics);
        let mut assertion = None;
        if !diagnostics.has_errors() {
            let names = (bound.checked.model(), &bound.scopes);
            let locked = bound.lock.services_of(cluster.as_str());
            let trees = self.trees();
            let mut found =
                resolve::assertions(&files, trees, &locked, names, &tree, &mut diagnostics);
            assertion = found.pop().filter(|_| !diagnostics.has_errors());
        }
        query::in_words(question, &mut files, &mut diagnostics);
        BoundQuestion { files, diagnostics, assertion }
    }
}
