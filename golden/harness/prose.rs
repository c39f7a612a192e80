//! Lint for prose: phrases that hide the subject of a sentence or replace a standard word.
//!
//! The lint reads the files of [`CLEAN`] and the output of `--help`. To extend it, rewrite a folder, add the
//! folder to [`CLEAN`], and add phrases to [`PHRASES`]. Code in Markdown (fenced blocks and backticks) is not
//! prose; of a Rust file the comments are, and under `src` the string literals, which contain the messages.

use std::path::Path;

use syn::LitStr;
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};

use super::case::Cases;
use super::{help, tree};

/// Files and folders whose prose contains none of the phrases: (path, end of the file names).
const CLEAN: &[(&str, &str)] = &[
    ("README.md", ""),
    ("CHANGELOG.md", ""),
    ("CONTRIBUTING.md", ""),
    ("ARCHITECTURE.md", ""),
    ("benches", ".rs"),
    ("conformance", ".md"),
    ("docs", ".md"),
    ("examples", ".md"),
    ("examples", ".mlnet"),
    ("fuzz", ".rs"),
    ("golden/README.md", ""),
    ("golden", "mistakes.txt"),
    ("golden/diagnostics", "README.md"),
    ("golden/harness", ".rs"),
    ("grammar", ".pest"),
    ("src", ".rs"),
    ("stdlib", ".mlnet"),
];

/// Phrases that are never right, with the plain alternative.
const PHRASES: &[(&str, &str)] = &[
    ("anybody", "every client, every user"),
    ("are said", "are reported, are printed"),
    ("are told", "are reported"),
    ("everybody", "every client, every team, all users"),
    ("goes no more", "is removed, no longer exists"),
    ("in silence", "silently, without an error"),
    ("in vain", "without effect"),
    ("is no more", "no longer exists"),
    ("is said", "is reported, is printed"),
    ("is told", "is reported"),
    ("lest", "so that … not"),
    ("let through", "allow"),
    ("lets in", "allows"),
    ("lets through", "allows"),
    ("made anew", "created again"),
    ("no more goes", "is removed"),
    ("of nothing", "name the subject"),
    ("of which nobody", "name the subject and use an active verb"),
    ("says so", "reports it, prints a message"),
    ("so many", "the number, or `at most N`"),
    ("somebody", "name the owner, the tool or the user"),
    ("take in", "contain, include"),
    ("takes in", "contains, includes"),
    ("that which", "name the thing"),
    ("the one that", "repeat the noun"),
    ("the ones that", "repeat the noun"),
    ("to say about", "the diagnostics of"),
    ("way out", "fix"),
    ("what is said", "the diagnostics"),
    ("what stands", "the text, the value"),
    ("what there is", "name the things"),
    ("who asks", "the caller, the client"),
    ("whoever", "name the person or the program"),
    ("whom", "name the client, the server or the owner"),
    ("whose it is", "the owner"),
    ("without a word", "silently, without an error"),
];

/// Phrases that are never right in a message, in addition to [`PHRASES`].
const IN_MESSAGES: &[(&str, &str)] = &[
    ("cannot stand", "is not allowed"),
    ("dials", "connects to"),
    ("gives out", "assigns"),
    ("has to be told", "must be updated, must be informed"),
    ("is called", "has the name; `there is no KIND NAME`"),
    ("is meant", "is intended"),
    ("leads nowhere", "does not exist"),
    ("lets every", "allows every"),
    ("lets it", "allows it"),
    ("made again", "created again"),
    ("may be reached", "is reachable"),
    ("means nothing", "has no meaning, has no effect"),
    ("nobody", "no client, no server, no pod"),
    ("policies are asked", "policies apply"),
    ("stands behind", "write … behind"),
    ("stands in", "is in, is defined in"),
];

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.faults("prose: the clean files use plain words", files);
    cases.faults("prose: --help uses plain words", helps);
    cases.faults("prose: messages use plain words", messages);
    cases.faults("prose: the lint finds what it must", finds);
}

fn files() -> Vec<String> {
    let paths = CLEAN.iter().flat_map(|(path, end)| match tree::root(path) {
        file if file.is_file() => vec![file],
        _ => tree::files_ending(path, end),
    });
    let mut faults = Vec::new();
    for path in paths {
        let name = tree::from_root(&path);
        faults.extend(find(&name, &prose(&path, &tree::text(&path))));
    }
    faults
}

/// Returns the faults of each help page, named by its command line.
fn helps() -> Vec<String> {
    let page = |command: &&str| (format!("mlnetc {command} --help"), help::page(command));
    help::COMMANDS.iter().map(page).flat_map(|(name, text)| find(&name, &text)).collect()
}

/// Returns the faults of the string literals of `src`, without tests.
fn messages() -> Vec<String> {
    let mut faults = Vec::new();
    for path in tree::files_ending("src", ".rs") {
        let name = tree::from_root(&path);
        if name.contains("tests") {
            continue;
        }
        let mut literals = Literals::default();
        let file = syn::parse_file(&tree::text(&path));
        literals.visit_file(&file.unwrap_or_else(|it| panic!("{name}: {it}")));
        for text in literals.0 {
            let found = [PHRASES, IN_MESSAGES].map(|it| find_any(it, &name, &without_code(&text)));
            faults.extend(found.concat().into_iter().map(|it| format!("{it}: {text:?}")));
        }
    }
    faults
}

