#![expect(clippy::disallowed_methods, reason = "these tests are about the disk")]

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::*;

/// An empty folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mlnetc-{}-{name}", std::process::id()));
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).expect("writable");
    path
}

fn files(texts: &[(&str, &str)]) -> Files {
    let objects: Vec<_> =
        texts.iter().map(|(path, _)| serde_json::json!({ "file": path })).collect();
    let index = serde_json::json!({ "objects": objects }).to_string();
    let texts = texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    texts.chain([("index.json".to_owned(), index)]).collect()
}

fn write(folder: &Path, texts: &[(&str, &str)]) -> Result<Change, Failure> {
    Output::new(folder.join("lab"), &files(texts))?.write()
}

fn text(path: PathBuf) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[test]
fn what_is_no_longer_written_goes_and_what_others_wrote_stays() {
    let out = folder("stays");
    let first = write(&out, &[("a/x.yaml", "x"), ("b/y.yaml", "y")]).expect("writable");
    assert_eq!(first.added, ["a/x.yaml", "b/y.yaml", "index.json"]);
    fs::write(out.join("lab/notes.txt"), "mine").expect("writable");
    fs::create_dir_all(out.join("lab/empty")).expect("writable");
    let second = write(&out, &[("a/x.yaml", "x")]).expect("writable");
    assert_eq!((second.changed.len(), second.removed), (1, vec!["b/y.yaml".to_owned()]));
    assert_eq!(text(out.join("lab/notes.txt")).as_deref(), Some("mine"));
    assert!(out.join("lab/empty").is_dir() && !out.join("lab/b").exists());
    assert_eq!(fs::read_dir(&out).expect("readable").count(), 1);
    drop(fs::remove_dir_all(out));
}

#[test]
fn a_file_that_stays_the_same_is_not_written_again() {
    let out = folder("same");
    write(&out, &[("x.yaml", "x"), ("y.yaml", "y")]).expect("writable");
    let inode = |name: &str| fs::metadata(out.join("lab").join(name)).map(|it| it.ino()).ok();
    let before = (inode("x.yaml"), inode("y.yaml"));
    write(&out, &[("x.yaml", "x"), ("y.yaml", "z")]).expect("writable");
    assert_eq!(inode("x.yaml"), before.0);
    assert_ne!(inode("y.yaml"), before.1);
    assert!(write(&out, &[("x.yaml", "x"), ("y.yaml", "z")]).expect("writable").is_none());
    drop(fs::remove_dir_all(out));
}

#[test]
fn what_others_wrote_is_never_overwritten() {
    let out = folder("foreign");
    fs::create_dir_all(out.join("lab")).expect("writable");
    fs::write(out.join("lab/x.yaml"), "mine").expect("writable");
    assert!(write(&out, &[("x.yaml", "x")]).is_err());
    assert_eq!(text(out.join("lab/x.yaml")).as_deref(), Some("mine"));
    drop(fs::remove_dir_all(out));
}

#[test]
fn an_output_folder_that_is_a_file_loses_nothing() {
    let out = folder("file");
    fs::write(out.join("lab"), "mine").expect("writable");
    assert!(write(&out, &[("x.yaml", "x")]).is_err());
    assert_eq!(text(out.join("lab")).as_deref(), Some("mine"));
    drop(fs::remove_dir_all(out));
}

#[test]
fn an_edited_index_removes_nothing_elsewhere() {
    let index = br#"{"objects": [{"file": "../x"}, {"file": "/etc/passwd"}, {"file": "a.yaml"}]}"#;
    assert_eq!(
        written(index).into_iter().collect::<Vec<_>>(),
        ["a.yaml", "index.json", "kustomization.yaml"]
    );
    assert!(written(b"[]").is_empty());
}
