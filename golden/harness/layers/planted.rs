//! Tests of the check of the layers: it finds the uses and circles that are planted in small crates, and nothing else.

use std::collections::BTreeMap;

use super::circles::circles;
use super::modules::Modules;
use super::uses::Graph;

/// Files of a crate, the uses of modules in it and its circles of files.
struct Sample {
    files: &'static [(&'static str, &'static str)],
    modules: &'static [&'static str],
    circles: &'static [&'static str],
}

const SAMPLES: &[Sample] = &[
    // Each form of a path.
    Sample {
        files: &[
            ("lib.rs", "mod a; mod b; mod c; mod d; mod e; mod f; mod g;"),
            ("a.rs", "use crate::{b::{self, T}, c}; fn x(_: T) { b::y(); c::y(); }"),
            ("b.rs", "pub struct T; pub fn y() { super::d::y(); }"),
            ("c.rs", "pub fn y() { assert!(matches!([crate::e::y()], [crate::f::E::One])); }"),
            ("d.rs", "pub fn y() -> Vec<crate::g::T> { Vec::new() }"),
            ("e.rs", "pub fn y() {}"),
            ("f.rs", "pub enum E { One } #[cfg(test)] mod tests { use crate::a; }"),
            ("g.rs", "pub struct T; #[cfg(test)] fn test() { crate::a::x(); }"),
        ],
        modules: &["a b", "a c", "b d", "c e", "c f", "d g"],
        circles: &[],
    },
    // A circle of two files of one module, through re-exports and out of a function.
    Sample {
        files: &[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod one; mod two; pub use one::One; pub use two::{Two, two};"),
            ("a/one.rs", "pub struct One; impl One { fn f() { super::two(); } }"),
            ("a/two.rs", "use crate::a::One; pub struct Two(One); pub fn two() {}"),
        ],
        modules: &[],
        circles: &["a/one.rs a/two.rs"],
    },
    // A parent that declares and re-exports its children is no part of a circle; a parent that its child uses, and that
    // calls the child, is.
    Sample {
        files: &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod one; pub use one::One; pub struct Own;"),
            ("a/one.rs", "use super::Own; pub struct One(Own);"),
            ("b.rs", "mod one; pub use one::One; pub struct Own; pub fn f() { one::One::g(); }"),
            ("b/one.rs", "pub struct One(super::Own); impl One { pub fn g() {} }"),
        ],
        modules: &[],
        circles: &["b.rs b/one.rs"],
    },
    // A circle of three modules; a module and a function of one name.
    Sample {
        files: &[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "mod print; mod out; pub use out::print; pub fn f() { crate::b::f(); }"),
            ("a/out.rs", "use crate::a::print::P; pub fn print() { P; }"),
            ("a/print.rs", "pub struct P(u8); impl P { fn f(&self) -> u8 { self.0 } }"),
            ("b.rs", "pub fn f() { crate::c::f(); crate::a::print(); }"),
            ("c.rs", "use crate::a::f as g; pub fn f() { g(); }"),
        ],
        modules: &["a b", "b a", "b c", "c a"],
        circles: &["a.rs b.rs c.rs"],
    },
];

/// Returns the uses and circles that the check misses or reports wrongly.
pub(super) fn faults() -> Vec<String> {
    let mut faults = Vec::new();
    for sample in SAMPLES {
        let owned =
            sample.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let graph = Graph::of(&Modules::of(&owned.collect::<BTreeMap<_, _>>()));
        let modules: Vec<String> =
            graph.modules.keys().map(|(user, used)| format!("{user} {used}")).collect();
        let circles: Vec<String> = circles(&graph.files)
            .iter()
            .map(|it| it.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
            .collect();
        if modules != sample.modules || circles != sample.circles {
            faults.push(format!("{:?}: {modules:?} {circles:?}", sample.files));
        }
    }
    faults
}
