//! Any text parses, or it is said where it does not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::source::Files;
use mlnetc::syntax;

fuzz_target!(|text: &str| {
    let files = Files::new([("in.mlnet".to_owned(), text.to_owned())]);
    let (id, _) = files.iter().next().expect("a file");
    let mut said = Diagnostics::default();
    syntax::parse(&files, id, &mut said);
    mlnetc_fuzz::is_sayable(&files, &said.sorted());
});
