use super::{Position, comments};
use crate::diagnostics::Diagnostics;
use crate::source::Files;
use crate::syntax::ast::Outline;
use crate::syntax::{parse, tokens};

/// Each comment of a text with its position and the first line of its entry.
fn found(text: &str) -> Vec<(String, Position, String)> {
    let files = Files::new([("a.mlnet".to_owned(), text.to_owned())]);
    let id = files.iter().next().expect("one file").0;
    let file = parse(&files, id, &mut Diagnostics::default());
    let outline = Outline::of(&file.items);
    let all = comments(text, &tokens(id, text), &outline);
    let first_line = |span| files.text(span).lines().next().unwrap_or("").to_owned();
    let rows = all.iter().map(|it| {
        let entry = it.entry.map(|it| first_line(it.span())).unwrap_or_default();
        (files.text(it.span).to_owned(), it.position, entry)
    });
    rows.collect()
}

fn row(comment: &str, position: Position, entry: &str) -> (String, Position, String) {
    (comment.to_owned(), position, entry.to_owned())
}

#[test]
fn a_comment_is_about_what_it_is_above_beside_or_inside() {
    let text = r#"# the file

# the tenant
## Vision.
tenant vision { # its block
  # nothing below

  namespace serving { isolate = both } # the namespace
  pods = { # the map
    # the label
    app = "x", # the label's end
  }
  flow a -> [ # the flow
    # the first
    b:80, # its end
    c,
    # no more
  ]:443 # its last line
  # the end of the block
} # the tenant's end
"#;
    let tenant = "tenant vision { # its block";
    let rows = [
        row("# the file", Position::Inside, ""),
        row("# the tenant", Position::Above, tenant),
        row("## Vision.", Position::Above, tenant),
        row("# its block", Position::Beside, tenant),
        row("# nothing below", Position::Inside, tenant),
        row("# the namespace", Position::Beside, "namespace serving { isolate = both }"),
        row("# the map", Position::Beside, "pods = { # the map"),
        row("# the label", Position::Above, "app = \"x\""),
        row("# the label's end", Position::Beside, "app = \"x\""),
        row("# the flow", Position::Beside, "flow a -> [ # the flow"),
        row("# the first", Position::Above, "b:80"),
        row("# its end", Position::Beside, "b:80"),
        row("# no more", Position::Inside, "flow a -> [ # the flow"),
        row("# its last line", Position::Beside, "flow a -> [ # the flow"),
        row("# the end of the block", Position::Inside, tenant),
        row("# the tenant's end", Position::Beside, tenant),
    ];
    assert_eq!(found(text), rows);
}

#[test]
fn comments_of_a_component_and_of_a_broken_item_are_found() {
    let text = "component x(\n  # the parameter\n  a: text, # its end\n) { # the body\n  when a {\n  } else { # the other\n  }\n}\ntenannt y { # in it\n  # too\n}\n";
    let component = "component x(";
    let rows = [
        row("# the parameter", Position::Above, "a: text"),
        row("# its end", Position::Beside, "a: text"),
        row("# the body", Position::Beside, component),
        row("# the other", Position::Beside, "when a {"),
        row("# in it", Position::Beside, "tenannt y { # in it"),
        row("# too", Position::Inside, "tenannt y { # in it"),
    ];
    assert_eq!(found(text), rows);
}
