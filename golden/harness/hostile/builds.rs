//! Builds that are killed, and concurrent builds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use libtest_mimic::Failed;

use super::super::case::{Cases, print};
use super::super::folder::Folder;
use super::super::tree;
use super::{SOURCE, some};

/// Adds the tests.
pub(super) fn add(cases: &mut Cases) {
    cases.add("hostile: builds that are killed at any moment", |_| killed());
    cases.add("hostile: builds at once", |_| at_once());
}

/// The content of a folder.
type State = BTreeMap<String, Vec<u8>>;

fn state(folder: &Path) -> State {
    let files = tree::files(folder).into_iter();
    files.map(|it| (tree::relative(folder, &it), fs::read(it).unwrap_or_default())).collect()
}

/// Two projects whose outputs have no file in common, built into the same folder `out` with locks of their own.
struct Two {
    folder: Folder,
    /// The output of each.
    states: [State; 2],
}

impl Two {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let states = [("one", "team"), ("two", "crew")].map(|(project, tenant)| {
            let mut source = SOURCE.replace("team", tenant);
            for at in 0..40 {
                let _ = writeln!(
                    source,
                    "tenant t{at} {{ namespace {tenant}-{at} {{ isolate = both }} }}"
                );
            }
            folder.write(&format!("{project}/a.mlnet"), source.as_bytes());
            let place = format!("of-{project}");
            let built = folder.run(&["build", project, "-o", &place]);
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            // The index contains the path of the sources, which is the same for both.
            state(&folder.0.join(place).join("lab"))
        });
        Self { folder, states }
    }

    fn lab(&self) -> PathBuf {
        self.folder.0.join("out/lab")
    }

    fn start(&self, project: &str) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
        command.current_dir(&self.folder.0).args(["build", project, "-o", "out"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("mlnetc runs")
    }

    /// Returns which of the two outputs the folder has.
    fn which(&self) -> Option<usize> {
        let now = state(&self.lab());
        self.states.iter().position(|it| *it == now)
    }

    /// Returns the number of entries beside the output.
    fn beside(&self) -> usize {
        fs::read_dir(self.folder.0.join("out")).map_or(0, |it| it.flatten().count()) - 1
    }
}

/// Pseudo-random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

fn killed() -> Result<(), Failed> {
    let two = Two::new("hostile-killed");
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    // Duration of a build here, in steps of half a millisecond.
    let mut steps = 0;
    let mut child = two.start("one");
    while child.try_wait().expect("a child").is_none() {
        std::thread::sleep(Duration::from_micros(500));
        steps += 1;
    }
    let (mut changed, mut left) = (0, 0);
    let mut before = 0;
    for at in 0..some(15, 200) {
        let lock = |project: &str| two.folder.read(&format!("{project}/mlnet.lock"));
        let locks = [lock("one"), lock("two")];
        let mut child = two.start(if before == 0 { "two" } else { "one" });
        std::thread::sleep(Duration::from_micros(500 * random.below(2 * steps)));
        drop(child.kill());
        child.wait().expect("a child");
        if [lock("one"), lock("two")] != locks {
            return Err(format!("kill {at}: a lock changed").into());
        }
        // On a file system that cannot exchange names, the folder is missing for a moment, and the next build puts it
        // back.
        let Some(now) = two.which() else {
            let now: Vec<String> = state(&two.lab()).into_keys().collect();
            return Err(format!("kill {at}: a mix of old and new: {now:?}").into());
        };
        changed += usize::from(now != before);
        left += usize::from(two.beside() > 0);
        before = now;
    }
    print(&format!(
        "{changed} builds were done before they were killed, {left} left something behind"
    ));
    for project in ["one", "two"] {
        two.folder.expect(&["build", project, "-o", "out"], 0, "")?;
    }
    if two.which() != Some(1) || two.beside() != 0 {
        return Err(format!("{} things were left behind", two.beside()).into());
    }
    Ok(())
}

fn at_once() -> Result<(), Failed> {
    let two = Two::new("hostile-at-once");
    for project in ["one", "two"] {
        fs::remove_file(two.folder.0.join(project).join("mlnet.lock")).expect("it was built");
    }
    let children: Vec<Child> =
        (0..some(8, 16)).map(|it| two.start(if it % 2 == 0 { "one" } else { "two" })).collect();
    for child in children {
        let output = child.wait_with_output().expect("a child");
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!("one of the builds: {}\n{stderr}", output.status).into());
        }
    }
    if two.which().is_none() || two.beside() != 0 {
        return Err("the output is a mix, or something stands beside it".into());
    }
    for project in ["one", "two"] {
        let arguments = ["build", project, "-o", "out", "--locked"];
        two.folder.expect(&arguments, 0, "")?;
    }
    let beside = fs::read_dir(two.folder.0.join("one")).expect("a folder").flatten().count();
    if beside == 2 { Ok(()) } else { Err("something was left beside the lock".into()) }
}
