//! The blocks of the documents: those marked `mlnet` compile, those marked `mlnet fragment` parse.

use std::path::PathBuf;

use libtest_mimic::Failed;

use super::case::Cases;
use super::project::Project;
use super::tree;

/// A fenced block.
struct Block {
    /// The text behind the fence.
    kind: String,
    line: usize,
    text: String,
}

/// Adds a test for each document.
pub(crate) fn add(cases: &mut Cases) {
    for path in documents() {
        let name = format!("docs/{}", tree::from_root(&path));
        cases.add(name, move |_| check(&tree::text(&path)));
    }
}

/// Returns the documents of the repository, and the pages of diagnostics.
pub(crate) fn documents() -> Vec<PathBuf> {
    let house =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "golden/README.md"];
    let house = house.into_iter().map(tree::root).filter(|it| it.exists());
    let pages = tree::files_ending("golden/diagnostics", "README.md");
    house.chain(tree::files_ending("docs", ".md")).chain(pages).collect()
}

fn blocks(document: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in document.lines().enumerate() {
        if let Some(kind) = line.strip_prefix("```") {
            if !open {
                let kind = kind.trim().to_owned();
                blocks.push(Block { kind, line: at + 1, text: String::new() });
            }
            open = !open;
        } else if let Some(block) = blocks.last_mut().filter(|_| open) {
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    blocks
}

/// Checks the blocks of a document. Blocks that begin with `# file: PATH` are one project; each other block is a
/// project of its own.
fn check(document: &str) -> Result<(), Failed> {
    let mut whole = String::new();
    let mut faults = Vec::new();
    for block in blocks(document) {
        let project = Project::cut("block.mlnet", &block.text);
        let outcome = match block.kind.as_str() {
            "mlnet" if block.text.starts_with("# file: ") => {
                whole.push_str(&block.text);
                continue;
            }
            "mlnet" => project.compile(),
            "mlnet fragment" => project.parse(),
            _ => continue,
        };
        if !outcome.codes().is_empty() {
            faults.push(format!("the block in line {}:\n{}", block.line, outcome.diagnostics()));
        }
    }
    let outcome = (!whole.is_empty()).then(|| Project::cut("", &whole).compile());
    let outcome = outcome.filter(|it| !it.codes().is_empty());
    faults.extend(outcome.map(|it| format!("the project of this document:\n{}", it.diagnostics())));
    super::case::none(&faults)
}
