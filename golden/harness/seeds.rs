//! Seeds of the fuzz targets: the sources and the manifests of the repository, one per text, and their words.

use std::collections::BTreeMap;
use std::path::Path;

use super::project::Project;
use super::tree;

/// Number of texts that must contain a word before it counts as a word of the language, or of Kubernetes.
const SHARED: usize = 4;

/// Writes `sources/`, `manifests/`, and the words of each.
pub(crate) fn write(folder: &Path) {
    let ending = |end: &str| {
        let files = tree::files_ending("golden", end).into_iter();
        files.map(|it| tree::text(&it)).collect::<Vec<_>>()
    };
    let mut sources = ending(".mlnet");
    sources.extend(tree::files_ending("stdlib", ".mlnet").iter().map(|it| tree::text(it)));
    let examples = tree::folders(&tree::root("examples")).into_iter();
    let examples = examples.map(|it| Project::folder(&tree::root("examples").join(it)).sources());
    sources.extend(examples.map(|texts| {
        let texts = texts.iter().map(|(path, text)| format!("# file: {path}\n{text}\n"));
        texts.collect::<String>()
    }));
    for (name, texts) in [("sources", sources), ("manifests", ending(".yaml"))] {
        for (at, text) in texts.iter().enumerate() {
            tree::write(&folder.join(name).join(format!("{at:04}")), text);
        }
        tree::write(&folder.join(format!("{name}.dict")), &dictionary(&texts));
    }
}

/// Returns the words that texts share, in the format of libFuzzer.
fn dictionary(texts: &[String]) -> String {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        let is_word = |it: char| it.is_ascii_alphanumeric() || "-/.".contains(it);
        let mut own: Vec<&str> = text.split(|it| !is_word(it)).filter(|it| it.len() > 1).collect();
        own.sort_unstable();
        own.dedup();
        for it in own {
            *words.entry(it).or_default() += 1;
        }
    }
    let shared = words.iter().filter(|(_, texts)| **texts >= SHARED);
    let lines: Vec<String> = shared.map(|(word, _)| format!("\"{word}\"")).collect();
    lines.join("\n") + "\n"
}
