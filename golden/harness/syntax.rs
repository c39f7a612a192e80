//! `golden/syntax/CASE/`: what parsing says about `in.mlnet` is `out.txt`.

use super::case::Cases;
use super::{project, tree};

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/syntax")) {
        let folder = tree::root("golden/syntax").join(&case);
        cases.add(format!("syntax/{case}"), move |expect| {
            let said =
                project::parse(project::cut("in.mlnet", &tree::text(&folder.join("in.mlnet"))));
            expect.file(&folder.join("out.txt"), &said.text())
        });
    }
}
