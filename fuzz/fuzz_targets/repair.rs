//! `check --fix` of any project ends, and has nothing more to do the second time.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use mlnetc::compile::fix::{self, Judged, Repaired, Texts};
use mlnetc_fuzz::{compile, is_sayable, project};

fn repair(texts: Texts) -> Repaired {
    let Ok(repaired) = fix::repair(texts, |texts| {
        let outcome = compile(texts.clone());
        Ok::<_, Infallible>(Judged { files: outcome.files, said: outcome.said })
    });
    repaired
}

fuzz_target!(|text: &str| {
    let mut texts = project(text);
    texts.sort();
    let once = repair(texts.clone());
    is_sayable(&once.judged.files, &once.judged.said);
    if once.texts != texts {
        let twice = repair(once.texts.clone());
        assert!(twice.repairs.is_empty() && twice.texts == once.texts, "it repairs twice");
    }
});
