//! The output folder of a cluster: replaced atomically, without touching files of other owners and without rewriting
//! files that stay the same.
//!
//! The next state is staged in a folder beside the present one, with hard links to files that do not change, and the
//! two folders swap names. The next build removes what a killed build left beside the folder.

mod abandoned;
mod change;
mod disk;
mod leftover;
mod plan;
pub(super) mod report;
mod rewrite;
mod staged;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub(super) use abandoned::{Abandoned, find as abandoned, project, recorded_project};
pub(super) use change::{Change, Files};
pub(super) use disk::{read_if_there as read, write_whole};
use plan::Plan;
pub(super) use rewrite::rewrite;
use staged::Staged;

use super::failure::Failure;

/// The output folder of one cluster.
#[derive(Debug)]
pub(super) struct Output<'a> {
    folder: PathBuf,
    files: &'a Files,
}

/// Progress of a write. Tests stop a write after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next state has an empty folder.
    Begun,
    /// The next state is complete.
    Staged,
    /// The next state has been swapped in; the old state is beside it.
    Swapped,
}

impl<'a> Output<'a> {
    /// Plans to write `files` into `folder`, which need not exist.
    pub(super) fn new(folder: PathBuf, files: &'a Files) -> Result<Self, Failure> {
        disk::not_a_file(&folder)?;
        plan::no_twins(files)?;
        Ok(Self { folder, files })
    }

    /// Returns the folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the number of files that the folder must contain.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Returns the changes that writing would make. A file of another owner at a path of an output file is a failure.
    pub(super) fn change(&self) -> Result<Change, Failure> {
        let plan = Plan::new(&self.folder, self.files).or_else(|_| {
            // Another build may have replaced the folder between the two calls.
            let folder = disk::real(&self.folder)?;
            let _alone = disk::lock(folder.parent().unwrap_or(Path::new("/")))?;
            Plan::new(&self.folder, self.files)
        });
        plan.map(|it| it.change)
    }

    /// Writes the folder. Readers see the old or the new state, never a mixture; a failure leaves the folder as it was.
    pub(super) fn write(&self) -> Result<Change, Failure> {
        self.write_in_steps(&mut |_| Ok(()))
    }

    fn write_in_steps(
        &self,
        reached: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Change, Failure> {
        let folder = disk::real(&self.folder)?;
        let parent = folder.parent().unwrap_or(Path::new("/"));
        let _alone = disk::lock(parent)?;
        leftover::settle(&folder)?;
        let plan = Plan::new(&folder, self.files)?;
        if !plan.change.is_none() {
            let staged = Staged::beside(&folder)?;
            let filled = reached(Step::Begun)
                .map_err(|error| Failure::io("write", &folder, error))
                .and_then(|()| staged.fill(&plan))
                .and_then(|()| {
                    reached(Step::Staged).map_err(|it| Failure::io("write", &folder, it))
                })
                .and_then(|()| staged.swap());
            let old = filled.inspect_err(|_| staged.discard())?;
            reached(Step::Swapped).map_err(|error| Failure::io("write", &folder, error))?;
            if let Some(old) = old {
                leftover::clean(&old, &folder, &plan.owned)?;
            }
        }
        Ok(plan.change)
    }
}
