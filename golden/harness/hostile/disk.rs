//! Output paths, and existing files there.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use libtest_mimic::Failed;

use super::super::case::{Cases, print};
use super::super::folder::{Folder, text};
use super::SOURCE;

/// Adds the tests.
pub(super) fn add(cases: &mut Cases) {
    cases.add("hostile: an output folder that is none", |_| no_folder());
    cases.add("hostile: an output folder that is read-only", |_| read_only());
    cases.add("hostile: a full disk", |_| full());
    cases.add("hostile: an output folder on another disk", |_| other_disk());
    cases.add("hostile: a lock that is none", |_| locks());
    cases.add("hostile: an index that is none", |_| indexes());
}

/// Returns a project with its output in `out`.
fn built(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    folder.run(&["build", "net", "-o", "out"]);
    folder
}

/// Changes the project so that every file of the output changes.
fn edit(folder: &Folder) {
    folder.write("net/a.mlnet", SOURCE.replace("team", "crew").as_bytes());
}

/// Returns every file below a folder, with its content.
pub(super) fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = super::super::tree::files(folder).into_iter();
    files.map(|it| (it.clone(), fs::read(&it).unwrap_or_default())).collect()
}

/// Checks that mlnetc fails, and changes no file.
fn keeps(
    folder: &Folder,
    words: &str,
    build: impl FnOnce(&Folder) -> Output,
) -> Result<(), Failed> {
    let before = snapshot(&folder.0.join("out"));
    let output = build(folder);
    let stderr = text(&output.stderr);
    if output.status.code() != Some(2) || !stderr.contains(words) {
        return Err(format!("{}, expected {words:?}\n{stderr}", output.status).into());
    }
    if snapshot(&folder.0.join("out")) == before {
        Ok(())
    } else {
        Err("the output changed".into())
    }
}

fn no_folder() -> Result<(), Failed> {
    let folder = Folder::new("hostile-no-folder");
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    folder.write("out", b"precious\n");
    symlink("nowhere", folder.0.join("link")).expect("links");
    symlink("circle", folder.0.join("circle")).expect("links");
    folder.refused(&["build", "net", "-o", "out"], 2, "`out` is a file")?;
    folder.refused(&["build", "net", "-o", "out/deep/er"], 2, "`out` is a file")?;
    folder.refused(&["build", "net", "-o", "link"], 2, "link")?;
    folder.refused(&["build", "net", "-o", "circle"], 2, "circle")?;
    folder.refused(&["build", "net", "-o", "/dev/null"], 2, "`/dev/null` is a file")?;
    folder.refused(&["build", "net", "-o", "/proc/none"], 2, "/proc/none")?;
    let lost = folder.read("out") != "precious\n" || folder.0.join("nowhere").exists();
    if lost { Err("something was lost, or made".into()) } else { Ok(()) }
}

/// Runs mlnetc with `out` on a file system of its own; `None` without permission to mount one.
fn on_disk(folder: &Folder, options: &str, before: &str) -> Option<Output> {
    let mount = format!("mount -t tmpfs -o {options} none out && {before} exec \"$0\" \"$@\"");
    let may = "unshare --mount sh -c 'mount -t tmpfs none out' 2>/dev/null";
    if !folder.limited(may, &[]).status.success() {
        print("nobody may make a disk here: NOT RUN");
        return None;
    }
    let script = format!("exec unshare --mount sh -c '{mount}' \"$0\" \"$@\"");
    Some(folder.limited(&script, &["build", "net", "-o", "out"]))
}

fn read_only() -> Result<(), Failed> {
    let folder = built("hostile-read-only");
    edit(&folder);
    if let Some(output) = on_disk(&folder, "ro", "")
        && (output.status.code() != Some(2)
            || !text(&output.stderr).contains("the disk is read-only"))
    {
        return Err(format!("{}: {}", output.status, text(&output.stderr)).into());
    }
    let rights = |mode| fs::set_permissions(folder.0.join("out"), fs::Permissions::from_mode(mode));
    rights(0o555).expect("ours");
    let is_root = fs::write(folder.0.join("out/probe"), b"").is_ok();
    let kept = if is_root {
        print("for root no folder is read-only: NOT RUN");
        drop(fs::remove_file(folder.0.join("out/probe")));
        Ok(())
    } else {
        keeps(&folder, "permission denied", |it| it.run(&["build", "net", "-o", "out"]))
    };
    rights(0o755).expect("ours");
    kept
}

fn full() -> Result<(), Failed> {
    let folder = built("hostile-full");
    edit(&folder);
    // With a limit of 512 bytes per file, writing fails in the middle of a file.
    let build = |folder: &Folder| {
        let arguments = ["build", "net", "-o", "out"];
        folder.limited("trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", &arguments)
    };
    keeps(&folder, "cannot write", build)?;
    // A process that the limit kills leaves every file unchanged, too.
    let before = snapshot(&folder.0.join("out/lab"));
    folder.limited("ulimit -f 1; exec \"$0\" \"$@\"", &["build", "net", "-o", "out"]);
    if snapshot(&folder.0.join("out/lab")) != before {
        return Err("a build that was killed for its size changed something".into());
    }
    if let Some(output) = on_disk(&folder, "size=8k", "")
        && (output.status.code() != Some(2) || !text(&output.stderr).contains("the disk is full"))
    {
        return Err(format!("{}: {}", output.status, text(&output.stderr)).into());
    }
    folder.expect(&["build", "net", "-o", "out"], 0, "changed")?;
    // Results that cannot be written are a failure.
    for arguments in
        [&["build", "net", "-o", "-"][..], &["check", "net", "--format", "json"], &["explain"]]
    {
        let output = folder.limited("exec \"$0\" \"$@\" > /dev/full", arguments);
        let stderr = text(&output.stderr);
        if output.status.code() != Some(2) || !stderr.contains("cannot write the result") {
            return Err(format!("{arguments:?}: {}\n{stderr}", output.status).into());
        }
    }
    let silent = folder.limited("exec \"$0\" \"$@\" 2> /dev/full", &["check", "net"]);
    if silent.status.code() == Some(0) { Ok(()) } else { Err("check needs no stderr".into()) }
}

