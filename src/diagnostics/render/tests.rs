use super::*;
use crate::diagnostics::{Code, Severity};
use crate::source::Span;

fn files() -> Files {
    let platform = "## Who serves.\ntenant financial {\n  contact = \"a\"\n}\n";
    let tenant = "flow trainer -> mlfow.tracking\n";
    Files::new([
        ("platform.mlnet".to_owned(), platform.to_owned()),
        ("tenants/f.mlnet".to_owned(), tenant.to_owned()),
    ])
}

fn span(files: &Files, path: &str, words: &str) -> Span {
    let (file, it) = files.iter().find(|(_, it)| it.path == path).expect("a file");
    let start = u32::try_from(it.text.find(words).expect("the words")).expect("small");
    Span { file, start, end: start + u32::try_from(words.len()).expect("small") }
}

fn example(files: &Files) -> Diagnostic {
    let name = span(files, "tenants/f.mlnet", "mlfow");
    let tenant = span(files, "platform.mlnet", "tenant financial {\n  contact = \"a\"\n}");
    Diagnostic::new(Code::ALL[0], name, "unknown name `mlfow`")
        .here("looked for here")
        .label(tenant, "and in this tenant")
        .note("names are looked for from the inside out")
        .help("did you mean `mlflow`?")
        .fix("write `mlflow`", vec![(name, "mlflow".to_owned())])
}

