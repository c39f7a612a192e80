//! The files of an output folder, and what writing them changes.

/// What an output folder has to hold: path with `/` between folders, content.
pub(in crate::cli) type Files = [(String, Vec<u8>)];

/// What writing an output folder does, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Change {
    /// Files that are not there yet.
    pub(in crate::cli) added: Vec<String>,
    /// Files with another text.
    pub(in crate::cli) changed: Vec<String>,
    /// Files that mlnetc wrote before and writes no longer.
    pub(in crate::cli) removed: Vec<String>,
}

impl Change {
    /// Whether everything is as it has to be.
    pub(in crate::cli) fn is_none(&self) -> bool {
        self.count() == 0
    }

    /// How many files differ.
    pub(in crate::cli) fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}
