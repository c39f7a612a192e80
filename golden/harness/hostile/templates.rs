//! Templates of reports that do not end, use all memory, or leave the project.

use std::os::unix::fs::symlink;

use libtest_mimic::Failed;

use super::super::case::Cases;
use super::super::folder::{Folder, text};
use super::SOURCE;

/// Adds the tests.
pub(super) fn add(cases: &mut Cases) {
    cases.add("hostile: templates that do not end", |_| endless());
    cases.add("hostile: templates that take all memory", |_| greedy());
    cases.add("hostile: templates outside of the project", |_| outside());
}

/// Checks that the project with a template fails with a message.
fn refused(folder: &Folder, template: &str, words: &str) -> Result<(), Failed> {
    folder.write("net/reports/own.j2", template.as_bytes());
    let shown: String = template.chars().take(100).collect();
    let refused = folder.refused(&["report", "own", "net"], 2, words);
    refused.map_err(|it| format!("{shown}: {}", it.message().unwrap_or_default()).into())
}

fn project(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("net/a.mlnet", SOURCE.as_bytes());
    folder
}

/// Returns a template that changes `n.x` a number of times.
fn again(times: usize, start: &str, step: &str, end: &str) -> String {
    format!(
        "{{% set n = namespace(x={start}) %}}{{% for i in range({times}) %}}{{% set n.x = {step} %}}{{% endfor %}}{end}"
    )
}

fn endless() -> Result<(), Failed> {
    let folder = project("hostile-endless");
    let steps = "it needs more than 3000000 steps";
    let loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    refused(&folder, loops, steps)?;
    let pairs = again(60, "[1]", "[n.x, n.x]", "");
    let compare = format!(
        "{pairs}{}{{{{ n.x == n.y }}}}",
        pairs
            .replace("n.x", "n.y")
            .replace("x=", "y=")
            .replace("{% set n = namespace(y=[1]) %}", "{% set n.y = [1] %}",)
    );
    // Comparing two values that contain themselves 2^60 times.
    ended(&folder, &compare, "it runs longer than 10 seconds")
}

/// Checks a template that never ends: to save time, the test sets a limit of one second of processor time.
fn ended(folder: &Folder, template: &str, words: &str) -> Result<(), Failed> {
    folder.write("net/reports/own.j2", template.as_bytes());
    let output = folder.limited("ulimit -t 1; exec \"$0\" \"$@\"", &["report", "own", "net"]);
    let stderr = text(&output.stderr);
    if output.status.code() == Some(2) && stderr.contains(words) {
        return Ok(());
    }
    Err(format!("{}, expected {words:?}: {stderr}", output.status).into())
}

fn greedy() -> Result<(), Failed> {
    let folder = project("hostile-greedy");
    let steps = "it needs more than 3000000 steps";
    let memory = "it uses more than 128 MiB of memory, or nests too deep";
    let either = "the template of report `own`: it ";
    refused(&folder, "{{ 'a' * 1000000000 }}", steps)?;
    refused(&folder, "{{ range(1000000000)|list|length }}", "too many elements")?;
    refused(&folder, &again(99, "'a'", "n.x + n.x", ""), either)?;
    refused(&folder, &again(60, "'aaaa'", "n.x|replace('a', 'aaaaaaaaaa')", ""), either)?;
    refused(&folder, &again(60, "'aaaa'", "[n.x, n.x, n.x]|join(n.x)", ""), either)?;
    ended(&folder, &again(99, "[1]", "n.x + n.x", "{{ n.x|length }}"), either)?;
    ended(&folder, &again(60, "['aaaa']", "[n.x, n.x]", "{{ n.x|pprint }}"), either)?;
    ended(&folder, &again(60, "['aaaa']", "[n.x, n.x]", "{{ n.x }}"), either)?;
    let large = "{% for i in range(300) %}{{ 'a' * 65536 }}{% endfor %}";
    refused(&folder, large, "it writes more than 16 MiB")?;
    refused(&folder, &again(99_999, "[]", "[n.x]", ""), memory)?;
    let signs = |sign: &str, count: usize| format!("{{{{ {}1 }}}}", sign.repeat(count));
    refused(&folder, &signs("1+", 200_000), memory)?;
    refused(&folder, &signs("not ", 200_000), memory)?;
    refused(&folder, &signs("(", 200_000), "recursion limits")
}

fn outside() -> Result<(), Failed> {
    let folder = project("hostile-outside");
    folder.write("secret", b"a secret\n");
    folder.write("net/reports/.keep", b"");
    let link =
        |to: &str, at: &str| symlink(to, folder.0.join("net/reports").join(at)).expect("links");
    link("../../secret", "link.j2");
    link("/etc/passwd", "passwd.j2");
    link("self.j2", "self.j2");
    let report = |kind: &str, words: &str| folder.refused(&["report", kind, "net"], 2, words);
    report("link", "it is outside of the project")?;
    report("passwd", "it is outside of the project")?;
    report("self", "there is no report `self`")?;
    report("../../secret", "there is no report")?;
    report("/etc/passwd", "there is no report")?;
    refused(&folder, "{% include '../../secret' %}", "unknown statement include")?;
    // The project's own templates have the same features as those of mlnetc.
    folder.write("net/reports/own.j2", b"{{ cluster }}: {{ endpoints[0].address is none }}\n");
    folder.expect(&["report", "own", "net"], 0, "lab: ")
}
