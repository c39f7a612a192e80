//! Names of the grammar's rules in messages. A new rule does not compile until it has a name here.

use super::grammar::Rule;

/// Whether a pair carries no meaning of its own.
pub(super) fn is_punctuation(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::equals
            | Rule::colon
            | Rule::arrow
            | Rule::body_start
            | Rule::body_end
            | Rule::list_end
            | Rule::paren_end
            | Rule::separator
            | Rule::EOI
    )
}

/// Returns the words for the rules that are expected at a position, each once.
pub(super) fn words(rules: &[Rule]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = rules.iter().filter_map(|it| word(*it)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Returns the name of a rule in messages; `None` for a rule that is always possible.
fn word(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::EOI => Some("the end of the line"),
        Rule::entry
        | Rule::entries
        | Rule::field
        | Rule::flow
        | Rule::accept
        | Rule::forbid
        | Rule::assertion
        | Rule::port
        | Rule::set
        | Rule::placed
        | Rule::namespace
        | Rule::block
        | Rule::network
        | Rule::usage
        | Rule::address
        | Rule::reserve
        | Rule::when
        | Rule::say
        | Rule::component
        | Rule::block_kind
        | Rule::placed_kind
        | Rule::network_kind
        | Rule::say_kind
        | Rule::item => Some("a declaration"),
        Rule::ends | Rule::value | Rule::interpolation => Some("a value"),
        Rule::exception => Some("`except`"),
        Rule::verdict => Some("`allow` or `deny`"),
        Rule::pod_port | Rule::arrow => Some("`->`"),
        Rule::both_ways => Some("`<->`"),
        Rule::port_number | Rule::port_value => Some("a port"),
        Rule::set_path | Rule::segment => Some("a path"),
        Rule::placement => Some("`in`"),
        Rule::alias => Some("`as`"),
        Rule::comparison => Some("a comparison"),
        Rule::otherwise => Some("`else`"),
        Rule::parameters => Some("`(`"),
        Rule::parameter => Some("a parameter"),
        Rule::default | Rule::equals => Some("`=`"),
        Rule::tested => Some("`tested`"),
        Rule::body | Rule::body_start => Some("`{`"),
        Rule::body_end => Some("`}`"),
        Rule::list | Rule::list_end => Some("`]`"),
        Rule::paren_end => Some("`)`"),
        Rule::map => Some("a map"),
        Rule::pair => Some("an entry"),
        Rule::key => Some("a key"),
        Rule::colon => Some("`:`"),
        Rule::path
        | Rule::word
        | Rule::name
        | Rule::placed_name
        | Rule::any_name
        | Rule::plain_word => Some("a name"),
        Rule::text | Rule::quoted => Some("a string"),
        Rule::literal => Some("a number or address"),
        Rule::separator | Rule::next => Some("`,` or a new line"),
        Rule::object_name
        | Rule::negation
        | Rule::arguments
        | Rule::ports
        | Rule::comment
        | Rule::gap
        | Rule::blank
        | Rule::space
        | Rule::plain
        | Rule::word_char
        | Rule::literal_char
        | Rule::colon_pair
        | Rule::tokens
        | Rule::white
        | Rule::open_text
        | Rule::reference
        | Rule::part
        | Rule::dot
        | Rule::mark
        | Rule::unknown => None,
    }
}
