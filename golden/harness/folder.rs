//! A folder in which a test runs the program.
#![expect(clippy::disallowed_methods, reason = "the program reads and writes files")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use libtest_mimic::Failed;

/// Greatest size of the output of one run, in bytes.
const LARGEST: usize = 4 << 20;

/// A folder for one test, removed afterwards.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// Creates an empty folder.
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("writable");
        Self(path)
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }

    /// Reads a file; a missing file is an empty text.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_default()
    }

    /// Runs mlnetc in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlnetc"));
        command.current_dir(&self.0).args(arguments).env_remove("NO_COLOR");
        command.output().expect("mlnetc runs")
    }

    /// Runs mlnetc with 200 MiB of memory, and checks its exit code and a part of its output. A run that does not end
    /// is killed after two minutes of processor time, many times the time of the largest input on a slow machine.
    pub(crate) fn refused(&self, arguments: &[&str], code: i32, words: &str) -> Result<(), Failed> {
        let output = self.limited("exec \"$0\" \"$@\"", arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let fits = out.contains(words) || err.contains(words);
        if output.status.code() == Some(code) && fits && out.len() + err.len() < LARGEST {
            return Ok(());
        }
        let cut = |it: String| it.chars().take(2000).collect::<String>();
        let (status, out, err) = (output.status, cut(out), cut(err));
        Err(format!("{arguments:?}: {status}, expected {code} and {words:?}\n{out}\n{err}").into())
    }

    /// Runs a shell command in the folder with those limits; `"$0" "$@"` is mlnetc with the arguments.
    pub(crate) fn limited(&self, script: &str, arguments: &[&str]) -> Output {
        let script = format!("ulimit -c 0; ulimit -t 120; ulimit -d 204800; {script}");
        let mut command = Command::new("sh");
        command.current_dir(&self.0).args(["-c", &script, env!("CARGO_BIN_EXE_mlnetc")]);
        // The stack of each thread counts towards the limit.
        command.args(arguments).env_remove("NO_COLOR").env("RAYON_NUM_THREADS", "2");
        command.output().expect("sh runs")
    }

    /// Runs mlnetc, and checks its exit code and a part of its output.
    pub(crate) fn expect(&self, arguments: &[&str], code: i32, words: &str) -> Result<(), Failed> {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        if output.status.code() == Some(code) && (out.contains(words) || err.contains(words)) {
            return Ok(());
        }
        let status = output.status;
        Err(format!("{arguments:?}: {status}, expected {code} and {words:?}\n{out}\n{err}").into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Returns output as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
