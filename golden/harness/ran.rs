//! Codes that only commands report: a case has lines `# run: ARGUMENTS`, which run one after the other in a folder with
//! its files in `net/`. The messages are the stderr of the last run. A line `# link: NAME TARGET` makes a symbolic link
//! in `net/`.

use std::os::unix::fs::symlink;

use super::folder::{Folder, text};
use super::{live, project, tree};

/// The output of a run.
pub(crate) struct Ran {
    /// The text on stderr.
    pub(crate) messages: String,
    /// The text on stdout.
    pub(crate) result: String,
}

impl Ran {
    /// Returns the codes of the messages.
    pub(crate) fn codes(&self) -> Vec<String> {
        live::codes(&self.messages)
    }
}

/// Runs a case; `None` if it has no `# run:`.
pub(crate) fn run(name: &str, case: &str) -> Option<Ran> {
    let runs: Vec<&str> = case.lines().filter_map(|it| it.strip_prefix("# run: ")).collect();
    if runs.is_empty() {
        return None;
    }
    let folder = Folder::new(&format!("ran-{name}"));
    for (path, text) in &project::Project::cut("net.mlnet", case).texts {
        tree::write(&folder.0.join("net").join(path), text);
    }
    for link in case.lines().filter_map(|it| it.strip_prefix("# link: ")) {
        let (name, target) = link.split_once(' ').expect("a name and a target");
        symlink(target, folder.0.join("net").join(name)).expect("a folder of ours");
    }
    let (mut messages, mut result) = (String::new(), String::new());
    for arguments in runs {
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.extend(["--today", "2026-12-01"]);
        let output = folder.run(&arguments);
        (messages, result) = (text(&output.stderr), text(&output.stdout));
    }
    Some(Ran { messages, result })
}
