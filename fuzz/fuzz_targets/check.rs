//! Every project builds or has an error. The objects of a build are what the project declares (`validate` panics if
//! not), and can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlnetc_fuzz::{check_diagnostics, compile, project};

fuzz_target!(|text: &str| {
    let outcome = compile(project(text));
    check_diagnostics(&outcome.files, &outcome.diagnostics);
    for built in outcome.built.into_iter().flatten() {
        built.into_tree(&outcome.files).expect("no bug");
    }
});
