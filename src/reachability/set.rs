//! Sets of ends as sorted runs of their ids: a namespace, a network or all ends are a single run, regardless of
//! size.

use super::ids::EndId;

/// A set of ends: half-open runs of ids, ascending, neither overlapping nor adjacent.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set(Vec<(u32, u32)>);

impl Set {
    /// The empty set.
    pub const EMPTY: &'static Self = &Self(Vec::new());

    /// A set of one end.
    pub fn one(end: EndId) -> Self {
        Self::run(end.0, end.0 + 1)
    }

    /// The ids `from..to`.
    pub(super) fn run(from: u32, to: u32) -> Self {
        Self(if from < to { vec![(from, to)] } else { Vec::new() })
    }

    /// A set of runs in any order.
    pub(super) fn of_runs(runs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut runs: Vec<(u32, u32)> = runs.into_iter().filter(|(from, to)| from < to).collect();
        if !runs.is_sorted() {
            runs.sort_unstable();
        }
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(runs.len());
        for (from, to) in runs {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// The union of sets.
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sets = sets.into_iter();
        let Some(first) = sets.next() else { return Self::default() };
        let Some(second) = sets.next() else { return first.clone() };
        let runs = [first, second].into_iter().chain(sets).flat_map(|it| it.0.iter().copied());
        Self::of_runs(runs)
    }

    /// The intersection with another set.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to {
                both.push((from, to));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(both)
    }

    /// Whether the intersection with another set is not empty.
    pub fn meets(&self, other: &Self) -> bool {
        let (few, many) = if self.0.len() < other.0.len() { (self, other) } else { (other, self) };
        few.0.iter().any(|(from, to)| {
            let behind = many.0.partition_point(|run| run.1 <= *from);
            many.0.get(behind).is_some_and(|run| run.0 < *to)
        })
    }

    /// The difference: the ends that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut holes = other.0.iter().peekable();
        for &(mut from, to) in &self.0 {
            while holes.next_if(|hole| hole.1 <= from).is_some() {}
            let mut ahead = holes.clone();
            while let Some(hole) = ahead.next_if(|hole| hole.0 < to) {
                if from < hole.0 {
                    left.push((from, hole.0));
                }
                from = from.max(hole.1);
            }
            if from < to {
                left.push((from, to));
            }
        }
        Self(left)
    }

    /// Splits the set into non-empty parts, so that each other set contains a part completely or not at all.
    pub fn cut_by<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Vec<Self> {
        let borders = others.into_iter().flat_map(|it| &it.0).flat_map(|(from, to)| [*from, *to]);
        let mut borders: Vec<u32> = borders.collect();
        if borders.is_empty() && !self.is_empty() {
            return vec![self.clone()];
        }
        borders.sort_unstable();
        borders.dedup();
        let mut parts = Vec::new();
        for &(mut from, to) in &self.0 {
            let inside = borders.partition_point(|it| *it <= from);
            for border in borders.iter().skip(inside).take_while(|it| **it < to) {
                parts.push(Self::run(from, *border));
                from = *border;
            }
            parts.push(Self::run(from, to));
        }
        parts
    }

    /// Whether the set contains an end.
    pub fn contains(&self, EndId(it): EndId) -> bool {
        let behind = self.0.partition_point(|run| run.0 <= it);
        behind.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|run| it < run.1)
    }

    /// The slice of some ascending ends between the first and the last end of the set.
    pub(super) fn part_of<'n>(&self, ends: &'n [EndId]) -> &'n [EndId] {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return &[] };
        let from = ends.partition_point(|it| it.0 < first.0);
        let to = ends.partition_point(|it| it.0 < last.1);
        ends.get(from..to).unwrap_or_default()
    }

    /// The runs, ascending: the first id, and one past the last id.
    pub(super) fn runs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().copied()
    }

    /// The ends, ascending.
    pub fn iter(&self) -> impl Iterator<Item = EndId> + '_ {
        self.0.iter().flat_map(|(from, to)| *from..*to).map(EndId)
    }

    /// The first end.
    pub fn first(&self) -> Option<EndId> {
        self.0.first().map(|run| EndId(run.0))
    }

    /// Number of ends.
    pub fn len(&self) -> usize {
        self.0.iter().map(|(from, to)| (to - from) as usize).sum()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<EndId> for Set {
    fn from_iter<I: IntoIterator<Item = EndId>>(ends: I) -> Self {
        Self::of_runs(ends.into_iter().map(|it| (it.0, it.0 + 1)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(
            left in proptest::collection::btree_set(0_u32..40, 0..20),
            right in proptest::collection::btree_set(0_u32..40, 0..20),
        ) {
            let set = |it: &BTreeSet<u32>| it.iter().copied().map(EndId).collect::<Set>();
            let (a, b) = (set(&left), set(&right));
            prop_assert_eq!(Set::union([&a, &b]), set(&(&left | &right)));
            prop_assert_eq!(a.intersection(&b), set(&(&left & &right)));
            prop_assert_eq!(a.without(&b), set(&(&left - &right)));
            prop_assert_eq!(a.meets(&b), !left.is_disjoint(&right));
            prop_assert_eq!(a.len(), left.len());
            prop_assert_eq!(a.first(), left.first().copied().map(EndId));
            prop_assert!((0..41).all(|it| a.contains(EndId(it)) == left.contains(&it)));
            prop_assert!(a.iter().eq(left.iter().copied().map(EndId)));
            let parts = a.cut_by([&b]);
            prop_assert_eq!(Set::union(&parts), a.clone());
            prop_assert_eq!(parts.iter().map(Set::len).sum::<usize>(), a.len());
            prop_assert!(parts.iter().all(|it| !it.is_empty()));
            prop_assert!(parts.iter().all(|it| [0, it.len()].contains(&it.intersection(&b).len())));
            let whole: Vec<Set> = [a.clone()].into_iter().filter(|it| !it.is_empty()).collect();
            prop_assert_eq!(a.cut_by([]), whole);
        }
    }
}
