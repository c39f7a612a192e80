//! mlnetc: one description of an ML platform's network in, everything the cluster needs out.
//!
//! ```text
//! texts --parse--> ast --resolve--> model --check--> Checked --lock--> addresses
//!                                     |                 |
//!                                     |                 +--lower--> policies --render--+
//!                                     |                 |                              |
//!                                     |                 +--lower-----------------------+--> objects --emit--> bytes
//!                                     |                                                        |
//!                                     +------validate: read the policies back, fold in order---+
//!                                                                                              |
//! live objects ------------------------------------------------------------------------diff----+--> differences
//! ```

pub mod analysis;
pub mod check;
pub mod cli;
pub mod compile;
pub mod diagnostics;
pub mod dialect;
pub mod diff;
pub mod emit;
pub mod impact;
pub mod krm;
pub mod lint;
pub mod lock;
pub mod lower;
pub mod manifests;
pub mod model;
pub mod objects;
pub mod origin;
pub mod policy;
pub mod query;
pub mod reachability;
pub mod report;
pub mod resolve;
pub mod scalar;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod validate;

pub use analysis::{Analysis, Session};
pub use compile::{Bound, Bug, Built};
pub use diagnostics::{Code, Diagnostic, Diagnostics, Severity};
pub use scalar::Date;
pub use source::{Files, Name};
