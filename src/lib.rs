//! Compiles one description of an ML platform's network to everything that a cluster needs.
//!
//! # For programs
//!
//! A [`Session`] holds the texts of a project and parses what changes. Its [`Analysis`] answers what the texts mean:
//! diagnostics, models, objects, and whether the objects allow exactly what is declared. An analysis is computed step by
//! step, when it is asked, and each step once. Mistakes in a source are [`Diagnostics`]; a [`Bug`] is a mistake of mlnetc.
//!
//! ```
//! use mlnetc::{Date, Diagnostics, Session};
//!
//! let source = "cluster home { pods = 10.42.0.0/16, services = 10.43.0.0/16 }";
//! let today = Date::parse("2026-12-01").expect("a day");
//! let session = Session::new([("net.mlnet".to_owned(), source.to_owned())], today);
//! let mut diagnostics = Diagnostics::default();
//! let analysis = session.into_analysis();
//! let files = analysis.files().clone();
//! let built = analysis.into_built(None, &mut diagnostics)?.expect("the source has no errors");
//! for cluster in built {
//!     for (path, bytes) in cluster.into_tree(&files)?.files {
//!         println!("{path}: {} bytes", bytes.len());
//!     }
//! }
//! # Ok::<(), mlnetc::Bug>(())
//! ```
//!
//! # For people who change mlnetc
//!
//! The modules are the passes of this pipeline. They are public for the tests and benchmarks of this repository, and may
//! change with every version.
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

#[doc(hidden)]
pub mod analysis;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod compile;
#[doc(hidden)]
pub mod diagnostics;
#[doc(hidden)]
pub mod dialect;
#[doc(hidden)]
pub mod diff;
#[doc(hidden)]
pub mod draft;
#[doc(hidden)]
pub mod emit;
#[doc(hidden)]
pub mod impact;
#[doc(hidden)]
pub mod krm;
#[doc(hidden)]
pub mod lint;
#[doc(hidden)]
pub mod lock;
#[doc(hidden)]
pub mod lower;
#[doc(hidden)]
pub mod manifests;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod objects;
#[doc(hidden)]
pub mod origin;
#[doc(hidden)]
pub mod policy;
#[doc(hidden)]
pub mod query;
#[doc(hidden)]
pub mod reachability;
#[doc(hidden)]
pub mod read;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod resolve;
#[doc(hidden)]
pub mod scalar;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod stdlib;
#[doc(hidden)]
pub mod syntax;
#[doc(hidden)]
pub mod validate;

pub use analysis::{Analysis, BoundQuestion, Session};
pub use compile::{Bound, Bug, Built};
pub use diagnostics::{Code, Diagnostic, Diagnostics, Severity, render};
pub use emit::Tree;
pub use lock::Lock;
pub use model::Model;
pub use origin::Traced;
pub use query::{Answer, Output, Question, of_source as answer, parse as parse_question};
pub use scalar::Date;
pub use source::{Files, Name, Place, Span, Spanned};
