//! `cargo bench`: the cost of a build, stage by stage, compared with the lower bound: writing the same objects with the
//! same serializer on one thread. One run prints everything, for 100 to 10,000 tenants.
#![expect(clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its own memory")]
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod clock;
mod tenants;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use mlnetc::check::{self, Checked};
use mlnetc::compile::Program;
use mlnetc::diagnostics::Diagnostics;
use mlnetc::emit::{self, Target, Tree};
use mlnetc::lock::{self, Allocated, Lock};
use mlnetc::model::Model;
use mlnetc::origin::Traced;
use mlnetc::scalar::Date;
use mlnetc::source::{ExpansionId, Site};
use mlnetc::{compile, lower, resolve};

use clock::{Cost, Moment, ms, peak};

const SIZES: [usize; 4] = [100, 1_000, 5_000, 10_000];

/// Number of runs of the smaller sizes; the fastest run counts, since other programs use the machine.
const RUNS: usize = 3;

/// Cost of one run of one size.
#[derive(Clone, Copy, Default)]
struct Costs {
    parse: Cost,
    resolve: Cost,
    check: Cost,
    lock: Cost,
    lower: Cost,
    emit: Cost,
    /// The stages above, from the texts to the bytes.
    whole: Cost,
    /// The parts of `emit` on one thread, not included in `whole`.
    validate: Cost,
    floor: Cost,
    emit_alone: Cost,
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
    let all: Vec<(usize, Costs)> = SIZES.into_iter().map(|n| (n, best(n))).collect();
    println!("One build. `emit` validates, serializes and indexes; `floor` serializes the same");
    println!("objects with the same serializer on one thread.");
    table("Milliseconds on the clock", &all, |it| it.wall);
    table("Milliseconds of processor time, all cores together", &all, |it| it.processor);
    println!("\nThe parts of `emit` on one thread, milliseconds of processor time:\n");
    println!("{:>7} {:>9} {:>9} {:>9}", "tenants", "validate", "serialize", "index");
    for (n, it) in &all {
        let parts = it.validate.processor + it.floor.processor;
        let index = it.emit_alone.processor.saturating_sub(parts);
        let [validate, floor] = [it.validate, it.floor].map(|it| ms(it.processor));
        println!("{n:>7} {validate:>9.0} {floor:>9.0} {:>9.0}", ms(index));
    }
    check_quickstart();
    println!("\nPeak memory of a process that builds 5,000 tenants:");
    let program = std::env::current_exe().expect("the benchmark is a file");
    let status = Command::new(program).args(["--whole", "5000"]).status();
    if status.is_ok_and(|it| it.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the costs of the fastest run.
fn best(n: usize) -> Costs {
    let runs = (0..if n > 1_000 { 1 } else { RUNS }).map(|_| measure(n));
    runs.min_by_key(|it| it.whole.processor).expect("at least one run")
}

fn table(title: &str, all: &[(usize, Costs)], of: impl Fn(&Cost) -> Duration) {
    let heads = ["parse", "resolve", "check", "lock", "lower", "emit", "whole", "floor"];
    println!("\n{title}:\n");
    print!("{:>7} {:>8} {:>6}", "tenants", "objects", "MB");
    for head in heads {
        print!(" {head:>7}");
    }
    println!(" {:>6} {:>9}", "times", "us/tenant");
    for (n, it) in all {
        print!("{n:>7} {:>8} {:>6.1}", it.objects, megabytes(it.bytes));
        let stages =
            [it.parse, it.resolve, it.check, it.lock, it.lower, it.emit, it.whole, it.floor];
        for stage in &stages {
            print!(" {:>7.0}", ms(of(stage)));
        }
        let (whole, floor) = (of(&it.whole).as_secs_f64(), of(&it.floor).as_secs_f64());
        let tenants = f64::from(u32::try_from(*n).unwrap_or(u32::MAX));
        println!(" {:>5.1}x {:>9.0}", whole / floor, whole * 1e6 / tenants);
    }
}

/// Measures a check of a small project, as its user waits for it.
fn check_quickstart() {
    const TIMES: u32 = 200;
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart");
    let mut walls = Vec::new();
    let before = processor_time_of_children();
    for _ in 0..TIMES {
        let start = Instant::now();
        let mut check = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
        let output = check.args(["check", project]).output().expect("mlnetc runs");
        walls.push(start.elapsed());
        assert!(output.status.success(), "the example has no errors");
    }
    let processor = processor_time_of_children().saturating_sub(before);
    walls.sort();
    let median = walls.get(walls.len() / 2).copied().unwrap_or_default();
    println!("\n`mlnetc check examples/quickstart`, {TIMES} times:");
    println!("  median {:.1} ms", ms(median));
    println!("  processor {:.1} ms each", ms(processor) / f64::from(TIMES));
}

/// Returns user and system time of the child processes that ended, in steps of a hundredth of a second.
fn processor_time_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may contain spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Runs one build in a process of its own, to measure its memory.
fn whole(n: usize) -> ExitCode {
    let mut costs = Costs::default();
    let (tree, ..) = build(n, &mut costs);
    let bytes: usize = tree.files.iter().map(|(_, bytes)| bytes.len()).sum();
    println!("  {n} tenants, {:.1} MB of output, {:.0} ms", megabytes(bytes), ms(costs.whole.wall));
    println!("  {} MB at most", peak());
    let Costs { parse, resolve, check, lock, lower, emit, .. } = costs;
    let after = [parse, resolve, check, lock, lower, emit].map(|it| it.resident.to_string());
    println!("  MB after parse, resolve, check, lock, lower, emit: {}", after.join(", "));
    ExitCode::SUCCESS
}

fn measure(n: usize) -> Costs {
    let mut costs = Costs::default();
    let (tree, program, checked, allocated) = build(n, &mut costs);
    costs.objects = tree.counts.objects;
    costs.bytes = tree.files.iter().map(|(_, bytes)| bytes.len()).sum();
    drop(tree);
    let mut diagnostics = Diagnostics::default();
    let lowered = lower::cluster(&checked, &program.files, &allocated, &mut diagnostics);
    let objects = compile::rendered(checked.model(), lowered).expect("no bug");
    let violations = timed(&mut costs.validate, || {
        objects.iter().filter_map(|it| emit::schema::violation(&it.object)).count()
    });
    assert_eq!(violations, 0, "every object meets its schema");
    let text = timed(&mut costs.floor, || {
        let mut text = String::new();
        for it in &objects {
            emit::yaml::document(&it.object, &mut text).expect("an object can be written");
        }
        text
    });
    drop(text);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    timed(&mut costs.emit_alone, || alone.install(|| emitted(&program, &checked, objects)));
    costs
}

/// Builds from texts to bytes, and measures each stage.
fn build(n: usize, costs: &mut Costs) -> (Tree, Program, Checked, Allocated) {
    let texts = tenants::project(n);
    let start = Moment::now();
    let mut program = timed(&mut costs.parse, || Program::read(texts));
    let mut diagnostics = Diagnostics::default();
    let cluster = program.clusters().first().expect("one cluster").node.clone();
    let model: Model = timed(&mut costs.resolve, || {
        let locked = BTreeMap::new();
        let model =
            resolve::program(&program.files, &program.trees, &cluster, &locked, &mut diagnostics);
        model.expect("the cluster").model
    });
    let today = Date::parse("2026-12-01").expect("a day");
    let checked = timed(&mut costs.check, || {
        check::model(&program.files, model, today, true, &mut diagnostics)
    });
    for it in diagnostics.clone().sorted().iter().filter(|_| checked.is_none()).take(5) {
        println!("{} {}", it.code, it.message);
    }
    let checked = checked.expect("the project has no errors");
    program.forget_trees();
    let (_, allocated) =
        timed(&mut costs.lock, || lock::allocate(&checked, &Lock::default(), &mut diagnostics));
    let objects = timed(&mut costs.lower, || {
        let lowered = lower::cluster(&checked, &program.files, &allocated, &mut diagnostics);
        compile::rendered(checked.model(), lowered).expect("no bug")
    });
    assert!(!diagnostics.has_errors(), "the project has no errors");
    let tree = timed(&mut costs.emit, || emitted(&program, &checked, objects));
    costs.whole = start.elapsed();
    (tree, program, checked, allocated)
}

fn emitted(program: &Program, checked: &Checked, objects: Vec<Traced>) -> Tree {
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

fn timed<T>(into: &mut Cost, work: impl FnOnce() -> T) -> T {
    let start = Moment::now();
    let done = work();
    *into = start.elapsed();
    done
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes / 1_000).unwrap_or(u32::MAX)) / 1e3
}
