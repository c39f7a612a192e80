//! What a reviewer reads above each rule of a policy: whom it lets through, by the names of the source,
//! and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Input;
use super::merge::Rule;
use super::metadata::one_line;
use crate::model::Flow;
use crate::source::Site;

/// So many names, and so many reasons, are shown; `mlnetc blame` has the others.
const SHOWN: usize = 6;

/// Notes the other ends of each rule of one direction behind its word: `from NAMES: REASON`, `to NAMES`.
pub(super) fn add(
    input: Input<'_>,
    flows: &BTreeMap<Site, &Flow>,
    word: &str,
    rules: &mut [Rule<'_>],
) {
    for rule in rules {
        let mut names = BTreeMap::<String, BTreeSet<String>>::new();
        for (site, end) in &rule.ends {
            let reason = flows.get(site).and_then(|it| it.reason.as_deref()).unwrap_or("");
            let reason = one_line(reason).trim_end_matches('.').to_owned();
            names.entry(reason).or_default().insert(input.model.called(end));
        }
        let mut text = String::new();
        for (reason, names) in names.iter().take(SHOWN) {
            let (colon, names) = (if reason.is_empty() { "" } else { ": " }, listed(names));
            let _ = writeln!(text, "{word} {names}{colon}{reason}");
        }
        if names.len() > SHOWN {
            let _ = write!(text, "and for {} other reasons", names.len() - SHOWN);
        }
        if !text.is_empty() {
            rule.rule.note = Some(text);
        }
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    let mut list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(list, " and {} more", names.len() - SHOWN);
    }
    list
}
