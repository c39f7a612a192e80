//! `cargo bench`: what a build costs, stage by stage, beside the floor: writing the same objects with
//! the same serializer on one thread. One run prints everything, for 100 to 10,000 tenants.
#![expect(clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its own memory")]
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod tenants;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use mlnetc::check::{self, Checked};
use mlnetc::compile::Program;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::emit::{self, Target, Tree};
use mlnetc::lock::{self, Lock};
use mlnetc::model::Model;
use mlnetc::origin::Traced;
use mlnetc::scalar::Date;
use mlnetc::source::{ExpansionId, Site};
use mlnetc::{lower, resolve};

const SIZES: [usize; 4] = [100, 1_000, 5_000, 10_000];

/// How often the smaller sizes run; the fastest run counts, since the machine has other work.
const RUNS: usize = 3;

/// What one run of one size took.
#[derive(Clone, Copy, Default)]
struct Times {
    parse: Duration,
    resolve: Duration,
    check: Duration,
    lock: Duration,
    lower: Duration,
    emit: Duration,
    /// All of the above, from the texts to the bytes.
    whole: Duration,
    /// On one thread, outside of the whole: the parts of `emit`.
    validate: Duration,
    floor: Duration,
    emit_alone: Duration,
    objects: usize,
    bytes: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, n] = arguments.as_slice()
        && flag == "--whole"
    {
        return whole(n.parse().expect("a number of tenants"));
    }
    println!("One build, milliseconds; `emit` validates, serializes and indexes on all cores.\n");
    println!(
        "{:>7} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8} {:>7}",
        "tenants",
        "objects",
        "MB",
        "parse",
        "resolve",
        "check",
        "lock",
        "lower",
        "emit",
        "whole",
        "floor",
        "times"
    );
    let mut all = Vec::new();
    for n in SIZES {
        let runs = (0..if n > 1_000 { 1 } else { RUNS }).map(|_| measure(n));
        let best = runs.min_by_key(|it| it.whole).expect("at least one run");
        println!(
            "{n:>7} {:>8} {:>8.1} {:>7.0} {:>7.0} {:>7.0} {:>7.0} {:>7.0} {:>7.0} {:>8.0} {:>8.0} {:>6.1}x",
            best.objects,
            megabytes(best.bytes),
            ms(best.parse),
            ms(best.resolve),
            ms(best.check),
            ms(best.lock),
            ms(best.lower),
            ms(best.emit),
            ms(best.whole),
            ms(best.floor),
            best.whole.as_secs_f64() / best.floor.as_secs_f64(),
        );
        all.push((n, best));
    }
    println!("\nThe parts of `emit` on one thread, milliseconds:\n");
    println!("{:>7} {:>9} {:>9} {:>9}", "tenants", "validate", "serialize", "index");
    for (n, it) in &all {
        let index = it.emit_alone.saturating_sub(it.validate).saturating_sub(it.floor);
        println!("{n:>7} {:>9.0} {:>9.0} {:>9.0}", ms(it.validate), ms(it.floor), ms(index));
    }
    println!("\nMicroseconds for each tenant; linear cost keeps them the same:\n");
    for (n, it) in &all {
        println!(
            "{n:>7} {:>9.0}",
            it.whole.as_secs_f64() * 1e6 / f64::from(u32::try_from(*n).unwrap_or(u32::MAX))
        );
    }
    println!("\nPeak memory of a process that builds 5,000 tenants:");
    let program = std::env::current_exe().expect("the benchmark is a file");
    let status = Command::new(program).args(["--whole", "5000"]).status();
    if status.is_ok_and(|it| it.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One build in a process of its own, for its memory.
fn whole(n: usize) -> ExitCode {
    let start = Instant::now();
    let (tree, _, _) = build(n, &mut Times::default());
    let bytes: usize = tree.files.iter().map(|(_, bytes)| bytes.len()).sum();
    println!("  {n} tenants, {:.1} MB of output, {:.0} ms", megabytes(bytes), ms(start.elapsed()));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    println!("  VmHWM: {}", peak.map_or("unknown on this system", str::trim));
    ExitCode::SUCCESS
}

fn measure(n: usize) -> Times {
    let mut times = Times::default();
    let (tree, program, (checked, objects)) = build(n, &mut times);
    times.objects = objects.len();
    times.bytes = tree.files.iter().map(|(_, bytes)| bytes.len()).sum();
    drop(tree);

    let start = Instant::now();
    let violations = objects.iter().filter_map(|it| emit::schema::violation(&it.object)).count();
    times.validate = start.elapsed();
    assert_eq!(violations, 0, "every object meets its schema");

    let start = Instant::now();
    let mut text = String::new();
    for it in &objects {
        emit::yaml::document(&it.object, &mut text).expect("an object can be written");
    }
    times.floor = start.elapsed();
    drop(text);

    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    let start = Instant::now();
    alone.install(|| emitted(&program, &checked, &objects));
    times.emit_alone = start.elapsed();
    times
}

/// A build from texts to bytes, stage by stage.
fn build(n: usize, times: &mut Times) -> (Tree, Program, (Checked, Vec<Traced>)) {
    let texts = tenants::project(n);
    let start = Instant::now();
    let program = timed(&mut times.parse, || Program::read(texts));
    let mut said = Diagnostics::default();
    let cluster = program.clusters().first().expect("one cluster").node.clone();
    let model: Model = timed(&mut times.resolve, || {
        let locked = BTreeMap::new();
        let model = resolve::program(&program.files, &program.asts, &cluster, &locked, &mut said);
        model.expect("the cluster")
    });
    let today = Date::parse("2026-12-01").expect("a day");
    let checked =
        timed(&mut times.check, || check::model(&program.files, model, today, true, &mut said));
    for it in said.clone().sorted().iter().filter(|_| checked.is_none()).take(5) {
        println!("{} {}", it.code, it.message);
    }
    let checked = checked.expect("the project has no errors");
    let (_, allocated) =
        timed(&mut times.lock, || lock::allocate(&checked, &Lock::default(), &mut said));
    let objects =
        timed(&mut times.lower, || lower::cluster(&checked, &program.files, &allocated, &mut said));
    assert!(!said.has_errors(), "the project has no errors");
    let tree = timed(&mut times.emit, || emitted(&program, &checked, &objects));
    times.whole = start.elapsed();
    (tree, program, (checked, objects))
}

fn emitted(program: &Program, checked: &Checked, objects: &[Traced]) -> Tree {
    let model = checked.model();
    let via: Option<ExpansionId> = None;
    let target = Target {
        cluster: model.cluster.name.node.as_str(),
        site: Site { span: model.cluster.name.span, via },
        files: &program.files,
        expansions: &model.expansions,
    };
    emit::tree(objects, &target).expect("the objects can be emitted")
}

fn timed<T>(into: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *into = start.elapsed();
    done
}

fn ms(it: Duration) -> f64 {
    it.as_secs_f64() * 1e3
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1_000).unwrap_or(u32::MAX)) / 1e3
}
