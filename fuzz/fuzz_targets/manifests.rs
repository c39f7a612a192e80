//! Every text of manifests can be compared with a source and linted, or has an error.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use mlnetc::impact::Source;
use mlnetc::diff;
use mlnetc::diff::render::{self, About, Answer, Screen};
use mlnetc::lint::{self, Ids};
use mlnetc::manifests::{self, Text};
use mlnetc::source::Files;
use mlnetc_fuzz::{Outcome, check_diagnostics, compile, project};

const SOURCE: &str = include_str!("../../golden/diff/drift/in.mlnet");

fuzz_target!(|text: &str| {
    static COMPILED: OnceLock<Outcome> = OnceLock::new();
    let outcome = COMPILED.get_or_init(|| compile(project(SOURCE)));
    let built = outcome.built.iter().flatten().next().expect("the source is right");
    let text = Text { name: "live.yaml".to_owned(), text: text.to_owned() };
    let Ok(live) = manifests::read(std::slice::from_ref(&text)) else { return };

    let mut files = Files::default();
    let id = files.add_beside(text.name.clone(), live.without_secrets(text.clone()));
    let found = lint::check(&live, &files, &Ids::from([(text.name, id)]));
    check_diagnostics(&files, &found.diagnostics.sorted());

    let source = Source { model: &built.model, objects: &built.objects, files: &outcome.files };
    let comparison = diff::with_cluster(source, live);
    let about = About { cluster: Some("lab"), desired: None, against: "live.yaml" };
    let answers = [Answer { about, comparison }];
    render::text(&answers, Screen::PLAIN);
    render::markdown(&answers);
    render::json(&answers);
});
