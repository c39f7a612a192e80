//! `cargo bench --bench edit`: the processor time between a changed line and its diagnostics, in a session that stays
//! open, and of `check` for each cluster of the example platform. One run prints everything.
#![expect(clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files")]
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[expect(dead_code, reason = "the other benchmarks print memory")]
mod clock;
mod tenants;

use std::fs;
use std::path::Path;
use std::time::Duration;

use mlnetc::{Date, Diagnostics, Session};

use clock::{Moment, ms};

/// Number of tenants: about 10,000 lines.
const TENANTS: usize = 240;

/// Number of changes of a line; the median counts.
const CHANGES: usize = 40;

/// Number of checks of the example; the median counts.
const CHECKS: usize = 20;

fn main() {
    let today = Date::parse("2026-12-01").expect("a day");
    let texts = tenants::project(TENANTS);
    let lines: usize = texts.iter().map(|(_, text)| text.lines().count()).sum();
    let mut session = Session::new(texts.clone(), today);
    let first = Moment::now();
    assert!(!session.analysis().diagnostics().has_errors(), "the project has no errors");
    println!("{lines} lines in {} files", texts.len());
    println!("  first diagnostics   {:>7.1} ms of processor time", ms(first.elapsed().processor));
    let mut times = Vec::new();
    for at in 0..CHANGES {
        let mut texts = texts.clone();
        let (_, text) = &mut texts[at * 3];
        *text = text.replacen("port http 80", &format!("port http {}", 90 + at), 1);
        times.push(timed(|| {
            session.update(texts);
            assert!(!session.analysis().diagnostics().has_errors(), "the change is no error");
        }));
    }
    println!(
        "  a changed line      {:>7.1} ms, to the diagnostics of parse, resolve and check",
        ms(median(times))
    );
    let build = timed(|| {
        let built = session.analysis().validate(None, &mut Diagnostics::default());
        assert_eq!(built, Ok(true));
    });
    println!("  then the proof      {:>7.1} ms", ms(build));

    let texts = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ml-platform"));
    let clusters = Session::new(texts.clone(), today).into_analysis().clusters().count();
    let times = (0..CHECKS).map(|_| {
        let texts = texts.clone();
        timed(|| {
            let mut session = Session::new(texts, today);
            let fine = session.analysis().validate(None, &mut Diagnostics::default());
            assert_eq!(fine, Ok(true));
        })
    });
    let check = median(times.collect());
    let each = check / u32::try_from(clusters).unwrap_or(1);
    println!("check of examples/ml-platform, {clusters} clusters");
    println!("  texts to proof      {:>7.1} ms, {:.1} ms for each cluster", ms(check), ms(each));
}

fn timed(it: impl FnOnce()) -> Duration {
    let start = Moment::now();
    it();
    start.elapsed().processor
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Returns the sources below a folder.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "mlnet") {
                let name = path.strip_prefix(folder).expect("it is inside").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    found
}
