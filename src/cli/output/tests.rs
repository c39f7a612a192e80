#![expect(clippy::disallowed_methods, reason = "these tests are about the disk")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

/// A folder that is removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mlnetc-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("writable");
        Self(path)
    }

    /// The output folder.
    fn lab(&self) -> PathBuf {
        self.0.join("lab")
    }

    fn write(&self, texts: &[(&str, &str)]) -> Result<Change, Failure> {
        Output::new(self.lab(), &files(texts))?.write()
    }

    fn refused(&self, texts: &[(&str, &str)]) -> String {
        self.write(texts)
            .expect_err("it is refused")
            .to_string()
            .replace(&*self.0.to_string_lossy(), "OUT")
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.lab().join(path)).ok()
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.lab().join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    fn inode(&self, path: &str) -> (u64, i64, i64) {
        let it = fs::symlink_metadata(self.lab().join(path)).expect("it is there");
        (it.ino(), it.mtime(), it.mtime_nsec())
    }

    /// Returns the names of the entries beside the output folder.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).expect("readable");
        let names =
            names.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned());
        names.filter(|it| it != "lab").collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Returns the files of an output folder, with the index that lists them.
fn files(texts: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let paths: Vec<&str> = texts.iter().map(|(path, _)| *path).chain(["index.json"]).collect();
    let index =
        serde_json::json!({ "version": 1, "cluster": "lab", "files": paths, "objects": [] });
    let texts = texts.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    texts.chain([("index.json".to_owned(), index.to_string().into_bytes())]).collect()
}

const X: &str = "helm/x.values.yaml";
const Y: &str = "tenants/y/policies.yaml";

#[test]
fn what_is_no_longer_written_goes_and_what_others_wrote_stays() {
    let out = Scratch::new("stays");
    let first = out.write(&[(X, "x"), (Y, "y")]).expect("writable");
    assert_eq!(first.added, [X, Y, "index.json"]);
    out.put("notes.txt", "mine");
    out.put("tenants/z/notes.txt", "mine too");
    fs::create_dir(out.lab().join("empty")).expect("writable");
    fs::set_permissions(out.lab().join("empty"), fs::Permissions::from_mode(0o500))
        .expect("writable");
    symlink("nowhere", out.lab().join("link")).expect("writable");
    let mine = ["notes.txt", "tenants/z/notes.txt", "link"].map(|it| (it, out.inode(it)));

    let second = out.write(&[(X, "x")]).expect("writable");
    assert_eq!(
        (second.added.len(), second.changed.len(), second.removed),
        (0, 1, vec![Y.to_owned()])
    );
    for (path, inode) in mine {
        assert_eq!(out.inode(path), inode, "{path}");
    }
    assert_eq!(out.text("notes.txt").as_deref(), Some("mine"));
    let rights = fs::metadata(out.lab().join("empty")).expect("it is there").permissions().mode();
    assert_eq!(rights & 0o777, 0o500);
    assert!(!out.lab().join("tenants/y").exists());
    assert!(out.beside().is_empty(), "{:?}", out.beside());
}

#[test]
fn a_file_that_stays_the_same_is_not_written_again() {
    let out = Scratch::new("same");
    out.write(&[(X, "x"), (Y, "y")]).expect("writable");
    let (x, y, folder) = (out.inode(X), out.inode(Y), out.inode(""));
    out.write(&[(X, "x"), (Y, "z")]).expect("writable");
    assert_eq!(out.inode(X), x);
    assert_ne!(out.inode(Y).0, y.0);
    assert_ne!(out.inode("").0, folder.0);

    let folder = out.inode("");
    assert!(out.write(&[(X, "x"), (Y, "z")]).expect("writable").is_none());
    assert_eq!(out.inode(""), folder, "where nothing changes nothing is touched");
}

#[test]
fn what_would_change_is_said_without_writing() {
    let out = Scratch::new("check");
    out.write(&[(X, "x"), (Y, "y")]).expect("writable");
    let folder = out.inode("");
    let wanted = files(&[(X, "X"), ("kustomization.yaml", "k")]);
    let change = Output::new(out.lab(), &wanted).expect("a folder").change().expect("readable");
    assert_eq!(change.added, ["kustomization.yaml"]);
    assert_eq!(change.changed, [X, "index.json"]);
    assert_eq!(change.removed, [Y]);
    assert_eq!(out.inode(""), folder);
}

