//! The files of an output folder, and what writing them changes.

/// Files that an output folder must contain: path with `/` between folders, content.
pub(in crate::cli) type Files = [(String, Vec<u8>)];

/// Effect of writing an output folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Change {
    /// Files that do not exist yet.
    pub(in crate::cli) added: Vec<String>,
    /// Files whose content differs.
    pub(in crate::cli) changed: Vec<String>,
    /// Files that mlnetc wrote earlier and no longer writes.
    pub(in crate::cli) removed: Vec<String>,
}

impl Change {
    /// Returns whether the folder is up to date.
    pub(in crate::cli) fn is_none(&self) -> bool {
        self.count() == 0
    }

    /// Returns the number of files that differ.
    pub(in crate::cli) fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}
