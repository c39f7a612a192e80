//! Lists of words in the sentences of messages.

/// Returns `a, b and c`; an empty text for no words.
pub fn all_of<S: AsRef<str>>(words: &[S]) -> String {
    joined(words, "and")
}

/// Returns `a, b or c`; an empty text for no words.
pub fn one_of<S: AsRef<str>>(words: &[S]) -> String {
    joined(words, "or")
}

/// Returns the words in backticks.
pub fn ticked<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Vec<String> {
    words.into_iter().map(|it| format!("`{}`", it.as_ref())).collect()
}

fn joined<S: AsRef<str>>(words: &[S], before_last: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [front @ .., last] => format!("{} {before_last} {last}", front.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_has_no_comma() {
        assert_eq!(all_of::<&str>(&[]), "");
        assert_eq!(all_of(&["a"]), "a");
        assert_eq!(one_of(&ticked(["a", "b"])), "`a` or `b`");
        assert_eq!(all_of(&["a", "b", "c"]), "a, b and c");
    }
}
