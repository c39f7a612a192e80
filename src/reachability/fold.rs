//! Evaluates the rules that apply to one end in one direction, in order: in each tier, the first rule that
//! matches a connection decides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ids::RuleId;
use super::row::{RowGrant, cut};
use super::set::Set;
use crate::policy::{Action, Tier, Unmatched};
use crate::scalar::{EVERY_PORT, PortRange};

/// A rule that applies to an end.
pub(super) struct Step<'r> {
    /// Tier and order of the rule's policy.
    pub(super) place: (Tier, i64),
    /// The effect on matching connections.
    pub(super) action: Action,
    /// The rule, with the ports and the other ends that it matches.
    pub(super) matches: RowGrant<'r>,
}

/// Whether the order of the rules is irrelevant: all rules are in one tier and only allow.
pub(super) fn is_unordered(tiers: &[Tier], steps: &[Step<'_>]) -> bool {
    matches!(tiers, [tier] if tier.unmatched == Unmatched::Deny)
        && steps.iter().all(|it| it.action == Action::Allow)
}

/// The connections that rules allow, and those that rules deny. `steps` are sorted by `place`; `tiers` are the
/// tiers with a policy that selects the end, sorted.
pub(super) fn fold<'r>(
    tiers: &[Tier],
    steps: &[Step<'r>],
    everybody: &Set,
) -> (Vec<RowGrant<'r>>, Vec<RowGrant<'r>>) {
    let ports = steps.iter().map(|it| &*it.matches.ports).chain([EVERY_PORT]);
    let mut folded = Folded::default();
    for range in cut(ports) {
        let mut undecided = everybody.clone();
        for tier in tiers {
            let in_tier = steps.iter().filter(|it| it.place.0 == *tier);
            undecided = folded.tier(*tier, in_tier, range, undecided);
        }
        folded.add(None, true, range, undecided);
    }
    folded.into_grants()
}

/// Decided connections: ports by the deciding rule (`None`: no rule matches), the result, and the other ends.
#[derive(Default)]
struct Folded {
    decided: BTreeMap<(Option<RuleId>, bool, Set), Vec<PortRange>>,
}

impl Folded {
    /// Evaluates one tier for a port range that no rule splits. Returns the ends that the tier does not decide.
    fn tier<'s, 'r: 's>(
        &mut self,
        tier: Tier,
        steps: impl Iterator<Item = &'s Step<'r>>,
        range: PortRange,
        mut undecided: Set,
    ) -> Set {
        let mut passed = Vec::new();
        for step in steps.filter(|it| it.matches.ports.iter().any(|it| it.contains(range))) {
            let matched = undecided.intersection(&step.matches.ends);
            undecided = undecided.without(&matched);
            match step.action {
                Action::Allow => self.add(step.matches.at, true, range, matched),
                Action::Deny => self.add(step.matches.at, false, range, matched),
                Action::Pass => passed.push(matched),
            }
        }
        if tier.unmatched == Unmatched::Pass {
            passed.push(undecided);
        }
        Set::union(&passed)
    }

    fn add(&mut self, rule: Option<RuleId>, allows: bool, range: PortRange, ends: Set) {
        if !ends.is_empty() {
            self.decided.entry((rule, allows, ends)).or_default().push(range);
        }
    }

    fn into_grants<'r>(self) -> (Vec<RowGrant<'r>>, Vec<RowGrant<'r>>) {
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        for ((at, allows, ends), ports) in self.decided {
            let grant = RowGrant { at, ports: Cow::Owned(ports), ends: Cow::Owned(ends) };
            if allows { &mut allowed } else { &mut denied }.push(grant);
        }
        (allowed, denied)
    }
}
