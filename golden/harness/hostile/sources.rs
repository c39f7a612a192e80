//! Generated and malicious texts.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::Failed;

use super::super::case::Cases;
use super::super::folder::{Folder, text};
use super::{SOURCE, some};

/// Adds the tests.
pub(super) fn add(cases: &mut Cases) {
    cases.add("hostile: bytes that are no text", |_| bytes());
    cases.add("hostile: files that are too large", |_| large());
    cases.add("hostile: ten thousand brackets", |_| nested());
    cases.add("hostile: a million declarations, and mistakes in each", |_| many());
    cases.add("hostile: lines and names without an end", |_| long());
    cases.add("hostile: components that multiply", |_| multiplied());
    cases.add("hostile: links in a circle and out of the project", |_| links());
    cases.add("hostile: what is no file", |_| no_files());
    cases.add("hostile: a file that vanishes while it is read", |_| vanishing());
    cases.add("hostile: manifests", |_| manifests());
    cases.add("hostile: schemas", |_| schemas());
}

fn bytes() -> Result<(), Failed> {
    let folder = Folder::new("hostile-bytes");
    let check = |bytes: &[u8], code: i32, words: &str| {
        folder.write("a.mlnet", bytes);
        folder.refused(&["check", "a.mlnet"], code, words)
    };
    check(b"# fine\ntenant caf\xe9 { }\n", 2, "is not UTF-8: line 2 has the byte 0xe9")?;
    check(b"\xff\xfet\0e\0", 2, "it looks like UTF-16")?;
    check(b"\xed\xa0\x80", 2, "is not UTF-8: line 1 has the byte 0xed")?;
    check(b"tenant a { \0 }\n", 1, "expected a declaration, found `\\0`")?;
    check(&b"\0".repeat(50_000), 1, "error[E0101]")?;
    check("\u{feff}".repeat(20_000).as_bytes(), 1, "error[E")?;
    check("tenant \u{202e}a { }\n".as_bytes(), 1, "error[E")?;
    check(b"\r".repeat(60_000).as_slice(), 1, "error[E0212]")?;
    check(b"", 1, "error[E0212]")
}

fn large() -> Result<(), Failed> {
    let folder = Folder::new("hostile-large");
    fs::create_dir(folder.0.join("net")).expect("writable");
    let large = |name: &str, size: u64| {
        let file = fs::File::create(folder.0.join(name)).expect("writable");
        file.set_len(size).expect("a file with a hole");
    };
    large("net/a.mlnet", 100_000_000);
    folder.refused(&["check", "net"], 2, "`net/a.mlnet` is larger than 16 MiB")?;
    large("live.yaml", 300_000_000);
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    let against = |path: &'static str| ["diff", "net", "--against", path];
    folder.refused(&against("live.yaml"), 2, "`live.yaml` is larger than 256 MiB")?;
    large("net/mlnet.lock", 2_000_000_000);
    folder.refused(
        &["build", "net", "-o", "out"],
        2,
        "`net/mlnet.lock` is larger than 1024 MiB",
    )?;
    fs::remove_file(folder.0.join("net/mlnet.lock")).expect("writable");
    large("net/schema.json", 20_000_000);
    folder.write(
        "net/b.mlnet",
        b"tenant b { values v { release = \"v\", schema = \"schema.json\", set a = 1 } }\n",
    );
    folder.refused(&["check", "net"], 1, "larger than 16 MiB")?;
    // Each text may be read; all together are too large.
    fs::remove_file(folder.0.join("net/b.mlnet")).expect("writable");
    let line = format!("# {}\n", "x".repeat(60_000)).repeat(250);
    for at in 0..5 {
        folder.write(&format!("net/{at}.mlnet"), line.as_bytes());
    }
    folder.refused(&["check", "net"], 2, "`net` has more than 64 MiB of sources")
}

