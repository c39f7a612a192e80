//! Emission: objects to bytes, and the lines of these bytes back to the source. It contains the only
//! serializer.

mod blame;
mod header;
pub mod index;
mod kustomization;
pub mod lines;
mod notes;
mod order;
pub mod schema;
mod tree;
pub mod yaml;

pub use blame::{FileOrigins, LineOrigin, of_file as blame, origins_of_lines};
pub use tree::{Bug, Counts, Target, Tree, tree};

#[cfg(test)]
mod tests;
