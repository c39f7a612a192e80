//! The parser that pest derives from `grammar/mlnet.pest`.

/// The grammar; `Rule` has a variant for each of its rules.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/mlnet.pest"]
pub(super) struct Grammar;