fn nested() -> Result<(), Failed> {
    let folder = Folder::new("hostile-nested");
    let check = |text: &str, words: &str| {
        folder.write("a.mlnet", text.as_bytes());
        folder.refused(&["check", "a.mlnet"], 1, words)
    };
    let deep = "brackets are nested more than 64 deep";
    check(&"{".repeat(10_000), deep)?;
    check(&format!("tenant a {}{}", "{\n".repeat(10_000), "}\n".repeat(10_000)), deep)?;
    check(&format!("x = {}{}", "[".repeat(10_000), "]".repeat(10_000)), deep)?;
    check(&format!("flow {}a{} -> b", "(".repeat(10_000), ")".repeat(10_000)), deep)?;
    check(&"when given(a) {\n".repeat(10_000), deep)?;
    check(&"}".repeat(10_000), "error[E0104]")?;
    check(&"}\n".repeat(some(100_000, 900_000)), "error[E0104]")?;
    check(&"\"\n".repeat(some(100_000, 900_000)), "error[E0105]")?;
    check(&"\"{".repeat(10_000), "error[E")
}

fn many() -> Result<(), Failed> {
    let folder = Folder::new("hostile-many");
    let check = |text: &str, code: i32, words: &str| {
        folder.write("a.mlnet", text.as_bytes());
        folder.refused(&["check", "a.mlnet"], code, words)
    };
    let mut tenants = String::new();
    for at in 0..1_000_000 {
        let _ = writeln!(tenants, "tenant t{at:x}{{}}");
    }
    check(&tenants, 2, "more than two million lines, entries and brackets")?;
    drop(tenants);
    let few = some(1_500, 10_000);
    check(&"tenat a {}\n".repeat(few), 1, "error[E0102]")?;
    check(&",".repeat(60_000), 1, "error[E")?;
    check(&",\n".repeat(few), 1, "error[E")?;
    check(&"flow a -> \n".repeat(few), 1, "error[E")?;
    check(&format!("{SOURCE}{}", "tenant a {}\nflow b -> c\n".repeat(few)), 1, "error[E")?;
    check(
        &format!("{SOURCE}{}", "external a { cidrs = 10.0.0.0/8 }\n".repeat(few)),
        1,
        "error[E0202]",
    )?;
    let list = format!("{SOURCE}external a {{ cidrs = [{}] }}\n", "10.0.0.300,\n".repeat(few));
    check(&list, 1, "error[E0111]")?;
    check(&"# expect W0203: x\n".repeat(few), 1, "error[E")
}

fn long() -> Result<(), Failed> {
    let folder = Folder::new("hostile-long");
    let check = |text: &str, code: i32, words: &str| {
        folder.write("a.mlnet", text.as_bytes());
        folder.refused(&["check", "a.mlnet"], code, words)
    };
    let line = "line 1 of `a.mlnet` is longer than 512 KiB";
    check(&format!("tenant {} {{ }}\n", "a".repeat(10_000_000)), 2, line)?;
    check(&format!("# {}\n", "x".repeat(10_000_000)), 2, line)?;
    check(&" ".repeat(10_000_000), 2, line)?;
    check(&format!("tenant {} {{ }}\n", "a".repeat(500_000)), 1, "a name of 500000 characters")?;
    check(&format!("flow {}a -> b\n", "a.".repeat(250_000)), 1, "error[E")?;
    check(&format!("flow a -> b:{}\n", "9".repeat(500_000)), 1, "error[E")?;
    check(&format!("external a {{ cidrs = {} }}\n", "1:".repeat(250_000)), 1, "error[E")?;
    check(&format!("tenant a {{ contact = \"{}\n", "x".repeat(500_000)), 1, "error[E0105]")?;
    check(&"flow a -> ".repeat(50_000), 1, "error[E0101]")?;
    check(&"\n".repeat(1_900_000), 1, "error[E0212]")
}