fn other_disk() -> Result<(), Failed> {
    let folder = built("hostile-other-disk");
    let device = |path: &Path| fs::metadata(path).map(|it| it.dev()).ok();
    let memory = Path::new("/dev/shm");
    if device(memory).is_some_and(|it| Some(it) != device(&folder.0)) {
        let place = memory.join(format!("mlnetc-hostile-{}", std::process::id()));
        symlink(&place, folder.0.join("elsewhere")).expect("links");
        fs::create_dir_all(&place).expect("writable");
        let first = folder.expect(&["build", "net", "-o", "elsewhere"], 0, "1 cluster").is_ok();
        edit(&folder);
        let built = folder.expect(&["build", "net", "-o", "elsewhere"], 0, "changed");
        let beside = fs::read_dir(&place).map(|it| it.flatten().count()).unwrap_or_default();
        drop(fs::remove_dir_all(&place));
        built?;
        if beside != 1 {
            return Err(format!("{beside} things lie beside the output, {first}").into());
        }
    }
    // The cluster's folder itself is a mount point: it cannot be replaced.
    let mount =
        "unshare --mount sh -c 'mount -t tmpfs none out/lab && exec \"$0\" \"$@\"' \"$0\" \"$@\"";
    edit(&folder);
    if on_disk(&folder, "size=8m", "").is_some() {
        keeps(&folder, "is a mount point", |it| it.limited(mount, &["build", "net", "-o", "out"]))?;
    }
    Ok(())
}

fn locks() -> Result<(), Failed> {
    let folder = built("hostile-locks");
    let good = folder.read("net/mlnet.lock");
    let conflict = format!("<<<<<<< ours\n{good}=======\n{good}>>>>>>> theirs\n");
    let cut = good.get(..good.len() / 2).unwrap_or_default();
    let twice = good.repeat(2);
    let locks: [(&[u8], i32, &str); 9] = [
        (b"", 1, "E0701"),
        (b"{}", 1, "E070"),
        (b"[1, 2]", 1, "E070"),
        (b"\xff\xfe\0", 2, "is not UTF-8"),
        (b"# a lock of another program\nversion = 4\n", 1, "E070"),
        (conflict.as_bytes(), 1, "E0701"),
        (cut.as_bytes(), 1, "E070"),
        (twice.as_bytes(), 1, "E070"),
        (&[0; 4096], 1, "E0701"),
    ];
    edit(&folder);
    let before = snapshot(&folder.0.join("out"));
    for (lock, code, words) in locks {
        folder.write("net/mlnet.lock", lock);
        for command in
            [&["build", "net", "-o", "out"][..], &["report", "hosts", "net"], &["check", "net"]]
        {
            folder.refused(command, code, words)?;
        }
        if fs::read(folder.0.join("net/mlnet.lock")).unwrap_or_default() != lock {
            return Err(format!("the lock was written over: {}", text(lock)).into());
        }
    }
    if snapshot(&folder.0.join("out")) == before {
        Ok(())
    } else {
        Err("the output changed".into())
    }
}

fn indexes() -> Result<(), Failed> {
    let folder = built("hostile-indexes");
    let index = folder.0.join("out/lab/index.json");
    folder.write("precious", b"mine\n");
    edit(&folder);
    let claims =
        b"{\"version\":1,\"cluster\":\"lab\",\"files\":[\"../../precious\"],\"objects\":[]}";
    let deep = "[".repeat(100_000);
    let indexes: [&[u8]; 6] =
        [b"", b"{", b"{\"name\": \"a site\"}", claims, deep.as_bytes(), b"\xff\xfe"];
    for text in indexes {
        fs::write(&index, text).expect("writable");
        keeps(&folder, "index.json", |it| it.run(&["build", "net", "-o", "out"]))?;
        folder.refused(&["blame", "out/lab/kustomization.yaml:1"], 2, "index.json")?;
    }
    fs::remove_file(&index).expect("writable");
    symlink("/dev/zero", &index).expect("links");
    folder.refused(&["build", "net", "-o", "out"], 2, "index.json")?;
    folder.refused(&["blame", "out/lab/kustomization.yaml:1"], 2, "is not a file")?;
    // A file does not belong to mlnetc because an index lists it.
    fs::remove_file(&index).expect("writable");
    folder.refused(&["build", "net", "-o", "out"], 2, "is in the way")?;
    if folder.read("precious") == "mine\n" { Ok(()) } else { Err("a file was lost".into()) }
}
