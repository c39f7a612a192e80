//! Versions of products.

use std::cmp::Ordering;
use std::fmt;

/// A version `1.2.3`, with or without a leading `v`. Versions are compared number by number; missing numbers
/// are zero, and a pre-release (`1.2.3-rc.1`) is lower than its release.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    pre_release: Option<String>,
    text: String,
}

impl Version {
    /// Parses a version; `None` if a part before the pre-release is not a number.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let plain = plain.split_once('+').map_or(plain, |(front, _)| front);
        let (numbers, pre_release) = match plain.split_once('-') {
            Some((front, back)) => (front, Some(back.to_owned())),
            None => (plain, None),
        };
        let numbers = numbers.split('.').map(|it| it.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Self { numbers, pre_release, text: text.to_owned() })
    }

    /// Whether the version is in a range. Numbers that the upper end does not have are not compared: 1.20.3 is in
    /// 1.10 to 1.20.
    pub fn is_within(&self, from: &Self, to: &Self) -> bool {
        let numbers = self.numbers.iter().take(to.numbers.len()).copied().collect();
        let front = Self { numbers, pre_release: None, text: String::new() };
        self >= from && front <= *to
    }

    /// Whether two versions are equal in the numbers that both have: 3.30 agrees with 3.30.2.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.is_within(other, other) || other.is_within(self, self)
    }

    /// Whether the version is at least `major.minor.patch`.
    pub fn at_least(&self, numbers: [u64; 3]) -> bool {
        let wanted = Self { numbers: numbers.to_vec(), pre_release: None, text: String::new() };
        *self >= wanted
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |of: &Self, at: usize| of.numbers.get(at).copied().unwrap_or(0);
        (0..length)
            .map(|at| number(self, at).cmp(&number(other, at)))
            .find(|it| it.is_ne())
            .unwrap_or_else(|| match (&self.pre_release, &other.pre_release) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(left), Some(right)) => left.cmp(right),
            })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let version = |it| Version::parse(it).expect("a version");
        assert!(version("2.10") > version("2.9.1") && version("v0.14.8") < version("0.14.9"));
        assert!(version("3.30") == version("3.30.0") && version("1.0-rc.1") < version("1.0"));
        assert!(version("0.14.9").at_least([0, 14, 9]));
        assert!(Version::parse("latest").is_none());
        let within = |it| version(it).is_within(&version("1.10.2"), &version("1.20"));
        assert!(within("1.10.2") && within("1.20.3") && within("1.20") && within("1.20.0-rc.1"));
        assert!(!within("1.10.1") && !within("1.21") && !within("2"));
        let agree = |left, right| version(left).agrees_with(&version(right));
        assert!(agree("3.30", "3.30.2") && agree("v0.14.8", "0.14.8") && agree("3.30.2", "3.30"));
        assert!(!agree("3.30", "3.3") && !agree("0.14.8", "0.14.9") && !agree("3.30", "3.32.0"));
    }
}