fn multiplied() -> Result<(), Failed> {
    let folder = Folder::new("hostile-multiplied");
    let check = |inner: &dyn Fn(usize) -> String, levels: usize, words: &str| {
        let mut text = SOURCE.to_owned();
        for at in 0..levels {
            let _ = writeln!(text, "component c{at}() {{ {} }}", inner(at + 1));
        }
        let _ = writeln!(text, "component c{levels}() {{}}\nuse c0");
        folder.write("a.mlnet", text.as_bytes());
        folder.refused(&["check", "a.mlnet"], 1, words)
    };
    let once = |at: usize| format!("use c{at}");
    check(&once, some(2_000, 20_000), "components use each other more than 64 levels deep")?;
    let twice = |at: usize| format!("use c{at} as a, use c{at} as b");
    check(&twice, 40, "components use each other more than 100,000 times")
}

fn links() -> Result<(), Failed> {
    let folder = Folder::new("hostile-links");
    folder.write("outside/a.mlnet", SOURCE.as_bytes());
    folder.write("net/deep/b.mlnet", b"tenant b {}\n");
    let link = |to: &str, at: &str| symlink(to, folder.0.join(at)).expect("links");
    link("../outside/a.mlnet", "net/a.mlnet");
    folder.refused(
        &["check", "net"],
        1,
        "skipped `net/a.mlnet`: the target of the link is outside of the project",
    )?;
    link("..", "net/deep/up");
    link("loop", "net/loop");
    folder.refused(
        &["check", "net"],
        1,
        "skipped `net/loop`: the target of the link does not exist",
    )?;
    link("two.mlnet", "net/one.mlnet");
    link("one.mlnet", "net/two.mlnet");
    folder.refused(&["check", "net"], 2, "cannot follow the link `net/one.mlnet`")?;
    folder.refused(&["check", "net/one.mlnet"], 2, "cannot read `net/one.mlnet`")
}

fn no_files() -> Result<(), Failed> {
    let folder = Folder::new("hostile-no-files");
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    folder.limited("mkfifo pipe.mlnet net/pipe.mlnet && mkdir net/folder.mlnet", &[]);
    let link = |to: &str, at: &str| symlink(to, folder.0.join(at)).expect("links");
    link("/dev/zero", "net/zero.mlnet");
    folder.refused(&["check", "net"], 0, "skipped `net/pipe.mlnet`: it is not a file")?;
    folder.refused(&["check", "pipe.mlnet"], 2, "`pipe.mlnet` is not a file")?;
    folder.refused(&["check", "/dev/zero"], 2, "`/dev/zero` is not a file")?;
    link("/dev/zero", "net/mlnet.lock");
    folder.refused(&["build", "net", "-o", "out"], 2, "`net/mlnet.lock` is not a file")?;
    fs::remove_file(folder.0.join("net/mlnet.lock")).expect("writable");
    link("nowhere", "net/mlnet.lock");
    folder.refused(&["build", "net", "-o", "out"], 2, "cannot read `net/mlnet.lock`")?;
    fs::remove_file(folder.0.join("net/mlnet.lock")).expect("writable");
    folder.limited("mkfifo net/mlnet.lock", &[]);
    folder.refused(&["build", "net", "-o", "out"], 2, "`net/mlnet.lock` is not a file")?;
    if folder.0.join("out").exists() { Err("something was written".into()) } else { Ok(()) }
}

fn vanishing() -> Result<(), Failed> {
    let folder = Folder::new("hostile-vanishing");
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                folder.write("net/deep/b.mlnet", b"tenant b {}\n");
                drop(fs::remove_dir_all(folder.0.join("net/deep")));
            }
        });
        let wrong = (0..some(10, 200)).find_map(|_| {
            let output = folder.run(&["check", "net"]);
            let stderr = text(&output.stderr);
            let gone =
                stderr.contains("there is no such file or folder") && stderr.contains("net/deep");
            let fine = match output.status.code() {
                Some(0) => true,
                Some(2) => gone,
                _ => false,
            };
            (!fine).then(|| format!("{}\n{stderr}", output.status))
        });
        is_done.store(true, Ordering::Relaxed);
        wrong.map_or(Ok(()), |it| Err(it.into()))
    })
}

