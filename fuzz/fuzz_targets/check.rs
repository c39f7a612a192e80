//! Any project builds, or it is said why not; what is built is what is declared (`validate` panics if not), and
//! can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlnetc_fuzz::{compile, is_sayable, project};

fuzz_target!(|text: &str| {
    let outcome = compile(project(text));
    is_sayable(&outcome.files, &outcome.said);
    for built in outcome.built.into_iter().flatten() {
        built.into_tree(&outcome.files);
    }
});
