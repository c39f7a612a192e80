//! `check --fix` of every project terminates, and a second run changes nothing.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use mlnetc::compile::fix::{self, Judged, Repaired, Texts};
use mlnetc_fuzz::{check_diagnostics, compile, project};

fn repair(texts: Texts) -> Repaired {
    let Ok(repaired) = fix::repair(texts, |texts| {
        let outcome = compile(texts.clone());
        Ok::<_, Infallible>(Judged { files: outcome.files, diagnostics: outcome.diagnostics })
    });
    repaired
}

fuzz_target!(|text: &str| {
    let mut texts = project(text);
    texts.sort();
    let once = repair(texts.clone());
    check_diagnostics(&once.judged.files, &once.judged.diagnostics);
    if once.texts != texts {
        let twice = repair(once.texts.clone());
        assert!(twice.repairs.is_empty() && twice.texts == once.texts, "it repairs twice");
    }
});