fn manifests() -> Result<(), Failed> {
    let folder = Folder::new("hostile-manifests");
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    let diff = |text: &[u8], code: i32, words: &str| {
        folder.write("live.yaml", text);
        folder.refused(&["diff", "net", "--against", "live.yaml"], code, words)
    };
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    diff(format!("{object}data: caf\u{e9}").replace('\u{e9}', "\0").as_bytes(), 2, "cannot read")?;
    diff(b"apiVersion: caf\xe9", 2, "is not UTF-8")?;
    diff(format!("{object}data: {}", "[".repeat(100_000)).as_bytes(), 2, "it is nested too deep")?;
    diff(
        format!("{object}data: {}", "{a: ".repeat(100_000)).as_bytes(),
        2,
        "it is nested too deep",
    )?;
    diff(format!("{object}data:\n{}", "- ".repeat(100_000)).as_bytes(), 2, "cannot read")?;
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": ";
    diff(format!("{json}{}", "[".repeat(100_000)).as_bytes(), 2, "it is nested too deep")?;
    diff(
        format!("{json}{}", "{\"items\":".repeat(100_000)).as_bytes(),
        2,
        "it is nested too deep",
    )?;
    let mut laughs = format!("{object}data:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for at in 1..12 {
        let inner = format!("*a{}, ", at - 1).repeat(10);
        let _ = writeln!(laughs, "  a{at}: &a{at} [{inner}]");
    }
    diff(laughs.as_bytes(), 2, "repetition limit")?;
    diff(format!("{object}---\n").repeat(some(2_000, 20_000)).as_bytes(), 1, "to create")?;
    let output = folder.limited(
        "yes 'apiVersion: v1' | head -c 1000000 | \"$0\" \"$@\"",
        &["diff", "net", "--against", "-"],
    );
    if output.status.code() == Some(2) { Ok(()) } else { Err(text(&output.stderr).into()) }
}

fn schemas() -> Result<(), Failed> {
    let folder = Folder::new("hostile-schemas");
    folder.write("secret.json", b"{\"title\": \"secret\"}");
    let values = |schema: &str| {
        let values = format!(
            "tenant own {{ values v {{ release = \"v\", schema = \"{schema}\", set a.b = \"x\" }} }}\n"
        );
        folder.write("net/a.mlnet", format!("{SOURCE}{values}").as_bytes());
    };
    let check = |words: &str| folder.refused(&["check", "net"], 1, words);
    fs::create_dir_all(folder.0.join("net/folder")).expect("writable");
    symlink("../secret.json", folder.0.join("net/link.json")).expect("links");
    symlink("/dev/zero", folder.0.join("net/zero.json")).expect("links");
    symlink("self.json", folder.0.join("net/self.json")).expect("links");
    for path in
        ["../secret.json", "/etc/passwd", "folder/../../secret.json", "link.json", "zero.json"]
    {
        values(path);
        check("it is outside of the project")?;
    }
    for path in ["self.json", "folder", "none.json"] {
        values(path);
        check("error[E0311]")?;
    }
    values("schema.json");
    let schemas = [
        ("{\"$ref\": \"#\"}".to_owned(), ""),
        ("{\"allOf\": [{\"$ref\": \"#\"}]}".to_owned(), ""),
        ("{\"$ref\": \"file:///etc/passwd\"}".to_owned(), "error[E0311]"),
        ("{\"$ref\": \"http://127.0.0.1:1/\"}".to_owned(), "error[E0311]"),
        ("[".repeat(100_000), "error[E0311]"),
        ("{\"not\":".repeat(100_000), "error[E0311]"),
        ("{\"properties\": {\"a\": {\"properties\": {\"b\": {\"pattern\": \"(a{1000}){1000}\"}}}}}".to_owned(), ""),
    ];
    for (schema, words) in schemas {
        folder.write("net/schema.json", schema.as_bytes());
        let output = folder.limited("exec \"$0\" \"$@\"", &["check", "net"]);
        let stderr = text(&output.stderr);
        if !matches!(output.status.code(), Some(0 | 1)) || !stderr.contains(words) {
            let schema: String = schema.chars().take(80).collect();
            return Err(format!("{schema}: {}, expected {words:?}\n{stderr}", output.status).into());
        }
    }
    Ok(())
}