#[test]
fn what_others_wrote_is_never_overwritten() {
    let out = Scratch::new("foreign");
    out.put(X, "mine");
    assert_eq!(
        out.refused(&[(X, "x")]),
        "`OUT/lab/helm/x.values.yaml` is in the way: mlnetc did not write it\n  help: move it, or name another \
         folder with `-o`"
    );
    assert_eq!(out.text(X).as_deref(), Some("mine"));
    out.write(&[(X, "mine"), (Y, "y")]).expect("the same text is in nobody's way");

    fs::remove_file(out.lab().join(Y)).expect("writable");
    fs::create_dir(out.lab().join(Y)).expect("writable");
    assert!(out.refused(&[(X, "mine"), (Y, "y")]).contains("is in the way"));
    out.write(&[(X, "mine")]).expect("what is no file is not removed");
    assert!(out.lab().join(Y).is_dir());
}

#[test]
fn links_out_of_the_folder_are_not_followed() {
    let out = Scratch::new("links");
    let elsewhere = out.0.join("elsewhere");
    fs::create_dir_all(elsewhere.join("y")).expect("writable");
    fs::create_dir(out.lab()).expect("writable");
    symlink(&elsewhere, out.lab().join("tenants")).expect("writable");
    assert!(out.refused(&[(Y, "y")]).starts_with("`OUT/lab/tenants` is in the way"));
    assert_eq!(fs::read_dir(elsewhere.join("y")).expect("readable").count(), 0);
}

#[test]
fn a_folder_behind_a_link_is_replaced_where_it_is() {
    let out = Scratch::new("behind");
    fs::create_dir_all(out.0.join("real/deep")).expect("writable");
    symlink("real/deep", out.lab()).expect("writable");
    out.write(&[(X, "x")]).expect("writable");
    out.write(&[(X, "y")]).expect("writable");
    assert!(out.lab().is_symlink());
    assert_eq!(fs::read_to_string(out.0.join("real/deep").join(X)).ok().as_deref(), Some("y"));
    assert_eq!(fs::read_dir(out.0.join("real")).expect("readable").count(), 1);
}

#[test]
fn an_output_folder_that_is_a_file_loses_nothing() {
    let out = Scratch::new("file");
    fs::write(out.lab(), "mine").expect("writable");
    assert!(out.refused(&[(X, "x")]).starts_with("`OUT/lab` is a file"));
    assert_eq!(fs::read_to_string(out.lab()).ok().as_deref(), Some("mine"));
    let below = Output::new(out.lab().join("deep/deeper"), &files(&[])).map(|_| ());
    assert!(below.expect_err("it is refused").to_string().contains("lab` is a file"));
    fs::remove_file(out.lab()).expect("writable");
    symlink("nowhere", out.lab()).expect("writable");
    assert!(out.refused(&[(X, "x")]).contains("does not exist"));
}

