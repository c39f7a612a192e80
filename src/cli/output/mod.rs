//! The output folder of a cluster: replaced as one step, without touching what mlnetc did not write
//! and without rewriting what stays the same.
//!
//! The next state is staged in a folder beside the present one, of hard links where nothing changes,
//! and the two swap names. What a killed build left beside is settled by the next.

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

/// How far a write has come. Tests stop it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next state has its folder, which is empty.
    Begun,
    /// The next state is whole.
    Staged,
    /// The next state has taken its place; the old one stands beside.
    Swapped,
}

impl<'a> Output<'a> {
    /// `files` as the content of `folder`, which need not exist.
    pub(super) fn new(folder: PathBuf, files: &'a Files) -> Result<Self, Failure> {
        disk::not_a_file(&folder)?;
        plan::no_twins(files)?;
        Ok(Self { folder, files })
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many files it has to hold.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// What writing would do. A file in the way that mlnetc did not write is a failure.
    pub(super) fn change(&self) -> Result<Change, Failure> {
        let plan = Plan::new(&self.folder, self.files).or_else(|_| {
            // Another build may have put its own in place between two looks at it.
            let folder = disk::real(&self.folder)?;
            let _alone = disk::lock(folder.parent().unwrap_or(Path::new("/")))?;
            Plan::new(&self.folder, self.files)
        });
        plan.map(|it| it.change)
    }

    /// Writes. Whoever looks sees the folder as it was or as it has to be, nothing between; what
    /// fails leaves it as it was.
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
