//! "Did you mean": the nearest of the names that are valid at a place.

/// Returns the candidate nearest to `word`, if it is near enough: at most a third of the letters differ (transpositions
/// count once). Ties go to the first in alphabetical order.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let budget = (word.chars().count() / 3).clamp(1, 4);
    let plain = normalized(word);
    candidates
        .into_iter()
        .filter(|it| *it != word)
        .map(|it| (distance(word, it), it))
        .filter(|(cost, it)| *cost <= budget || plain == normalized(it))
        .min()
        .map(|(_, it)| it)
}

/// Least length of a word for which two typing errors are accepted: a shorter word may be another valid word, such as
/// `k8s` and `k3s`, or `l3` and `l2`.
const TELLING: usize = 5;

/// Returns whether the nearest word is the only possible one: a typing error away, and no other candidate is near.
pub fn is_only<'a>(word: &str, near: &str, candidates: impl IntoIterator<Item = &'a str>) -> bool {
    let is_telling = word.chars().count() >= TELLING && distance(word, near) <= 2;
    let slip = is_telling || normalized(word) == normalized(near);
    let others = candidates.into_iter().filter(|it| *it != near);
    slip && nearest(word, others).is_none()
}

/// Returns the spelling without differences that people overlook: case, `_` for `-`, a plural `s`.
fn normalized(word: &str) -> String {
    let plain: String = word.chars().filter(|it| *it != '-' && *it != '_').collect();
    plain.to_lowercase().trim_end_matches('s').to_owned()
}

/// Returns the number of edits from `a` to `b` (insert, delete, replace, swap of neighbors).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let mut cost =
                (rows[i][j] + usize::from(left != right)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                cost = cost.min(rows[i - 1][j - 1] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("predicter", ["predictor", "trainer"]), Some("predictor"));
        assert_eq!(nearest("load_balancer", ["load-balancer"]), Some("load-balancer"));
        assert_eq!(nearest("mlfolw", ["mlflow", "minio"]), Some("mlflow"));
        assert_eq!(nearest("grafana", ["mlflow", "minio"]), None);
    }

    #[test]
    fn only_one_word_can_be_meant() {
        assert!(is_only("servce", "service", ["service", "set", "reserve"]));
        assert!(is_only("LOAD_BALANCER", "load-balancer", ["load-balancer", "headless"]));
        assert!(!is_only("posts", "ports", ["ports", "pools", "hosts"]), "or `hosts`");
        assert!(!is_only("k8s", "k3s", ["k3s", "kubeadm"]), "there is such a thing");
        assert!(!is_only("announcements", "announce", ["announce"]), "too far");
    }
}
