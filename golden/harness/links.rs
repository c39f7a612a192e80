//! Links between documents: each leads to a file of the repository and, behind `#`, to a heading or an anchor of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::case::Cases;
use super::{docs, tree};

/// Adds the test.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("docs: every link has a target", broken);
}

/// One line for each link without a target: `PATH: LINK`.
fn broken() -> Vec<String> {
    let mut faults = Vec::new();
    for path in docs::documents() {
        let text = prose(&tree::text(&path));
        for link in links(&text).filter(|it| !it.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { beside(&path, file) };
            let has_anchor = || anchors(&prose(&tree::text(&target))).contains(anchor);
            if !target.exists() || (!anchor.is_empty() && !has_anchor()) {
                faults.push(format!("{}: {link}", tree::from_root(&path)));
            }
        }
    }
    faults
}

/// A document without fenced blocks.
fn prose(text: &str) -> String {
    let parts = text.split("\n```").step_by(2);
    parts.collect::<Vec<_>>().join("\n")
}

/// The targets of the inline links of a document.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let rests = text.split("](").skip(1);
    rests.filter_map(|it| it.split_once(')').map(|(link, _)| link))
}

/// The path of a link in a document.
fn beside(document: &Path, link: &str) -> PathBuf {
    let folder = document.parent().expect("INVARIANT: a file has a folder");
    let mut path = folder.to_path_buf();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(_)
            | Component::CurDir
            | Component::RootDir
            | Component::Prefix(_) => path.push(part),
        }
    }
    path
}

/// The anchors of a document: those that GitHub derives from headings, and ids in HTML.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|it| it.starts_with('#'));
    let derived = headings.map(|it| {
        let words = it.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|it| it.is_alphanumeric() || "-_ ".contains(*it));
        kept.map(|it| if it == ' ' { '-' } else { it }).collect()
    });
    let ids = text.split("id=\"").skip(1).filter_map(|it| it.split_once('"'));
    derived.chain(ids.map(|(id, _)| id.to_owned())).collect()
}