#[test]
fn people_see_every_place() {
    let files = files();
    let text = render(&files, &[example(&files)], Format::Human, Screen::PLAIN);
    let expected = "\
error[E0101]: unknown name `mlfow`
 --> tenants/f.mlnet:1:17
  |
1 | flow trainer -> mlfow.tracking
  |                 ^^^^^ looked for here
  |
 ::: platform.mlnet:2:1
  |
2 | tenant financial {
  | ------------------ and in this tenant
  |
  = note: names are looked for from the inside out
help: did you mean `mlflow`?
  |
1 | flow trainer -> mlflow.tracking
  |                    +
";
    assert_eq!(text, expected);
}

#[test]
fn editors_see_a_line() {
    let files = files();
    let text = render(&files, &[example(&files)], Format::Short, Screen::PLAIN);
    assert_eq!(text, "tenants/f.mlnet:1:17: error[E0101]: unknown name `mlfow`\n");
}

#[test]
fn a_project_without_a_place_has_a_message() {
    let nowhere = Diagnostic::nowhere(Code::ALL[0], "no cluster is declared").help("declare one");
    let text = render(&Files::default(), &[nowhere], Format::Human, Screen::PLAIN);
    assert_eq!(text, "error[E0101]: no cluster is declared\n |\n = help: declare one\n");
}

#[test]
fn a_message_cannot_move_the_cursor() {
    let nowhere = Diagnostic::nowhere(Code::ALL[0], "bad").help("\u{1b}[2J\u{202e}");
    let text = render(&Files::default(), &[nowhere], Format::Human, Screen::PLAIN);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn the_end_of_the_file_is_a_place() {
    let files = files();
    let (file, it) = files.iter().next().expect("a file");
    let end = u32::try_from(it.text.len()).expect("small");
    let past = Diagnostic::new(Code::ALL[0], Span { file, start: end, end }, "the end");
    let text = render(&files, &[past], Format::Human, Screen::PLAIN);
    assert!(text.contains("platform.mlnet:5:1") || text.contains("platform.mlnet:4"), "{text}");
}

#[test]
fn a_program_sees_places_and_edits() {
    let files = files();
    let screen = Screen { root: "net", ..Screen::PLAIN };
    let text = render(&files, &[example(&files)], Format::Json, screen);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let diagnostic = &json["diagnostics"][0];
    assert_eq!(json["version"], 1);
    assert_eq!(json["root"], "net");
    assert_eq!(json["summary"]["errors"], 1);
    assert_eq!(diagnostic["place"]["path"], "tenants/f.mlnet");
    assert_eq!(
        (&diagnostic["place"]["column"], &diagnostic["place"]["endColumn"]),
        (&17.into(), &22.into())
    );
    assert_eq!(diagnostic["labels"][0]["place"]["endLine"], 4);
    assert_eq!(diagnostic["fix"]["edits"][0]["text"], "mlflow");
    assert_eq!(diagnostic["fix"]["applicability"], "needs-a-look");
    let none = render(&files, &[], Format::Json, screen);
    assert!(none.contains("\"diagnostics\": []"), "{none}");
}

#[test]
fn a_workflow_command_is_one_line() {
    let files = files();
    let screen = Screen { root: "./net/", ..Screen::PLAIN };
    let mut diagnostics = example(&files);
    diagnostics.message = "100% of `a`, b: c\r\nd".to_owned();
    let text = render(&files, &[diagnostics], Format::Github, screen);
    let expected = "::error file=net/tenants/f.mlnet,line=1,endLine=1,col=17,endColumn=21,\
        title=E0101%3A syntax error::100%25 of `a`, b: c\u{fffd}%0Ad\
        %0Anote: names are looked for from the inside out%0Ahelp: did you mean `mlflow`?\
        %0Ahelp: write `mlflow`\n";
    assert_eq!(text, expected);
}

#[test]
fn a_property_of_a_workflow_command_ends_where_it_ends() {
    let path = "a,b:c%.mlnet".to_owned();
    let files = Files::new([(path.clone(), "x\n".to_owned())]);
    let diagnostic = Diagnostic::new(Code::ALL[0], span(&files, &path, "x"), "bad");
    let text = render(&files, &[diagnostic], Format::Github, Screen::PLAIN);
    assert!(text.starts_with("::error file=a%2Cb%3Ac%25.mlnet,line=1,"), "{text}");
}

/// Returns the line that contains `word` and the line below it, as a terminal shows them.
fn underlined(text: &str, word: &str, width: usize) -> (String, String) {
    let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
    let diagnostic = Diagnostic::new(Code::ALL[0], span(&files, "a.mlnet", word), "bad");
    let screen = Screen { width, ..Screen::PLAIN };
    let text = render(&files, &[diagnostic], Format::Human, screen);
    let mut lines = text.lines().skip_while(|it| !it.contains(word));
    let mut next = || lines.next().unwrap_or_default().to_owned();
    (next(), next())
}

/// Returns the number of terminal columns before the first of `signs`.
fn columns_before(line: &str, signs: &str) -> usize {
    let before = line.split(signs).next().unwrap_or_default();
    before.chars().map(|it| if it > '\u{1100}' { 2 } else { usize::from(it != '\u{301}') }).sum()
}

#[test]
fn the_underline_is_below_the_word() {
    let lines = [
        "\tservice nam",
        "a\tb\t nam",
        "contact = \"日本語\", nam",
        "contact = \"e\u{301}te\u{301}\", nam",
        "\t\"機械学習\"\t\tnam\r",
    ];
    for line in lines {
        let (source, mark) = underlined(&format!("{line}\n"), "nam", 100);
        let places = (columns_before(&source, "nam"), columns_before(&mark, "^^^"));
        assert_eq!(places.0, places.1, "{source}\n{mark}");
        assert!(!source.contains(['\t', '\r']), "{source:?}");
    }
}

#[test]
fn a_long_line_is_cut_to_the_screen() {
    let text = format!("flow lan -> [{}nam, {}]\n", "minio.api, ".repeat(30), "x, ".repeat(90));
    for width in [60, 100, 160] {
        let (source, mark) = underlined(&text, "nam", width);
        assert!(source.chars().count() <= width && source.contains("..."), "{width}: {source}");
        assert_eq!(columns_before(&source, "nam"), columns_before(&mark, "^^^"));
    }
}

#[test]
fn a_byte_order_mark_moves_no_column() {
    let files = Files::new([("a.mlnet".to_owned(), "\u{feff}nam x\nnam y\n".to_owned())]);
    let diagnostic = Diagnostic::new(Code::ALL[0], span(&files, "a.mlnet", "nam"), "bad");
    let text = render(&files, &[diagnostic], Format::Short, Screen::PLAIN);
    assert!(text.starts_with("a.mlnet:1:1: "), "{text}");
}

#[test]
fn workflow_commands_are_escaped() {
    let files = files();
    let place = files.place(span(&files, "platform.mlnet", "tenant financial {\n"));
    let remark = Remark {
        severity: Severity::Note,
        beside: Some((&place.path, Some(&place))),
        title: "100%: a, b",
        message: "50%: one,\nand\r\u{1b}[2J another",
    };
    assert_eq!(
        super::remark(remark, "./a,b/"),
        "::notice file=a%2Cb/platform.mlnet,line=2,endLine=3,title=100%25%3A a%2C b::50%25: one,%0Aand\u{fffd}\u{fffd}[2J another\n"
    );
    let remark = Remark { severity: Severity::Error, beside: None, title: "t", message: "m" };
    assert_eq!(super::remark(remark, ""), "::error title=t::m\n");
}
