//! Notes for reviewers above each rule of a policy: the names of the ends that the rule allows, and the
//! reasons of the flows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Input;
use super::merge::Rule;
use super::metadata::one_line;
use crate::model::Flow;
use crate::source::Site;

/// Upper bound on the names, and on the reasons, in a note. `mlnetc blame` shows all of them.
const SHOWN: usize = 6;

/// Adds a note to each rule of one direction: `from NAMES: REASON` or `to NAMES: REASON`, where `word` is the
/// first word.
pub(super) fn add(
    input: Input<'_>,
    flows: &BTreeMap<Site, &Flow>,
    word: &str,
    rules: &mut [Rule<'_>],
) {
    for rule in rules {
        let mut names = BTreeMap::<String, BTreeSet<Cow<'_, str>>>::new();
        for (site, end) in &rule.ends {
            let reason = flows.get(site).and_then(|it| it.reason.as_deref()).unwrap_or("");
            let reason = one_line(reason).trim_end_matches('.').to_owned();
            let declared = input.model.declaration_of(end).map(|(path, _)| path.into());
            let name = declared.unwrap_or_else(|| input.model.called(end).into());
            names.entry(reason).or_default().insert(name);
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

fn listed(names: &BTreeSet<Cow<'_, str>>) -> String {
    let mut list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(list, " and {} more", names.len() - SHOWN);
    }
    list
}
