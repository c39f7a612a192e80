//! `golden/syntax/CASE/`: what parsing says about `in.mlnet` is `out.txt`.

use super::case::Cases;
use super::project::Project;
use super::tree;

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/syntax")) {
        let folder = tree::root("golden/syntax").join(&case);
        cases.add(format!("syntax/{case}"), move |expect| {
            let text = tree::text(&folder.join("in.mlnet"));
            let outcome = Project::cut("in.mlnet", &text).parse();
            expect.file(&folder.join("out.txt"), &outcome.diagnostics())
        });
    }
}
