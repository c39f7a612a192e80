//! Every line of every output has a plausible origin.

use libtest_mimic::Failed;
use mlnetc::emit::{self, LineOrigin};

use super::project::Project;

/// Checks every line of every output file of a project.
pub(crate) fn check(project: Project) -> Result<(), Failed> {
    let outcome = project.compile();
    let mut faults = Vec::new();
    for built in &outcome.built {
        let tree = built.clone().into_tree(&outcome.files).expect("it can be emitted");
        let files = emit::origins_of_lines(&tree).map_err(|why| Failed::from(why.to_string()))?;
        for (file, lines) in files {
            for line in &lines {
                let fault = fault(line, &outcome.files);
                faults.extend(fault.map(|it| format!("{file}:{}: {}: {it}", line.line, line.text)));
            }
        }
    }
    faults.truncate(20);
    super::case::none(&faults)
}

/// Returns the error in the origin of a line.
fn fault(line: &LineOrigin, files: &mlnetc::source::Files) -> Option<String> {
    if line.places.is_empty() {
        return Some("came from nowhere".to_owned());
    }
    let mut sources = Vec::new();
    for place in &line.places {
        let file = files.iter().map(|(_, it)| it).find(|it| it.path == place.source);
        let text = file.and_then(|it| it.text.lines().nth(place.line as usize - 1));
        match text {
            Some(text) => sources.push(text.trim()),
            None => return Some(format!("{}:{} is no line", place.source, place.line)),
        }
        if place.source.starts_with("stdlib:") && place.via.is_empty() {
            return Some(format!("{}:{} came through no use", place.source, place.line));
        }
    }
    let about =
        |words: &[&str]| sources.iter().any(|it| words.iter().any(|word| it.contains(word)));
    let (_, name) = line.object.rsplit_once('/')?;
    let names_source = match name {
        "default-deny-ingress" | "default-deny-egress" => about(&["isolate", "profile"]),
        "allow-dns" => about(&["flow", "->", "isolate", "profile"]),
        _ => true,
    };
    (!names_source).then(|| format!("came from {}", sources.join(" and ")))
}
