//! `golden/changes/CASE/`: a small change of `examples/article`, and the resulting change of the output. Lines that
//! only name another place of the source are counted and not shown; `mlnetc diff` does not compare them either.

use std::fmt::Write as _;

use libtest_mimic::Failed;
use similar::TextDiff;

use super::case::{Cases, Expect};
use super::project::Project;
use super::same::{self, Texts};
use super::tree;

/// Adds a test for each change.
pub(crate) fn add(cases: &mut Cases) {
    for case in tree::folders(&tree::root("golden/changes")) {
        cases.add(format!("changes/{case}"), move |expect| check(&case, expect));
    }
}

fn check(case: &str, expect: Expect) -> Result<(), Failed> {
    let folder = tree::root("golden/changes").join(case);
    let before = Project::folder(&tree::root("examples/article"));
    let after = edited(before.clone(), &tree::text(&folder.join("edit.txt")))?;
    let (before, after) = (before.compile(), after.compile());
    if after.built.is_empty() {
        return Err(format!("it does not build:\n{}", after.diagnostics()).into());
    }
    let places = |one: &Texts, other: &Texts| {
        changed(&same::without_index(one), &same::without_index(other))
    };
    let (all, real) = (
        places(&same::all_files(&before), &same::all_files(&after)),
        changed(&same::without_places(&before), &same::without_places(&after)),
    );
    let only = all.1 - real.1;
    let mut text = format!("{} lines change", real.1);
    let _ = writeln!(text, "; {only} more only name another place of the source");
    text.push_str(&real.0);
    expect.file(&folder.join("out.txt"), &text)
}

/// Applies an edit: a path, then removed lines (`- `) and the lines that replace them (`+ `); a comment above.
fn edited(mut project: Project, edit: &str) -> Result<Project, Failed> {
    let mut path = "";
    let (mut old, mut new) = (String::new(), String::new());
    for line in edit.lines().chain([""]) {
        let goes = line.strip_prefix("- ");
        let comes = line.strip_prefix("+ ");
        if comes.is_none() && !new.is_empty() {
            replace(&mut project, path, &old, &new)?;
            (old, new) = (String::new(), String::new());
        }
        match (goes, comes) {
            (Some(line), _) => old = old + line + "\n",
            (None, Some(line)) => new = new + line + "\n",
            (None, None) if line.starts_with('#') => {}
            (None, None) => path = line,
        }
    }
    Ok(project)
}

fn replace(project: &mut Project, path: &str, old: &str, new: &str) -> Result<(), Failed> {
    let file = project.texts.iter_mut().find(|(name, _)| name == path);
    let (_, text) = file.ok_or_else(|| format!("there is no {path}"))?;
    if !text.contains(old) {
        return Err(format!("{path} does not have\n{old}").into());
    }
    *text = text.replacen(old, new, 1);
    Ok(())
}

/// Returns the differences of two outputs, and the number of their lines.
fn changed(before: &Texts, after: &Texts) -> (String, usize) {
    let paths = before.iter().chain(after).map(|(path, _)| path.as_str());
    let paths: std::collections::BTreeSet<&str> = paths.collect();
    let text = |texts: &Texts, path: &str| {
        let found = texts.iter().find(|(name, _)| name == path);
        found.map_or_else(String::new, |(_, text)| text.clone() + "\n")
    };
    let (mut all, mut count) = (String::new(), 0);
    for path in paths {
        let (old, new) = (text(before, path), text(after, path));
        if old == new {
            continue;
        }
        let diff = TextDiff::from_lines(&old, &new);
        let real = |it: &similar::Change<&str>| it.tag() != similar::ChangeTag::Equal;
        count += diff.iter_all_changes().filter(|it| real(it)).count();
        all.push('\n');
        all.push_str(&diff.unified_diff().context_radius(2).header(path, path).to_string());
    }
    (all, count)
}
