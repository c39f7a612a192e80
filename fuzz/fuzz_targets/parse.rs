//! Every text parses, or has an error with a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::source::Files;
use mlnetc::syntax;

fuzz_target!(|text: &str| {
    let files = Files::new([("in.mlnet".to_owned(), text.to_owned())]);
    let (id, _) = files.iter().next().expect("a file");
    let mut diagnostics = Diagnostics::default();
    syntax::parse(&files, id, &mut diagnostics);
    mlnetc_fuzz::check_diagnostics(&files, &diagnostics.sorted());
});
