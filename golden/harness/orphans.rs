//! Every file in `golden/` belongs to a case.

use super::case::Cases;
use super::tree;

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("house: every golden file belongs to a case", || {
        let golden = tree::root("golden");
        let names = tree::files(&golden).into_iter().map(|it| tree::relative(&golden, &it));
        names
            .filter(|it| !belongs(it))
            .map(|it| format!("golden/{it} belongs to no case"))
            .collect()
    });
}

fn belongs(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        ["README.md" | "harness.rs" | "mistakes.txt"]
        | [
            "diagnostics" | "diff" | "lower" | "stdlib" | "reports" | "query" | "findings",
            _,
            "mistakes.txt",
        ]
        | ["harness", ..]
        | ["schemas", _] => true,
        ["diff", _, file] => {
            ["in.mlnet", "before.mlnet", "live.yaml", "out.txt", "out.md", "out.json"]
                .contains(file)
        }
        ["diagnostics", _, file] => {
            let further = |it: &str| {
                let case = it.strip_prefix("bad-");
                case.is_some_and(|it| {
                    matches!(it.rsplit_once('.'), Some((_, "mlnet" | "yaml" | "txt")))
                })
            };
            ["README.md", "bad.mlnet", "bad.yaml", "bad.txt", "good.mlnet", "good.yaml"]
                .contains(file)
                || further(file)
        }
        ["query", _, file] => {
            ["in.mlnet", "live.yaml", "questions.txt", "out.txt", "out.json"].contains(file)
        }
        ["findings", _, file] => ["live.yaml", "out.txt"].contains(file),
        ["connections", _, file] => ["pods.yaml", "out.txt"].contains(file),
        ["syntax" | "live", _, file] => ["in.mlnet", "out.txt"].contains(file),
        ["lower", _, file] => ["in.mlnet", "out.yaml", "values.yaml"].contains(file),
        ["stdlib", component, file] => {
            let known = mlnetc::stdlib::names().any(|it| it == *component);
            let case = ["use.mlnet", "out.yaml", "values.yaml"];
            let facts = ["facts.mlnet", "facts.yaml", "upstream.yaml", "selects.txt"];
            known && (case.contains(file) || facts.contains(file))
        }
        ["changes", _, file] => ["edit.txt", "out.txt"].contains(file),
        ["reports", _, file] => {
            let kind = file.strip_suffix(".txt").unwrap_or("");
            mlnetc::report::template(kind).is_some()
                || ["graph.mermaid", "graph.dot"].contains(file)
        }
        ["examples", file] => {
            let example = file.strip_suffix(".yaml").or(file.strip_suffix(".mistakes.txt"));
            let example = example.unwrap_or("");
            let example = example.strip_suffix(".values").unwrap_or(example);
            !example.is_empty() && tree::root("examples").join(example).is_dir()
        }
        _ => false,
    }
}
