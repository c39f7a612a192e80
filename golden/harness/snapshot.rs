//! What mlnetc says about manifests; and `golden/findings/CASE/`: what it says about `live.yaml` is `out.txt`.

use libtest_mimic::Failed;
use mlnetc::findings::{self, Ids};
use mlnetc::manifests::{self, Text};
use mlnetc::source::Files;

use super::case::{Cases, Expect};
use super::project::Outcome;
use super::tree;

/// Adds a test for each case.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/findings")) {
        let folder = tree::root("golden/findings").join(&case);
        cases.add(format!("findings/{case}"), move |expect: Expect| -> Result<(), Failed> {
            let outcome = check("live.yaml", &tree::text(&folder.join("live.yaml")));
            expect.file(&folder.join("out.txt"), &outcome.said())
        });
    }
}

/// Looks at one text of manifests.
pub(crate) fn check(name: &str, text: &str) -> Outcome {
    let text = Text { name: name.to_owned(), text: text.to_owned() };
    let manifests = manifests::read(std::slice::from_ref(&text)).expect("manifests can be read");
    let mut files = Files::default();
    let id = files.add_beside(name.to_owned(), manifests.without_secrets(text));
    let ids = Ids::from([(name.to_owned(), id)]);
    let said = findings::check(&manifests, &files, &ids).said;
    Outcome { files, diagnostics: said.sorted(), built: Vec::new() }
}
