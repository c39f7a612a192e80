use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::Files;
use crate::syntax::{self, ast};

const EXAMPLES: &[&str] = &[
    include_str!("../../golden/syntax/language-cluster/in.mlnet"),
    include_str!("../../golden/syntax/language-services/in.mlnet"),
    include_str!("../../golden/syntax/language-tenant/in.mlnet"),
    include_str!("../../golden/syntax/language-component/in.mlnet"),
    include_str!("../../golden/syntax/language-env/in.mlnet"),
    include_str!("../../golden/syntax/language-accept/in.mlnet"),
];

fn parse(text: &str) -> (ast::File, Vec<Diagnostic>) {
    let mut files = Files::default();
    let id = files.add("a.mlnet".to_owned(), text.to_owned());
    let mut said = Diagnostics::default();
    let file = syntax::parse(&files, id, &mut said);
    (file, said.sorted())
}

#[test]
fn the_examples_parse() {
    for example in EXAMPLES {
        let (file, said) = parse(example);
        assert_eq!(said, [], "{example}");
        assert!(!file.items.is_empty());
    }
}
