//! Typing errors in valid sources, and sources in the style of other tools: fixes must restore the intended source.

use libtest_mimic::Failed;
use mlnetc::compile::fix::Texts;
use regex::Regex;

use super::super::case::{Cases, none, print};
use super::super::diagnostics;
use super::super::project::Project;
use super::super::tree;

/// One word of this number is misspelt, one character of this number is removed.
const ONE_OF: usize = 7;
const ONE_OF_CHARACTERS: usize = 211;

/// Habits from other tools: the text of a source, and its replacement everywhere in a file.
const HABITS: &[(&str, &str, &str)] = &[
    ("colons", r"(?m)^( *[a-z-]+) = ", "$1: "),
    ("colons in maps", r"\{ ([a-z-]+) = ", "{ $1: "),
    ("semicolons", r"(?m)^( *[a-z-]+ = [^\[\{\n#]*)$", "$1;"),
    ("fat arrows", r"(flow .*) -> ", "$1 => "),
    ("drawn arrows", r"(flow .*) -> ", "$1 → "),
    ("slashes", r"(?m)^# ", "// "),
    ("smart quotes", r#"= "([^"\\{]*)""#, "= “$1”"),
    ("single quotes", r#"= "([^"\\{']*)""#, "= '$1'"),
    ("short ranges", r"(\d+\.\d+\.\d+\.)(\d+)-\d+\.\d+\.\d+\.(\d+)", "$1$2-$3"),
    ("capitals", r"= load-balancer", "= LoadBalancer"),
    ("quoted words", r"isolate = ([a-z]+)", "isolate = \"$1\""),
    ("quoted addresses", r"= (\d+\.\d+\.\d+\.\d+/\d+)", "= \"$1\""),
    ("quoted names", r"(?m)^( *)(service|workload) ([a-z-]+) in", "$1$2 \"$3\" in"),
    ("booleans", r"(exposed|managed|scrape|service) = false", "$1 = \"no\""),
    ("quoted profiles", r"profile = ([a-z-]+)", "profile = \"$1\""),
    ("bare keys", r#""(app\.kubernetes\.io/[a-z]+)" ="#, "$1 ="),
];

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("fixes: what is repaired in a misspelt source is what was meant", |_| misspelt());
    cases.add("fixes: whatever is broken is repaired once and for all", |_| broken());
    cases.add("fixes: a source in the style of other tools is repaired as a whole", |_| habits());
}

/// Removes characters; safe fixes are applied, and a second run finds no more.
fn broken() -> Result<(), Failed> {
    let (mut faults, mut at, mut count, mut whole) = (Vec::new(), 0, 0, 0);
    for (name, project) in valid() {
        let sources = project.clone().sources();
        for (file_idx, (path, text)) in sources.iter().enumerate() {
            for (offset, lost) in text.char_indices() {
                at += 1;
                if at % ONE_OF_CHARACTERS != 0 || lost.is_whitespace() {
                    continue;
                }
                let mut wrong = sources.clone();
                wrong[file_idx].1.remove(offset);
                let once = project.with_sources(&wrong).repair();
                let again = project.with_sources(&once.texts).repair();
                let is_same = again.repairs.is_empty() && again.texts == once.texts;
                let is_small = !once.repairs.is_empty() || same_texts(&once.texts, &wrong);
                if !is_same || !is_small {
                    faults.push(format!("{name}/{path}: `{lost}` lost at {offset}"));
                }
                count += 1;
                whole += usize::from(same_texts(&once.texts, &sources));
            }
        }
    }
    print(&format!("lost characters: {count}, of which {whole} are put back"));
    none(&faults)
}

fn habits() -> Result<(), Failed> {
    let mut faults = Vec::new();
    for (what, written, instead) in HABITS {
        let written = Regex::new(written)?;
        let mut slips = 0;
        for (name, project) in valid() {
            let sources = project.clone().sources();
            let mut wrong = sources.clone();
            for (_, text) in &mut wrong {
                slips += written.find_iter(text).count();
                *text = written.replace_all(text, *instead).into_owned();
            }
            if wrong == sources {
                continue;
            }
            let repaired = project.with_sources(&wrong).repair();
            if !same_texts(&repaired.texts, &sources) {
                let left: Vec<_> =
                    repaired.judged.diagnostics.iter().map(|it| &it.message).collect();
                faults.push(format!("{what}, {name}: {left:?}"));
            }
        }
        if slips < 4 {
            faults.push(format!("{what}: only {slips} slips"));
        }
    }
    none(&faults)
}

/// Misspells words of valid sources; a source without diagnostics after its fixes must be the original source.
fn misspelt() -> Result<(), Failed> {
    let (mut faults, mut at) = (Vec::new(), 0);
    let (mut same, mut partly, mut left) = (0, 0, 0);
    for (name, project) in valid() {
        let sources = project.clone().sources();
        for (file_idx, (path, text)) in sources.iter().enumerate() {
            for (from, to) in words(text) {
                at += 1;
                if at % ONE_OF != 0 {
                    continue;
                }
                let word = slip(text.get(from..to).unwrap_or(""), at);
                let mut wrong = sources.clone();
                wrong[file_idx].1.replace_range(from..to, &word);
                let repaired = project.with_sources(&wrong).repair();
                if repaired.repairs.is_empty() {
                    left += 1;
                } else if same_texts(&repaired.texts, &sources) {
                    same += 1;
                } else if repaired.judged.diagnostics.is_empty() {
                    let place = format!("{name}/{path}: `{word}` at {from}");
                    faults.push(format!("{place}: {:?}", repaired.repairs));
                } else {
                    partly += 1;
                }
            }
        }
    }
    print(&format!(
        "misspelt words: {same} are repaired to what was meant, {} to something else, {partly} in part, {left} are left",
        faults.len()
    ));
    none(&faults)
}

fn same_texts(one: &Texts, other: &Texts) -> bool {
    one.iter().all(|it| other.contains(it))
}

/// Returns valid projects: the smaller examples and the good sources of the diagnostics.
fn valid() -> Vec<(String, Project)> {
    let examples = ["quickstart", "article"].map(|it| (format!("examples/{it}"), it));
    let examples = examples.map(|(name, it)| {
        let project = Project::folder(&tree::root("examples").join(it));
        (name, project)
    });
    let root = tree::root("golden/diagnostics");
    let codes = tree::folders(&root).into_iter().filter(|it| diagnostics::is_of_source(it));
    let goods = codes.filter_map(|it| {
        let path = root.join(it).join("good.mlnet");
        let text = tree::text_if_any(&path)?;
        Some((tree::from_root(&path), Project::cut("in.mlnet", &text)))
    });
    examples.into_iter().chain(goods).collect()
}

/// Returns the places of the words of four letters and more, outside of comments and strings.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(['#', '"']).next().unwrap_or("");
        let mut at = 0;
        for word in code.split(|it: char| !it.is_ascii_lowercase()) {
            if word.len() >= 4 {
                words.push((start + at, start + at + word.len()));
            }
            at += word.len() + 1;
        }
        start += line.len();
    }
    words
}

/// Returns the word with one typing error: a letter missing, added, wrong or swapped with its neighbor.
fn slip(word: &str, at: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = 1 + at % (letters.len() - 2);
    match at % 4 {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        2 => letters[place] = if letters[place] == 'x' { 'y' } else { 'x' },
        _ => letters.swap(place, place + 1),
    }
    letters.into_iter().collect()
}