#[test]
fn an_index_that_is_not_ours_is_not_believed_nor_lost() {
    let out = Scratch::new("index");
    fs::write(out.0.join("precious"), "mine").expect("writable");
    let claims =
        |path: &str| format!(r#"{{"version":1,"cluster":"lab","files":["{path}"],"objects":[]}}"#);
    let (outside, root) = (claims("../precious"), claims("/etc/passwd"));
    let cases = [
        ("{", "it is not an index of mlnetc"),
        ("[]", "it is not an index of mlnetc"),
        (r#"{"name":"a site"}"#, "it is not an index of mlnetc"),
        (r#"{"version":2}"#, "version 2 of the format"),
        (&outside, "it lists `../precious`"),
        (&root, "it lists `/etc/passwd`"),
        ("", "it is not an index of mlnetc"),
    ];
    for (index, why) in cases {
        out.put("index.json", index);
        let message = out.refused(&[(X, "x")]);
        assert!(
            message.starts_with("cannot use `OUT/lab/index.json`") && message.contains(why),
            "{message}"
        );
        assert_eq!(out.text("index.json").as_deref(), Some(index));
    }
    assert!(out.0.join("precious").exists() && out.beside() == ["precious"]);
}

#[test]
fn paths_that_differ_in_case_alone_are_refused() {
    let out = Scratch::new("case");
    let message = out.refused(&[("helm/a.values.yaml", "a"), ("helm/A.values.yaml", "A")]);
    assert!(message.contains("differ only in upper and lower case"), "{message}");
}

#[test]
fn a_killed_build_leaves_the_old_state_or_the_new_and_the_next_tidies_up() {
    for step in [Step::Begun, Step::Staged, Step::Swapped] {
        let out = Scratch::new(&format!("killed-{step:?}"));
        out.write(&[(X, "x"), (Y, "y")]).expect("writable");
        out.put("notes.txt", "mine");
        let notes = out.inode("notes.txt");
        let next = files(&[(X, "new")]);
        let killed = catch_unwind(AssertUnwindSafe(|| {
            let output = Output::new(out.lab(), &next).expect("a folder");
            output.write_in_steps(&mut |it| if it == step { panic!("killed") } else { Ok(()) })
        }));
        assert!(killed.is_err());
        let now = (out.text(X), out.text(Y));
        let expected = if step == Step::Swapped { ("new", None) } else { ("x", Some("y")) };
        assert_eq!(now, (Some(expected.0.to_owned()), expected.1.map(str::to_owned)), "{step:?}");
        assert_eq!(out.beside().len(), 1, "{step:?}");
        // Another program writes to the folder before the next build.
        out.put("later.txt", "mine too");

        out.write(&[(X, "newer")]).expect("writable");
        assert!(out.beside().is_empty(), "{step:?}: {:?}", out.beside());
        assert_eq!((out.text(X).as_deref(), out.text(Y)), (Some("newer"), None));
        assert_eq!(out.inode("notes.txt"), notes, "{step:?}");
        assert_eq!(out.text("later.txt").as_deref(), Some("mine too"));
    }
}

#[test]
fn what_somebody_writes_during_a_build_is_kept() {
    let out = Scratch::new("meanwhile");
    out.write(&[(X, "x")]).expect("writable");
    out.put("notes.txt", "old");
    let next = files(&[(X, "new")]);
    let output = Output::new(out.lab(), &next).expect("a folder");
    let write = |it: Step| {
        if it == Step::Staged {
            out.put("deep/late.txt", "late");
            fs::remove_file(out.lab().join("notes.txt"))?;
            out.put("notes.txt", "edited");
        }
        Ok(())
    };
    output.write_in_steps(&mut { write }).expect("writable");
    assert_eq!(out.text("deep/late.txt").as_deref(), Some("late"));
    assert_eq!(out.text("notes.txt").as_deref(), Some("edited"));
    assert!(out.beside().is_empty(), "{:?}", out.beside());
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    let out = Scratch::new("full");
    out.write(&[(X, "x")]).expect("writable");
    let next = files(&[(X, "new")]);
    let output = Output::new(out.lab(), &next).expect("a folder");
    let full = |it: Step| match it {
        Step::Staged => Err(io::Error::from(io::ErrorKind::StorageFull)),
        Step::Begun | Step::Swapped => Ok(()),
    };
    let failure = output.write_in_steps(&mut { full }).expect_err("it is full").to_string();
    assert!(failure.ends_with("lab`: the disk is full"), "{failure}");
    assert_eq!(out.text(X).as_deref(), Some("x"));
    assert!(out.beside().is_empty());
}

#[test]
fn a_folder_between_two_places_is_put_back() {
    let out = Scratch::new("between");
    out.write(&[(X, "x")]).expect("writable");
    out.put("notes.txt", "mine");
    fs::rename(out.lab(), out.0.join(".lab.mlnetc-old")).expect("writable");
    assert!(out.write(&[(X, "x")]).expect("writable").is_none());
    assert_eq!(out.text("notes.txt").as_deref(), Some("mine"));

    fs::create_dir(out.0.join(".lab.mlnetc-old")).expect("writable");
    fs::write(out.0.join(".lab.mlnetc-old/strange.txt"), "mine").expect("writable");
    fs::create_dir(out.0.join(".lab.mlnetc-new")).expect("writable");
    fs::create_dir(out.0.join(".lab.mlnetc-stranger")).expect("writable");
    out.write(&[(X, "y")]).expect("writable");
    assert_eq!(out.text("strange.txt").as_deref(), Some("mine"));
    assert_eq!(out.beside(), [".lab.mlnetc-stranger"]);
}

#[test]
fn two_builds_at_once_come_one_after_the_other() {
    let out = Scratch::new("twice");
    let all: Vec<Vec<(String, Vec<u8>)>> =
        (0..8).map(|it| files(&[(X, &format!("x{it}")), (Y, &format!("y{it}"))])).collect();
    std::thread::scope(|scope| {
        for files in &all {
            let lab = out.lab();
            scope.spawn(move || {
                Output::new(lab, files).expect("a folder").write().expect("writable")
            });
        }
    });
    let (x, y) = (out.text(X).expect("it is there"), out.text(Y).expect("it is there"));
    assert_eq!(x.trim_start_matches('x'), y.trim_start_matches('y'));
    assert!(out.beside().is_empty());
}
