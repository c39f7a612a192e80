//! Notes of an object, as comment lines above the parts that they describe.

use super::header;
use crate::origin::Origins;
use crate::scalar::Segment;

/// Inserts the notes into the document that begins at byte `start`. Notes describe items of the lists in
/// `spec`, and are in the order of these items.
pub(super) fn write(origins: &Origins, start: usize, text: &mut String) {
    let mut notes = origins.notes().peekable();
    if notes.peek().is_none() {
        return;
    }
    let document = text.split_off(start);
    let (mut list, mut item) = ("", 0);
    for line in document.split_inclusive('\n') {
        match line.strip_prefix("  ") {
            Some(inside) if inside.starts_with("- ") => {
                if let Some((_, note)) = notes.next_if(|(about, _)| is_item(about, list, item)) {
                    for line in note.lines() {
                        text.push_str("  ");
                        header::comment(text, line);
                    }
                }
                item += 1;
            }
            Some(inside) if !inside.starts_with(' ') => {
                (list, item) = (inside.trim_end().trim_end_matches(':'), 0);
            }
            _deeper_or_further_out => {}
        }
        text.push_str(line);
    }
}

/// Whether a path is that of an item of a list in `spec`.
fn is_item(path: &[Segment], list: &str, item: usize) -> bool {
    let [Segment::Field(spec), Segment::Field(field), Segment::Item(at)] = path else {
        return false;
    };
    spec == "spec" && field == list && *at == item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::field_path;

    #[test]
    fn a_note_stands_above_its_item_and_stays_in_its_lines() {
        let mut origins = Origins::of(&[]);
        origins.note(field_path!["spec", "ingress", 1], "b -> a: why\u{85}so\nc -> a".to_owned());
        origins.note(field_path!["spec", "egress", 0], "a -> d".to_owned());
        let document =
            "spec:\n  ingress:\n  - from: 1\n    ports:\n    - 2\n  - from: 3\n  egress:\n  - {}\n";
        let mut text = format!("---\n{document}");
        write(&origins, "---\n".len(), &mut text);
        let without: String =
            text.split_inclusive('\n').filter(|it| !it.trim_start().starts_with('#')).collect();
        assert_eq!(without, format!("---\n{document}"));
        assert!(text.contains("    - 2\n  # b -> a: why so\n  # c -> a\n  - from: 3\n"), "{text}");
        assert!(text.contains("  egress:\n  # a -> d\n  - {}\n"), "{text}");
    }
}