/// The string literals of a file, also of macros, without attributes and modules of tests. Placeholders of format
/// strings are in backticks: they are no prose.
#[derive(Default)]
struct Literals(Vec<String>);

impl Literals {
    fn push(&mut self, text: &str) {
        self.0.push(text.replace('{', "`{").replace('}', "}`"));
    }

    fn tokens(&mut self, mut cursor: Cursor<'_>) {
        while !cursor.eof() {
            if let Some((inside, _, _, next)) = cursor.any_group() {
                self.tokens(inside);
                cursor = next;
            } else if let Some((literal, next)) = cursor.literal() {
                if let Ok(text) = syn::parse_str::<LitStr>(&literal.to_string()) {
                    self.push(&text.value());
                }
                cursor = next;
            } else if let Some((_, next)) = cursor.token_tree() {
                cursor = next;
            } else {
                return;
            }
        }
    }
}

impl<'t> Visit<'t> for Literals {
    fn visit_attribute(&mut self, _: &'t syn::Attribute) {}

    fn visit_item_mod(&mut self, it: &'t syn::ItemMod) {
        if it.ident != "tests" {
            visit::visit_item_mod(self, it);
        }
    }

    fn visit_lit_str(&mut self, it: &'t LitStr) {
        self.push(&it.value());
    }

    fn visit_macro(&mut self, it: &'t syn::Macro) {
        self.tokens(TokenBuffer::new2(it.tokens.clone()).begin());
    }
}

/// Returns the text of a file with everything that is not prose replaced by spaces; line numbers stay the same.
fn prose(path: &Path, text: &str) -> String {
    match path.extension().and_then(|it| it.to_str()) {
        Some("md") => without_code(text),
        Some("rs" | "pest") => comments(text, "//"),
        _ => text.to_owned(),
    }
}

/// Returns Markdown without fenced blocks and without code in backticks.
fn without_code(text: &str) -> String {
    let mut result = String::new();
    let (mut is_fenced, mut is_code) = (false, false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            is_code = false;
        } else if !is_fenced {
            is_code &= !line.is_empty();
            for letter in line.chars() {
                is_code ^= letter == '`';
                result.push(if is_code || letter == '`' { '`' } else { letter });
            }
        }
        result.push('\n');
    }
    result
}

/// Returns the comments of a file: of each line the part from the mark on.
fn comments(text: &str, mark: &str) -> String {
    let comment = |line: &str| line.find(mark).and_then(|at| line.get(at..)).map(str::to_owned);
    let lines = text.lines().map(|it| comment(it).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn find(name: &str, text: &str) -> Vec<String> {
    find_any(PHRASES, name, text)
}

/// Returns one line for each phrase in a text: `PATH:LINE: …`. A phrase may continue on the next line.
fn find_any(phrases: &[(&str, &str)], name: &str, text: &str) -> Vec<String> {
    let mut words: Vec<(usize, String)> = Vec::new();
    for (line, content) in text.lines().enumerate() {
        let letter = |it: char| it.is_alphanumeric() || it == '\'' || it == '`' || it == '-';
        let parts = content.split_inclusive(|it: char| !letter(it));
        for part in parts {
            let word = part.trim_matches(|it: char| !letter(it));
            if !word.is_empty() {
                words.push((line + 1, word.to_lowercase()));
            }
            if part.ends_with(['.', ',', ';', ':', '|']) {
                words.push((line + 1, String::new()));
            }
        }
    }
    let mut faults = Vec::new();
    for (phrase, plain) in phrases {
        let phrase_words: Vec<&str> = phrase.split(' ').collect();
        let same = |it: &&[(usize, String)]| it.iter().map(|(_, word)| word).eq(&phrase_words);
        let found = words.windows(phrase_words.len()).filter(same).filter_map(|it| it.first());
        faults.extend(found.map(|(line, _)| format!("{name}:{line}: `{phrase}`; write: {plain}")));
    }
    faults
}

fn finds() -> Vec<String> {
    let text = "A sentence, as somebody\nwrites it.\n\n```\nwhoever\n```\n\nNot `whoever`; what is\n\
                said here. So, many cases.\n";
    let expected = ["x.md:1: `somebody`", "x.md:8: `what is said`", "x.md:8: `is said`"];
    let found = find("x.md", &without_code(text));
    let starts = |it: &&&str| !found.iter().any(|fault| fault.starts_with(**it));
    let mut faults: Vec<String> =
        expected.iter().filter(starts).map(|it| format!("not found: {it}")).collect();
    if found.len() != expected.len() {
        faults.push(format!("found: {found:?}"));
    }
    let code = r#"fn f() { say("for nobody", format!("{whom} is told", [g!("a")])); } // "none""#;
    let mut literals = Literals::default();
    literals.visit_file(&syn::parse_file(code).expect("the code parses"));
    if literals.0 != ["for nobody", "`{whom}` is told", "a"] {
        faults.push(format!("literals: {:?}", literals.0));
    }
    faults
}
